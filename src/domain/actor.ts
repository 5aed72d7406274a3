export const ROLES = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The user who asks, from a verified token. A request without a token has no actor, and may only read what is public. */
export type Actor = {
  /** The user's id at the token issuer, always a string: Django's integer 42 and string "42" are the same user. */
  readonly id: string;
  readonly role: Role;
};

const USER_ID = /^[^\p{C}]{1,128}$/u;

/**
 * Whether a text can be a user's id: 1 to 128 code points, without control characters, invisible characters and halves of
 * surrogate pairs. This service does not know which users exist.
 */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/**
 * Reads a role claim. Only the exact lower-case names count. A missing, unknown or malformed claim makes a plain user,
 * because a stock simplejwt token carries no role at all.
 */
export function roleFrom(claim: unknown): Role {
  return ROLES.find((role) => role === claim) ?? 'user';
}

/** Whether the actor is a moderator or an admin. Both look after opportunities of others. */
export function isStaff(actor: Actor): boolean {
  return actor.role === 'moderator' || actor.role === 'admin';
}
