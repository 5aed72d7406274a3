import type { Actor } from './actor.ts';
import { allowIf, type Decision } from './permission.ts';
import { DomainError } from './domain-error.ts';
import { type TextLimit, textViolation } from './text.ts';
import type { Violation } from './domain-error.ts';

/** What no token can say by itself: that its user was demoted, deactivated or logged out after it was issued. */
export type TokenRevocation = {
  /** Of the token issuer, as in Actor. */
  readonly userId: string;
  /** Tokens that were issued before it are refused. */
  readonly validAfter: Date;
  /** For admins to read. */
  readonly reason: string | null;
};

export const REVOCATION_REASON: TextLimit = { min: 1, max: 200, multiline: false };

/** Milliseconds by which the clock of whoever revokes may be ahead. */
const MOST_AHEAD_MS = 60_000;

export function mayRevokeTokens(actor: Actor): Decision {
  return allowIf(actor.role === 'admin', 'Only an admin may revoke tokens.');
}

export function maySeeRevocations(actor: Actor): Decision {
  return allowIf(actor.role === 'admin', 'Only an admin may see whose tokens are revoked.');
}

/** An instant that is yet to come would lock a user out who logs in again at once. */
export function isTooFarAhead(validAfter: Date, now: Date): boolean {
  return validAfter.getTime() > now.getTime() + MOST_AHEAD_MS;
}

/** Everything that is wrong with what an admin asks for. */
export function revocationViolations(
  { validAfter, reason }: { validAfter?: Date | undefined; reason?: string | undefined },
  now: Date,
): Violation[] {
  const violations: Violation[] = [];
  if (validAfter && validAfter.getTime() < 0)
    violations.push({ path: ['validAfter'], code: 'out_of_range', message: 'must not be before 1970' });
  if (validAfter && isTooFarAhead(validAfter, now))
    violations.push({ path: ['validAfter'], code: 'in_the_future', message: 'must not be in the future' });
  const wrong = reason === undefined ? undefined : textViolation(reason, REVOCATION_REASON);
  if (wrong) violations.push({ path: ['reason'], ...wrong });
  return violations;
}

/** Nothing was revoked of this user within the life of a token. */
export class RevocationNotFound extends DomainError {
  readonly code = 'not_found';

  constructor() {
    super('No tokens of this user are revoked.');
  }
}
