import type { Actor } from '#domain/actor';

/** Opportunities of the test support belong to "owner" unless a test says otherwise. */
export const OWNER: Actor = { id: 'owner', role: 'user' };
export const STRANGER: Actor = { id: 'stranger', role: 'user' };
export const MODERATOR: Actor = { id: 'moderator', role: 'moderator' };
export const ADMIN: Actor = { id: 'admin', role: 'admin' };
