import type { Actor } from '#domain/actor';
import { ensure } from '#domain/permission';
import { maySeeRevocations, RevocationNotFound, type TokenRevocation } from '#domain/token-revocation';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';

/** Tells an admin from when on tokens of a user are good. */
export class GetTokenRevocation {
  private readonly register: RevocationStore;

  constructor(register: RevocationStore) {
    this.register = register;
  }

  /** @throws RevocationNotFound */
  async execute(actor: Actor, { userId }: { userId: string }): Promise<TokenRevocation> {
    ensure(maySeeRevocations(actor));
    const revocation = await this.register.find(userId);
    if (!revocation) throw new RevocationNotFound();
    return revocation;
  }
}
