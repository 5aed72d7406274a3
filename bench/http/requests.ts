import { MEMBERS } from './databases.ts';
import type { Request } from './load.ts';

/** A request body of a usual size: about 1 KiB of JSON. */
const POSTING = JSON.stringify({
  type: 'internship',
  title: 'Backend internship in Sevilla',
  summary: 'Build services with us for half a year.',
  description: 'You join a small team and learn how services are built, run and mended. '.repeat(7),
  organizationName: 'Sociedad de Amigos',
  organizationUrl: 'https://amigos.example.org',
  workMode: 'hybrid',
  location: { label: 'Main office', city: 'Sevilla', country: 'ES' },
  compensation: { kind: 'paid', minAmount: 90_000, maxAmount: 120_000, currency: 'EUR', period: 'month' },
  commitment: 'part_time',
  deadlineAt: '2099-06-30T22:00:00Z',
  openings: 2,
  applyUrl: 'https://amigos.example.org/apply',
  applyEmail: 'jobs@amigos.example.org',
  tags: ['node', 'postgresql', 'kafka'],
  languages: ['es', 'en'],
});

const PATH = '/api/v1/opportunities';

/** The member who reads and writes. */
export const MEMBER = `member-${MEMBERS - 1}`;

export type Operation = 'POST' | 'GET one' | 'GET list';

export function requestsOf(ids: readonly string[]): Readonly<Record<Operation, readonly Request[]>> {
  return {
    POST: [{ method: 'POST', path: PATH, body: POSTING }],
    'GET one': ids.map((id) => ({ method: 'GET', path: `${PATH}/${id}` })),
    'GET list': [{ method: 'GET', path: PATH }],
  };
}
