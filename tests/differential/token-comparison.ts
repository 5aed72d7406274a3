import { readLoosely } from '../support/tokens/loose-token.ts';
import { type Circumstances, type Difference, LAXER, STRICTER } from '../support/tokens/other-than-simplejwt.ts';
import type { SimpleJwtJudgement } from './simplejwt-oracle.ts';

export type OurJudgement =
  { readonly user: string; readonly role: string } | { readonly refused: string; readonly why: string };

export type JudgedToken = {
  readonly token: string;
  /** A description of the token's alterations. */
  readonly what: string;
  readonly circumstances: Circumstances;
  readonly simplejwt: SimpleJwtJudgement;
  readonly service: OurJudgement;
};

/** Compares the judgements of simplejwt and of the service on the same tokens, one token after the other. */
export class TokenComparison {
  /** Differences that no row of the tables explains. */
  readonly problems: string[] = [];
  /** Rows of the tables that have explained a difference. */
  private readonly needed = new Set<string>();

  add(judged: JudgedToken): void {
    const { token, circumstances, simplejwt, service } = judged;
    const explained = (table: readonly Pick<Difference, 'what' | 'explains'>[]): boolean => {
      const rows = table.filter(({ explains }) => explains(readLoosely(token), circumstances));
      if (rows.length === 1) this.needed.add(rows[0]!.what);
      return rows.length > 0;
    };
    if ('user' in service && 'user' in simplejwt) {
      if (service.user !== simplejwt.user) this.report('another user', judged);
      if (service.role !== roleOf(simplejwt)) this.report('another role', judged);
    } else if ('user' in service) {
      if (!explained(LAXER)) this.report('accepted here alone', judged);
    } else if ('user' in simplejwt) {
      if (!explained(STRICTER)) this.report('refused here alone', judged);
    } else if ((service.refused === 'token_expired') !== hasExpired(simplejwt.refused)) {
      // When both refuse a token, the reasons may differ: each checks in its own order and stops at the first failure.
      if (![...STRICTER, ...LAXER].some(({ explains }) => explains(readLoosely(token), circumstances)))
        this.report('expired for one of them alone', judged);
    }
  }

  /** Rows of the tables that have explained no difference and can be removed. */
  needless(): string[] {
    return [...STRICTER, ...LAXER].map(({ what }) => what).filter((what) => !this.needed.has(what));
  }

  private report(mistake: string, { token, what, circumstances, simplejwt, service }: JudgedToken): void {
    const judgements = `simplejwt: ${JSON.stringify(simplejwt)}\n  service: ${JSON.stringify(service)}`;
    const where = `simplejwt ${circumstances.simplejwt}, ${what}`;
    this.problems.push(`${mistake}: ${where}\n  ${judgements}\n  ${JSON.stringify(token.slice(0, 1500))}`);
  }
}

/** Only these exact words count as a role. */
function roleOf({ role }: { role: string | null }): string {
  return role !== null && ['user', 'moderator', 'admin'].includes(role) ? role : 'user';
}

/** Finds the reason within the causes, because simplejwt before 5.5.1 hides it there: in PyJWT's error or its own check's message. */
function hasExpired(causes: readonly string[]): boolean {
  return causes.some((cause) => /^(ExpiredSignatureError|ExpiredTokenError):|'exp' claim has expired/.test(cause));
}
