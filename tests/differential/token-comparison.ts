import { readLoosely } from '../support/loose-token.ts';
import { type Circumstances, type Difference, LAXER, STRICTER } from '../support/other-than-simplejwt.ts';
import type { SimpleJwtJudgement } from './simplejwt-oracle.ts';

export type OurJudgement =
  { readonly user: string; readonly role: string } | { readonly refused: string; readonly why: string };

export type JudgedToken = {
  readonly token: string;
  /** How it came about. */
  readonly what: string;
  readonly circumstances: Circumstances;
  readonly simplejwt: SimpleJwtJudgement;
  readonly service: OurJudgement;
};

/** Holds what simplejwt and the service made of the same tokens against each other, one after the other. */
export class TokenComparison {
  /** What only a mistake explains. */
  readonly problems: string[] = [];
  /** Rows of the tables without which there would be more problems. */
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
      // What is refused for one thing need not be looked at for another.
      if (![...STRICTER, ...LAXER].some(({ explains }) => explains(readLoosely(token), circumstances)))
        this.report('expired for one of them alone', judged);
    }
  }

  /** Whoever removes one of these rows changes nothing. */
  needless(): string[] {
    return [...STRICTER, ...LAXER].map(({ what }) => what).filter((what) => !this.needed.has(what));
  }

  private report(mistake: string, { token, what, circumstances, simplejwt, service }: JudgedToken): void {
    const judgements = `simplejwt: ${JSON.stringify(simplejwt)}\n  service: ${JSON.stringify(service)}`;
    const where = `simplejwt ${circumstances.simplejwt}, ${what}`;
    this.problems.push(`${mistake}: ${where}\n  ${judgements}\n  ${JSON.stringify(token.slice(0, 1500))}`);
  }
}

/** The claim counts in these words alone. */
function roleOf({ role }: { role: string | null }): string {
  return role !== null && ['user', 'moderator', 'admin'].includes(role) ? role : 'user';
}

/** Before 5.5.1 simplejwt says so only within: PyJWT's error, or the message of its own check. */
function hasExpired(causes: readonly string[]): boolean {
  return causes.some((cause) => /^(ExpiredSignatureError|ExpiredTokenError):|'exp' claim has expired/.test(cause));
}
