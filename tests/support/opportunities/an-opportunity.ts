import { Opportunity } from '#domain/opportunities/opportunity';
import type { OpportunityDetails } from '#domain/opportunities/opportunity-details';

/** The smallest details that can be published. */
export function someDetails(given: Partial<OpportunityDetails> = {}): OpportunityDetails {
  return {
    type: 'internship',
    title: 'Backend internship',
    summary: null,
    description: 'Build services with us.',
    organizationName: null,
    organizationUrl: null,
    workMode: null,
    location: null,
    compensation: null,
    commitment: null,
    opensAt: null,
    deadlineAt: null,
    startsAt: null,
    endsAt: null,
    timeZone: null,
    openings: null,
    eligibility: null,
    applyUrl: 'https://example.org/apply',
    applyEmail: null,
    tags: [],
    languages: [],
    ...given,
  };
}

/** Details with a value for every field, and with texts that are hard to store. */
export function fullDetails(): OpportunityDetails {
  return {
    type: 'job',
    title: 'Ingénieure ☕ “senior” 🚀',
    summary: 'Short',
    description: 'It\'s \\ a "test" with ?, $1, {braces},\n\ttabs and 👩‍💻',
    organizationName: 'ACME & Søns',
    organizationUrl: 'https://acme.example.com/about?x=1#top',
    workMode: 'hybrid',
    location: { label: 'HQ', city: 'Łódź', region: null, country: 'PL', latitude: 51.759445, longitude: 19.457216 },
    compensation: { kind: 'paid', minAmount: 0, maxAmount: 10 ** 12, currency: 'PLN', period: 'month' },
    commitment: 'part_time',
    opensAt: new Date('2026-01-01T00:00:00.001Z'),
    deadlineAt: new Date('2099-12-31T23:59:59.999Z'),
    startsAt: new Date('2099-01-01T08:00:00.000Z'),
    endsAt: new Date('2099-06-30T16:00:00.000Z'),
    timeZone: 'Europe/Warsaw',
    openings: 3,
    eligibility: { description: 'Students, of any age', minAge: 16, maxAge: null },
    applyUrl: 'https://acme.example.com/apply',
    applyEmail: 'jobs@acme.example.com',
    tags: ['node', 'c++', 'a"b,c}', 'żółw', 'null', ' x ', 'a\\n'],
    languages: ['pl', 'en-GB'],
  };
}

type Given = { id?: string; ownerId?: string; status?: 'draft' | 'published'; at?: Date; details?: OpportunityDetails };

let last = 0;

/** Gives an id like those of the service: later ids sort after earlier ones. */
export function someId(): string {
  last += 1;
  return `01900000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
}

/** Gives a new opportunity and the event of its creation. */
export function anOpportunity({ id = someId(), ownerId = 'owner', status = 'published', at, details }: Given = {}) {
  return Opportunity.create(id, details ?? someDetails(), status, { actorId: ownerId, at: at ?? SOME_DAY });
}

export const SOME_DAY = new Date('2026-06-01T12:00:00.000Z');
