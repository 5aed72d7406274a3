import { expect } from 'chai';
import type { TokenVerifier } from '#application/ports/tokens/token-verifier';
import { SimpleJwtTokenVerifier } from '#infrastructure/security/simple-jwt-token-verifier';
import type { Agreement } from './agreements.ts';
import { type AlteredToken, eachAlteration, someAlterations } from './altered-tokens.ts';
import { SOME_DAY } from '../support/opportunities/an-opportunity.ts';
import { authorizations } from './authorization-headers.ts';
import { FixedClock } from '../support/system/fixed-clock.ts';
import { identified } from '../support/outbox/identified.ts';
import { rejection } from '../support/system/rejection.ts';
import { seededRandom } from '../support/system/seeded-random.ts';
import type { SimpleJwtOracle, SimpleJwtVersion } from './simplejwt-oracle.ts';
import type { JudgedToken, OurJudgement } from './token-comparison.ts';
import { draftOf, withMember, writtenToken } from './token-draft.ts';

/** Time between login and refresh, which is nearly the lifetime of the guide's refresh tokens. */
const LOGIN_AGO_MS = 6 * 86_400_000;
const CUSTOM = { email: 'ada@example.org', role: 'moderator' };

export type Issued = {
  readonly agreement: Agreement;
  readonly index: number;
  readonly now: Date;
  readonly tokens: readonly AlteredToken[];
};

/** The tokens that a version issues under each agreement. A version that does not know the algorithm has to say so. */
export async function issuedBy(
  oracle: SimpleJwtOracle,
  version: SimpleJwtVersion,
  agreements: readonly Agreement[],
): Promise<Issued[]> {
  const issued: Issued[] = [];
  for (const [index, agreement] of agreements.entries()) {
    // Tokens are issued at the beginning of a second and at its end.
    const now = new Date(SOME_DAY.getTime() + (index % 2) * 999);
    const question = { user: agreement.user, custom: CUSTOM, loginAgo: LOGIN_AGO_MS };
    const asked = oracle.issue(agreement.otherIssuer?.settings ?? agreement.django, now, question);
    if (agreement.unknownTo.includes(version))
      expect(String(await rejection(asked)), agreement.name).to.include('Unrecognized algorithm type');
    else {
      const tokens = Object.entries(await asked).map(([what, token]) => ({ what, token: withKid(token, agreement) }));
      issued.push({ agreement, index, now, tokens });
    }
  }
  return issued;
}

function withKid(token: string, { otherIssuer, signature }: Agreement): string {
  if (!otherIssuer) return token;
  return writtenToken(withMember(draftOf(token), 'header', 'kid', JSON.stringify(otherIssuer.kid)), signature);
}

/** @param cases number of random tokens, besides one for each alteration. */
export function alteredTokens({ agreement, index, now, tokens }: Issued, seed: number, cases: number): AlteredToken[] {
  const random = seededRandom(seed * 1000 + index);
  const common = tokens.find(({ what }) => what === 'login, custom claims')!;
  return [...eachAlteration(agreement, now, common), ...someAlterations(agreement, now, tokens, cases, random)];
}

export async function judgedTokens(
  oracle: SimpleJwtOracle,
  version: SimpleJwtVersion,
  { agreement, now }: Issued,
  given: readonly AlteredToken[],
): Promise<JudgedToken[]> {
  const simplejwt = await oracle.judge(agreement.django, now, { tokens: given.map(({ token }) => token) });
  const verifier = new SimpleJwtTokenVerifier(agreement.ours, new FixedClock(now));
  const circumstances = circumstancesOf(version, agreement, now);
  const judged: JudgedToken[] = [];
  for (const [index, { what, token }] of given.entries())
    judged.push({
      ...{ what: `${agreement.name}: ${what}`, token, circumstances },
      simplejwt: simplejwt[index]!,
      service: await judgementOf(verifier, token),
    });
  return judged;
}

/** Compares the judgements of whole Authorization headers, with tokens that simplejwt has issued. */
export async function judgedHeaders(
  oracle: SimpleJwtOracle,
  version: SimpleJwtVersion,
  { agreement, now, tokens }: Issued,
): Promise<JudgedToken[]> {
  const given = tokens.flatMap(({ what, token }) =>
    agreement.schemes.flatMap((scheme) => authorizations(scheme, token).map((header) => ({ what, token, header }))),
  );
  const simplejwt = await oracle.judge(agreement.django, now, { headers: given.map(({ header }) => header) });
  const verifier = new SimpleJwtTokenVerifier(agreement.ours, new FixedClock(now));
  const judged: JudgedToken[] = [];
  for (const [index, { what, token, header }] of given.entries()) {
    const [scheme = '', second = token] = header.split(/[ \t]+/).filter((part) => part !== '');
    const { actor, rejection: why } = await identified(verifier, agreement.schemes, header);
    judged.push({
      ...{ what: `${agreement.name}: ${what}, sent as ${JSON.stringify(header.replace(token, '…'))}` },
      ...{ token: second, circumstances: { ...circumstancesOf(version, agreement, now), scheme } },
      simplejwt: simplejwt[index]!,
      service: actor ? { user: actor.id, role: actor.role } : refusal(why),
    });
  }
  return judged;
}

const circumstancesOf = (simplejwt: SimpleJwtVersion, { ours, schemes }: Agreement, now: Date) => ({
  simplejwt,
  ...{ now: Math.floor(now.getTime() / 1000), settings: ours, schemes, scheme: schemes[0] },
});

async function judgementOf(verifier: TokenVerifier, token: string): Promise<OurJudgement> {
  try {
    const {
      actor: { id, role },
    } = await verifier.verify(token);
    return { user: id, role };
  } catch (error) {
    return refusal(error);
  }
}

/** @throws every error that is not a refusal, because the service would respond to it with 500 or 503. */
function refusal(error: unknown): OurJudgement {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || !/^(token|authorization)_(?!keys)/.test(code)) throw error;
  return { refused: code, why: message };
}
