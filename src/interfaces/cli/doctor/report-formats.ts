import type { Check, Report, Status } from './report.ts';

/** The sections of the report in their order. A section has the checks whose ids begin with its name. */
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
    const ofSection = checks.filter(({ id }) => id.startsWith(`${section}.`));
    return ofSection.length === 0 ? [] : [heading, ...resultLines(ofSection), ...skippedLines(ofSection), ''];
  });
  const items = checklist.flatMap(({ item, status, checks: ids }, index) => {
    const ofItem = checks.filter(({ id }) => ids.includes(id));
    const toDo = ofItem.filter((check) => check.status === status && status !== 'ok' && status !== 'skipped');
    return [
      `  ${MARKS[status]} ${index + 1}. ${item} (${basis(ofItem)})`,
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

function resultLines(checks: readonly Check[]): string[] {
  return checks.filter(({ status }) => status !== 'skipped').flatMap(checkLines);
}

/** Checks that were skipped for the same reason share one line. */
function skippedLines(checks: readonly Check[]): string[] {
  const skipped = checks.filter(({ status }) => status === 'skipped');
  const reasons = [...new Set(skipped.map(({ says }) => says))];
  return reasons.flatMap((says) => {
    const same = skipped.filter((check) => check.says === says);
    const line = `  ${MARKS.skipped} ${same.map(({ id }) => id).join(', ')}: ${says}`;
    return [line, ...same.flatMap(({ fix }) => (fix === undefined ? [] : [`          > ${fix}`]))];
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

/** Names the checks that decided an item, and the checks that were skipped. */
function basis(checks: readonly Check[]): string {
  const done = checks.filter(({ status }) => status !== 'skipped');
  const skipped = checks.filter(({ status }) => status === 'skipped');
  if (done.length === 0) return [...new Set(skipped.map(({ says }) => says))].join(' ');
  const names = (of: readonly Check[]) => of.map(({ id }) => id).join(', ');
  return skipped.length === 0 ? names(done) : `${names(done)}; not checked: ${names(skipped)}`;
}

/** The report as JSON, in the documented shape. A field that a check does not have is null or empty. */
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
