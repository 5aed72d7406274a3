import { z } from 'zod';
import type {
  ZodOpenApiLinkObject,
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponseObject,
} from 'zod-openapi';
import { ANSWERED, ETAG, LINK, LOCATION, REPLAYED, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { BODY, CHANGE, COUNTED, problems, RETRY, TOKEN } from '../openapi/documented-problems.ts';
import { JSON_TYPE, MERGE_PATCH } from '../requests/request-body.ts';
import { listQuery } from './list-parameters.ts';
import { opportunity, opportunityId, opportunityPage } from './opportunity-resource.ts';
import {
  closeOpportunityBody,
  emptyBody,
  newOpportunity,
  opportunityPatch,
  removeOpportunityBody,
} from './opportunity-schemas.ts';
import { changesPage, changesQuery } from './changes-schemas.ts';

const TAGS = ['Opportunities'];
const MODERATION = ['Moderation'];
const path = z.object({ id: opportunityId.meta({ param: { id: 'id' } }) });

const NEW = {
  type: 'internship',
  title: 'Backend internship',
  description: 'Build services with us.',
  workMode: 'hybrid',
  location: { label: 'Madrid, Spain', city: 'Madrid', country: 'ES' },
  compensation: { kind: 'stipend', minAmount: 90_000, currency: 'EUR', period: 'month' },
  deadlineAt: '2027-03-01T23:59:59+01:00',
  timeZone: 'Europe/Madrid',
  applyUrl: 'https://example.org/apply',
  applyEmail: 'jobs@example.org',
  tags: ['backend', 'node'],
  languages: ['en', 'es'],
};

const DRAFT = { type: 'event', title: 'Meetup', status: 'draft' };

/** What the service answers to NEW. */
export const PUBLISHED = {
  id: '01a204b7-f81d-7702-a63b-cc7085dfefde',
  ownerId: '550e8400-e29b-41d4-a716-446655440000',
  type: 'internship',
  title: 'Backend internship',
  summary: null,
  description: 'Build services with us.',
  organizationName: null,
  organizationUrl: null,
  workMode: 'hybrid',
  location: { label: 'Madrid, Spain', city: 'Madrid', region: null, country: 'ES', latitude: null, longitude: null },
  compensation: { kind: 'stipend', minAmount: 90_000, maxAmount: null, currency: 'EUR', period: 'month' },
  commitment: null,
  opensAt: null,
  deadlineAt: '2027-03-01T22:59:59.000Z',
  startsAt: null,
  endsAt: null,
  timeZone: 'Europe/Madrid',
  openings: null,
  eligibility: null,
  applyUrl: 'https://example.org/apply',
  applyEmail: 'jobs@example.org',
  tags: ['backend', 'node'],
  languages: ['en', 'es'],
  status: 'published',
  closeReason: null,
  removalReason: null,
  version: 1,
  createdAt: '2026-11-22T19:24:55.197Z',
  updatedAt: '2026-11-22T19:24:55.197Z',
  publishedAt: '2026-11-22T19:24:55.197Z',
  closedAt: null,
  isOpen: true,
};

const { id, type, title, workMode, deadlineAt, isOpen } = PUBLISHED;
const LISTED = { id, type, title, workMode, deadlineAt, isOpen };

const CHANGED = { version: 2, updatedAt: '2026-11-23T08:00:00.000Z' };
/** Whatever the opportunity says, this goes with it. */
const PATCH = { openings: 3, location: { label: 'Getafe, Spain', city: 'Getafe' }, compensation: null };

/** What each action makes of PUBLISHED, or of what it may start from. */
const AFTER = {
  publish: { ...PUBLISHED, ...CHANGED },
  close: {
    ...PUBLISHED,
    ...CHANGED,
    status: 'closed',
    closeReason: 'filled',
    closedAt: CHANGED.updatedAt,
    isOpen: false,
  },
  reopen: { ...PUBLISHED, version: 3, updatedAt: '2026-11-24T08:00:00.000Z' },
  remove: {
    ...PUBLISHED,
    ...CHANGED,
    status: 'removed',
    removalReason: 'It asks applicants for money.',
    isOpen: false,
  },
  restore: { ...PUBLISHED, version: 3, updatedAt: '2026-11-24T08:00:00.000Z' },
};

/** From an answer with an opportunity to what can be done with it. */
const LINKS: Record<string, ZodOpenApiLinkObject> = Object.fromEntries(
  (
    [
      ['getOpportunity', 'Read it again.', { 'header.If-None-Match': '$response.header.ETag' }],
      ['editOpportunity', 'Edit it as it is now.', { 'header.If-Match': '$response.header.ETag' }],
      ['publishOpportunity', 'Publish it, if it is a draft.', {}],
      ['closeOpportunity', 'Close it, if it is published.', {}],
      ['reopenOpportunity', 'Reopen it, if it is closed.', {}],
      ['removeOpportunity', 'Remove it, as a moderator.', {}],
      ['restoreOpportunity', 'Restore it, as a moderator, if it is removed.', {}],
      ['deleteOpportunity', 'Delete it.', {}],
    ] as const
  ).map(([operationId, description, headers]) => [
    operationId,
    { id: operationId, operationId, description, parameters: { 'path.id': '$response.body#/id', ...headers } },
  ]),
);

function opportunityAnswer(description: string, value: object, headers = {}): ZodOpenApiResponseObject {
  return {
    description,
    headers: z.object({ ...ANSWERED, ...ETAG, ...headers }),
    content: { [JSON_TYPE]: { schema: opportunity, examples: { opportunity: { value } } } },
    links: LINKS,
  };
}

/** POST /opportunities/{id}/{action} */
function action(
  name: keyof typeof AFTER,
  tags: string[],
  texts: { summary: string; description: string },
  body: Pick<NonNullable<ZodOpenApiOperationObject['requestBody']>, 'content' | 'required'>,
): { post: ZodOpenApiOperationObject } {
  return {
    post: {
      operationId: `${name}Opportunity`,
      tags,
      ...texts,
      requestParams: { path, header: REQUEST_HEADERS.action },
      requestBody: body,
      responses: {
        200: opportunityAnswer('The opportunity after it.', AFTER[name], REPLAYED),
        ...problems(...COUNTED, ...TOKEN, ...BODY, ...RETRY, ...CHANGE, ...OBSTACLES[name]),
      },
    },
  };
}

const OBSTACLES = {
  publish: ['not_publishable'],
  close: [],
  reopen: ['not_publishable'],
  remove: [],
  restore: [],
} as const;

const NO_BODY = {
  required: false,
  content: { [JSON_TYPE]: { schema: emptyBody, examples: { nothing: { value: {} } } } },
};

/** /api/v1/opportunities, for the API's description. The routes are in opportunity-routes.ts. */
export const OPPORTUNITY_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/opportunities': {
    get: {
      operationId: 'listOpportunities',
      tags: TAGS,
      summary: 'List and search opportunities',
      description:
        'Published ones, unless something else is asked for; everybody finds their own in any status. Pages neither repeat nor lose what was there before. All parameters stay as they are from page to page. Where the service is set up for public reading, no token is needed but for mine.',
      requestParams: { query: listQuery, header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'A page.',
          headers: z.object({ ...ANSWERED, ...LINK }),
          content: {
            [JSON_TYPE]: {
              schema: opportunityPage,
              examples: {
                page: {
                  value: {
                    items: [LISTED],
                    page: { nextCursor: 'WzEsIkpLdDJ1b0hKM2NtY0dXQXkiXQ' },
                  },
                },
              },
            },
          },
          links: {
            nextPage: {
              operationId: 'listOpportunities',
              description: 'The next page.',
              parameters: { 'query.cursor': '$response.body#/page/nextCursor' },
            },
            firstItem: {
              operationId: 'getOpportunity',
              description: 'The first one of the page.',
              parameters: { 'path.id': '$response.body#/items/0/id' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, 'invalid_parameter', 'invalid_cursor'),
      },
    },
    post: {
      operationId: 'createOpportunity',
      tags: TAGS,
      summary: 'Post an opportunity',
      description:
        'It is published at once, unless it is kept back as a draft. Send an Idempotency-Key, or an app that repeats the request because the answer got lost creates a second one.',
      requestParams: { header: REQUEST_HEADERS.creation },
      requestBody: {
        required: true,
        content: {
          [JSON_TYPE]: {
            schema: newOpportunity,
            examples: {
              published: { summary: 'Published at once', value: NEW },
              draft: { summary: 'A draft', value: DRAFT },
            },
          },
        },
      },
      responses: {
        201: opportunityAnswer('It is stored.', PUBLISHED, { ...LOCATION, ...REPLAYED }),
        ...problems(...COUNTED, ...TOKEN, ...BODY, ...RETRY, 'event_too_large'),
      },
    },
  },

  '/api/v1/opportunities/{id}': {
    get: {
      operationId: 'getOpportunity',
      tags: TAGS,
      summary: 'Read an opportunity',
      description:
        'Everyone reads what is published or closed; its owner and moderators read it in any status. To others it does not exist. Where the service is set up for public reading, no token is needed.',
      requestParams: { path, header: REQUEST_HEADERS.read },
      responses: {
        200: opportunityAnswer('The opportunity.', PUBLISHED),
        304: { description: 'What you have still holds.', headers: z.object({ ...ANSWERED, ...ETAG }) },
        ...problems(...COUNTED, ...TOKEN, 'not_found'),
      },
    },
    patch: {
      operationId: 'editOpportunity',
      tags: TAGS,
      summary: 'Edit an opportunity',
      description:
        'For its owner and admins. A merge patch (RFC 7396): what it names changes, null clears, what it does not name stays; objects are merged, lists replaced. The result must keep the rules of a new one, and a published one must stay complete. The status has actions of its own. A patch that says nothing new changes nothing.',
      requestParams: { path, header: REQUEST_HEADERS.change },
      requestBody: {
        required: true,
        content: {
          [MERGE_PATCH]: { schema: opportunityPatch, examples: { patch: { value: PATCH } } },
          [JSON_TYPE]: { schema: opportunityPatch, examples: { patch: { value: PATCH } } },
        },
      },
      responses: {
        200: opportunityAnswer('The opportunity after it.', {
          ...PUBLISHED,
          ...CHANGED,
          ...PATCH,
          location: { ...PUBLISHED.location, ...PATCH.location },
        }),
        ...problems(...COUNTED, ...TOKEN, ...BODY, ...CHANGE),
      },
    },
    delete: {
      operationId: 'deleteOpportunity',
      tags: TAGS,
      summary: 'Delete an opportunity',
      description:
        'For its owner and admins. Deleting it again changes nothing and is answered in the same way. What a moderator removed stays.',
      requestParams: { path, header: REQUEST_HEADERS.change },
      responses: {
        204: { description: 'It is deleted.', headers: z.object(ANSWERED) },
        ...problems(...COUNTED, ...TOKEN, ...CHANGE),
      },
    },
  },

  '/api/v1/opportunities/{id}/publish': action(
    'publish',
    TAGS,
    { summary: 'Publish a draft', description: 'For its owner and admins. It must be complete.' },
    NO_BODY,
  ),

  '/api/v1/opportunities/{id}/close': action(
    'close',
    TAGS,
    {
      summary: 'Close a published opportunity',
      description: 'For its owner, moderators and admins. Nobody can apply any more; everyone can still read it.',
    },
    {
      required: true,
      content: { [JSON_TYPE]: { schema: closeOpportunityBody, examples: { filled: { value: { reason: 'filled' } } } } },
    },
  ),

  '/api/v1/opportunities/{id}/reopen': action(
    'reopen',
    TAGS,
    {
      summary: 'Reopen a closed opportunity',
      description: 'For its owner and admins. Its deadline must not have passed.',
    },
    NO_BODY,
  ),

  '/api/v1/opportunities/{id}/remove': action(
    'remove',
    MODERATION,
    {
      summary: 'Remove an opportunity',
      description:
        'For moderators and admins. Only its owner and they can read it then, and the owner cannot change it.',
    },
    {
      required: true,
      content: {
        [JSON_TYPE]: {
          schema: removeOpportunityBody,
          examples: { fraud: { value: { reason: 'It asks applicants for money.' } } },
        },
      },
    },
  ),

  '/api/v1/opportunities/{id}/restore': action(
    'restore',
    MODERATION,
    {
      summary: 'Restore a removed opportunity',
      description: 'For moderators and admins. It is again what it was before.',
    },
    NO_BODY,
  ),
};

const PAGE = {
  items: [PUBLISHED],
  tombstones: [{ id: '01a204b7-f876-761f-9a73-10ccedf3b6da', deletedAt: '2026-11-22T19:25:03.412Z' }],
  page: { nextToken: 'eyJpc3N1ZWRBdCI6IjIwMjYtMTEtMjJUMTk6MjU6MDQuMDAwWiJ9', hasMore: false },
};

/** /api/v1/opportunities/changes, for the API's description. The route is in changes-routes.ts. */
export const CHANGES_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/opportunities/changes': {
    get: {
      operationId: 'listChanges',
      tags: ['Opportunities'],
      summary: 'Keep a copy: list what has changed',
      description:
        'All that the user may see comes without since, in pages; then, with the nextToken of the last answer, what has changed. Put items into the copy, take tombstones out of it, store nextToken with them, and ask again at once while hasMore is true. At 410 the copy begins anew. A page may be empty although there is more.',
      requestParams: { query: changesQuery, header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'What the copy must take over.',
          headers: z.object(ANSWERED),
          content: { [JSON_TYPE]: { schema: changesPage, examples: { page: { value: PAGE } } } },
          links: {
            nextChanges: {
              operationId: 'listChanges',
              description: 'What comes after.',
              parameters: { 'query.since': '$response.body#/page/nextToken' },
            },
          },
        },
        ...problems(...COUNTED, ...TOKEN, 'invalid_parameter', 'sync_token_expired'),
      },
    },
  },
};
