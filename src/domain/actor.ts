export const ROLES = ['user', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * The user who asks. There is no anonymous actor: a request without a verified token can only read, and only where
 * reading is public.
 */
export type Actor = {
  /** The user's id at the token issuer. It is always text: Django's integer 42 and text "42" are the same user. */
  readonly id: string;
  readonly role: Role;
};

const USER_ID = /^[^\p{C}]{1,128}$/u;

/**
 * Tells whether the text can be a user's id: 1 to 128 code points, without control characters, invisible characters and lone
 * surrogates. The service does not know which users exist.
 */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/**
 * Reads a role claim. Only the exact lower-case names count; a missing, unknown or malformed claim is a plain user,
 * because a stock simplejwt token has no role claim.
 */
export function roleFrom(claim: unknown): Role {
  return ROLES.find((role) => role === claim) ?? 'user';
}

/** Moderators and admins look after what others posted. */
export function isStaff(actor: Actor): boolean {
  return actor.role === 'moderator' || actor.role === 'admin';
}
