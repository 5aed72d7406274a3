import type { Check, Report, Status } from './report.ts';

/** The first part of a check's id, and its heading. */
const SECTIONS: readonly (readonly [section: string, heading: string])[] = [
  ['config', 'Configuration'],
  ['secret', 'The secret'],
  ['token', 'The token'],
  ['service', 'The running service'],
  ['django', 'Django'],
  ['clock', 'Clocks'],
  ['database', 'The database'],
  ['broker', 'The broker'],
];

const MARKS: Readonly<Record<Status, string>> = {
  ok: 'ok     ',
  warning: 'WARNING',
  failure: 'FAILURE',
  skipped: '-      ',
};

export function reportText({ checks, checklist }: Report): string {
  const sections = SECTIONS.map(([section, heading]) => {
    const its = checks.filter(({ id }) => id.startsWith(`${section}.`));
    return its.length === 0 ? [] : [heading, ...seenLines(its), ...unseenLines(its), ''];
  });
  const items = checklist.flatMap(({ item, status, checks: ids }, index) => {
    const ofItem = checks.filter(({ id }) => ids.includes(id));
    const toDo = ofItem.filter((check) => check.status === status && status !== 'ok' && status !== 'skipped');
    return [
      `  ${MARKS[status]} ${index + 1}. ${item} (${standing(ofItem)})`,
      ...toDo.flatMap(({ fix }) => (fix === undefined ? [] : [`          > ${fix}`])),
    ];
  });
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  return [
    ...sections.flat(),
    'Production checklist of the guide',
    ...items,
    '',
    `${count('failure')} failed, ${count('warning')} warnings, ${count('ok')} ok, ${count('skipped')} not checked`,
    '',
  ].join('\n');
}

function seenLines(checks: readonly Check[]): string[] {
  return checks.filter(({ status }) => status !== 'skipped').flatMap(checkLines);
}

/** What was left out for one and the same reason is one line. */
function unseenLines(checks: readonly Check[]): string[] {
  const unseen = checks.filter(({ status }) => status === 'skipped');
  const reasons = [...new Set(unseen.map(({ says }) => says))];
  return reasons.flatMap((says) => {
    const its = unseen.filter((check) => check.says === says);
    const line = `  ${MARKS.skipped} ${its.map(({ id }) => id).join(', ')}: ${says}`;
    return [line, ...its.flatMap(({ fix }) => (fix === undefined ? [] : [`          > ${fix}`]))];
  });
}

function checkLines({ id, status, says, fix, reasons = [] }: Check): string[] {
  return [
    `  ${MARKS[status]} ${id}: ${says}`,
    ...reasons.flatMap((reason) => [
      `            * ${reason.says}`,
      ...(reason.fix === '' ? [] : [`              ${reason.fix}`]),
    ]),
    ...(fix === undefined ? [] : [`          > ${fix}`]),
  ];
}

/** By what an item was judged, and what remains to be looked at. */
function standing(checks: readonly Check[]): string {
  const seen = checks.filter(({ status }) => status !== 'skipped');
  const unseen = checks.filter(({ status }) => status === 'skipped');
  if (seen.length === 0) return [...new Set(unseen.map(({ says }) => says))].join('; ');
  const names = (of: readonly Check[]) => of.map(({ id }) => id).join(', ');
  return unseen.length === 0 ? names(seen) : `${names(seen)}; not checked: ${names(unseen)}`;
}

/** The documented shape; a field that is not there in a check is null, or empty. */
export function reportJson({ checks, checklist }: Report, isFailed: boolean): string {
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  return `${JSON.stringify(
    {
      version: 1,
      failed: isFailed,
      counts: {
        ok: count('ok'),
        warning: count('warning'),
        failure: count('failure'),
        skipped: count('skipped'),
      },
      checks: checks.map(({ id, status, says, fix, reasons = [] }) => ({
        id,
        status,
        says,
        fix: fix ?? null,
        reasons,
      })),
      checklist,
    },
    null,
    2,
  )}\n`;
}
