import { isDeepStrictEqual } from 'node:util';
import type { Request } from './load.ts';
import type { Service } from './services.ts';

/** Fields that differ in each response to a POST. */
const UNIQUE_FIELDS = ['id', 'createdAt', 'updatedAt', 'publishedAt'];
/** Field with the cursor, which each program encodes in its own way. */
const CURSOR = 'page';

/**
 * Checks that the two programs do the same work, without which comparing their speed would say nothing.
 * @throws Error when their responses differ.
 */
export async function checkSameResponses(
  [one, other]: readonly [Service, Service],
  token: string,
  requests: readonly Request[],
): Promise<void> {
  for (const request of requests)
    if (!isDeepStrictEqual(await responseOf(one, token, request), await responseOf(other, token, request)))
      throw new Error(`${one.name} and ${other.name} respond differently to ${request.method} ${request.path}`);
}

async function responseOf(service: Service, token: string, { method, path, body }: Request): Promise<unknown> {
  const response = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const fields = (await response.json()) as Record<string, unknown>;
  const ignored = method === 'POST' ? UNIQUE_FIELDS : [CURSOR];
  return [response.status, Object.fromEntries(Object.entries(fields).filter(([name]) => !ignored.includes(name)))];
}
