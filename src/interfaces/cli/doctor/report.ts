/** A check is skipped when something that it needs was not given or could not be reached. */
export type Status = 'ok' | 'warning' | 'failure' | 'skipped';

/** One cause of a result, with a stable code for machines and a text for people. */
export type Reason = {
  readonly code: string;
  readonly says: string;
  /** An action with which the operator can remove the cause. */
  readonly fix: string;
};

/** The result of one check. No field ever holds a secret, a password or a token. */
export type Check = {
  /** A stable name that machines may rely on. The part before the dot is the section of the report. */
  readonly id: string;
  readonly status: Status;
  readonly says: string;
  readonly fix?: string;
  readonly reasons?: readonly Reason[];
};

export type ChecklistItem = {
  readonly item: string;
  readonly status: Status;
  /** The ids of the checks that decide the item. */
  readonly checks: readonly string[];
};

export type Report = { readonly checks: readonly Check[]; readonly checklist: readonly ChecklistItem[] };

export const ok = (id: string, says: string): Check => ({ id, status: 'ok', says });
export const warning = (id: string, says: string, fix: string): Check => ({ id, status: 'warning', says, fix });
export const failure = (id: string, says: string, fix: string): Check => ({ id, status: 'failure', says, fix });
export const skipped = (id: string, why: string): Check => ({ id, status: 'skipped', says: `Not checked: ${why}.` });

/** The production checklist of the integration guide, in its words and order, with the checks for each item. */
const CHECKLIST: readonly (readonly [item: string, checks: readonly string[]])[] = [
  ['Use strong, random JWT_SECRET (at least 32 characters)', ['secret.strong']],
  ['Store JWT_SECRET in environment variables, not in code', ['secret.place']],
  ['Use HTTPS for all API calls', ['service.https', 'service.hsts', 'django.https']],
  ['Set appropriate token expiration times', ['token.lifetime']],
  ['Implement token refresh logic', ['django.refresh', 'token.refresh']],
  ['Add rate limiting on both services', ['config.limits', 'service.limits', 'django.limits']],
  ['Enable CORS only for trusted origins', ['config.origins', 'service.origins', 'django.origins']],
  ['Use different database instances for Django and Node.js', ['database.own']],
  ['Monitor and log authentication failures', ['config.log', 'service.metrics']],
];

const WORST_FIRST: readonly Status[] = ['failure', 'warning', 'ok', 'skipped'];

function worst(statuses: readonly Status[]): Status {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? 'skipped';
}

export function report(checks: readonly Check[]): Report {
  return {
    checks,
    checklist: CHECKLIST.map(([item, ids]) => {
      const ofItem = checks.filter(({ id }) => ids.includes(id));
      return { item, status: worst(ofItem.map(({ status }) => status)), checks: ofItem.map(({ id }) => id) };
    }),
  };
}

/** Whether the operator has to do something. A check that was skipped is no failure. */
export function hasFailed({ checks }: Report, production: boolean): boolean {
  return checks.some(({ status }) => status === 'failure' || (production && status === 'warning'));
}
