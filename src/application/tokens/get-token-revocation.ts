import type { Actor } from '#domain/actor';
import { ensure } from '#domain/permission';
import { maySeeRevocations, RevocationNotFound, type TokenRevocation } from '#domain/token-revocation';
import type { RevocationStore } from '../ports/tokens/revocation-store.ts';

/** Shows an admin the revocation of a user. */
export class GetTokenRevocation {
  private readonly store: RevocationStore;

  constructor(store: RevocationStore) {
    this.store = store;
  }

  /** @throws RevocationNotFound */
  async execute(actor: Actor, { userId }: { userId: string }): Promise<TokenRevocation> {
    ensure(maySeeRevocations(actor));
    const revocation = await this.store.find(userId);
    if (!revocation) throw new RevocationNotFound();
    return revocation;
  }
}
