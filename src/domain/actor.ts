export const ROLES = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking. There is no anonymous actor: without a verified token one can only read, and only where that is public. */
export type Actor = {
  /** The user's id at the token issuer, always a string: Django's integer 42 and string "42" are the same user. */
  readonly id: string;
  readonly role: Role;
};

const USER_ID = /^[^\p{C}]{1,128}$/u;

/**
 * Whether it can be the id of a user: any 1 to 128 code points without control characters, invisible ones and halves of one.
 * Nobody here knows who exists.
 */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/**
 * Reads a role claim. Only the exact lower-case names count; a missing, unknown or malformed claim is a plain user,
 * because a stock simplejwt token carries no role at all.
 */
export function roleFrom(claim: unknown): Role {
  return ROLES.find((role) => role === claim) ?? 'user';
}

/** Moderators and admins look after what others posted. */
export function isStaff(actor: Actor): boolean {
  return actor.role === 'moderator' || actor.role === 'admin';
}
