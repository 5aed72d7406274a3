import { signDjangoToken } from '../../../tools/local/django-token.ts';
import { TEST_SECRET } from './start-app.ts';

/** The smallest body that can be published at once. */
export const SOME_OPPORTUNITY = {
  type: 'internship',
  title: 'Backend internship',
  description: 'Build services with us.',
  applyUrl: 'https://example.org/apply',
};

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

/** A mobile app, which sends the token of its user. */
export function apiClient(url: string, userId = '42') {
  const token = signDjangoToken({ secret: TEST_SECRET, userId });
  const send = async (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1/opportunities${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  };
  return {
    get: (path: string) => send('GET', path),
    post: (path: string, body?: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
  };
}
