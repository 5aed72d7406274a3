import type { Actor } from './actor.ts';
import { DomainError, type Violation } from './domain-error.ts';
import { allowIf, type Decision } from './permission.ts';
import { type TextLimit, textViolation } from './text.ts';

/**
 * A rule that refuses the older tokens of a user who was demoted, deactivated or logged out. The token itself does not
 * show such a change.
 */
export type TokenRevocation = {
  /** The user's id at the token issuer, as in Actor. */
  readonly userId: string;
  /** Tokens that were issued before this instant are refused. */
  readonly validAfter: Date;
  /** A note for admins. */
  readonly reason: string | null;
};

export const REVOCATION_REASON: TextLimit = { min: 1, max: 200, multiline: false };

/** Milliseconds by which the clock of the sender of a revocation may be ahead. */
const MOST_AHEAD_MS = 60_000;

export function mayRevokeTokens(actor: Actor): Decision {
  return allowIf(actor.role === 'admin', 'Only an admin may revoke tokens.');
}

export function maySeeRevocations(actor: Actor): Decision {
  return allowIf(actor.role === 'admin', 'Only an admin may see whose tokens are revoked.');
}

/** A later instant is refused, because it would lock out a user who logs in again at once. */
export function isTooFarAhead(validAfter: Date, now: Date): boolean {
  return validAfter.getTime() > now.getTime() + MOST_AHEAD_MS;
}

/** Lists everything that is wrong with the revocation that an admin sends. */
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

/** The user has no revocation, or it has expired. */
export class RevocationNotFound extends DomainError {
  readonly code = 'not_found';

  constructor() {
    super('No tokens of this user are revoked.');
  }
}
