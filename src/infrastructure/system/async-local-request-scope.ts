import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestIdentity, RequestScope } from '#application/ports/operations/request-scope';

export class AsyncLocalRequestScope implements RequestScope {
  private readonly storage = new AsyncLocalStorage<RequestIdentity>();

  run<T>(identity: RequestIdentity, work: () => T): T {
    return this.storage.run(identity, work);
  }

  current(): RequestIdentity | undefined {
    return this.storage.getStore();
  }
}
