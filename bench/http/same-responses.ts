import { isDeepStrictEqual } from 'node:util';
import type { Request } from './load.ts';
import type { Service } from './services.ts';

/** What every POST has of its own. */
const OWN = ['id', 'createdAt', 'updatedAt', 'publishedAt'];
/** Opaque, and each program makes its own. */
const CURSOR = 'page';

/**
 * @throws Error when the two programs do not answer alike: then they do not do the same work, and comparing
 *   them says nothing.
 */
export async function checkSameAnswers(
  [one, other]: readonly [Service, Service],
  token: string,
  requests: readonly Request[],
): Promise<void> {
  for (const request of requests)
    if (!isDeepStrictEqual(await answerOf(one, token, request), await answerOf(other, token, request)))
      throw new Error(`${one.name} and ${other.name} answer ${request.method} ${request.path} differently`);
}

async function answerOf(service: Service, token: string, { method, path, body }: Request): Promise<unknown> {
  const response = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  const own = method === 'POST' ? OWN : [CURSOR];
  return [response.status, Object.fromEntries(Object.entries(answer).filter(([name]) => !own.includes(name)))];
}
