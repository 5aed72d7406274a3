import { z } from 'zod';
import type {
  ZodOpenApiLinkObject,
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { OpportunityAction } from '#domain/opportunities/opportunity-status';
import { RESPONSE_HEADERS, ETAG, LINK, LOCATION, REPLAYED, REQUEST_HEADERS } from '../openapi/documented-headers.ts';
import { BODY, CHANGE, COUNTED, problems, RETRY, TOKEN } from '../openapi/documented-problems.ts';
import { JSON_TYPE, MERGE_PATCH } from '../requests/request-body.ts';
import { listParameters } from './list-parameters.ts';
import { opportunityId } from './field-kinds.ts';
import { EXAMPLE } from './opportunity-fields.ts';
import { opportunity, opportunityPage } from './opportunity-resource.ts';
import {
  closeOpportunityBody,
  emptyBody,
  newOpportunity,
  opportunityPatch,
  type PostedAction,
  removeOpportunityBody,
} from './opportunity-schemas.ts';

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

const { id, type, title, workMode, deadlineAt, isOpen } = EXAMPLE;
const LISTED = { id, type, title, workMode, deadlineAt, isOpen };

const CHANGED = { version: 2, updatedAt: '2026-11-23T08:00:00.000Z' };
/** A patch that is valid for every opportunity. */
const PATCH = { openings: 3, location: { label: 'Getafe, Spain', city: 'Getafe' }, compensation: null };

/** The example after each action. */
const AFTER = {
  publish: { ...EXAMPLE, ...CHANGED },
  close: {
    ...EXAMPLE,
    ...CHANGED,
    status: 'closed',
    closeReason: 'filled',
    closedAt: CHANGED.updatedAt,
    isOpen: false,
  },
  reopen: { ...EXAMPLE, version: 3, updatedAt: '2026-11-24T08:00:00.000Z' },
  remove: {
    ...EXAMPLE,
    ...CHANGED,
    status: 'removed',
    removalReason: 'It asks applicants for money.',
    isOpen: false,
  },
  restore: { ...EXAMPLE, version: 3, updatedAt: '2026-11-24T08:00:00.000Z' },
} satisfies Record<PostedAction, object>;

/** What a link does, and the headers that it sends beside the id. */
type LinkTexts = { readonly description: string; readonly headers?: Record<string, string> };

/** Links from a response with an opportunity to the operations on this opportunity. */
const LINK_TEXTS: Record<`${OpportunityAction | 'get'}Opportunity`, LinkTexts> = {
  getOpportunity: {
    description: 'Read the opportunity again.',
    headers: { 'header.If-None-Match': '$response.header.ETag' },
  },
  editOpportunity: {
    description: 'Edit the opportunity in its current version.',
    headers: { 'header.If-Match': '$response.header.ETag' },
  },
  publishOpportunity: { description: 'Publish the opportunity, if it is a draft.' },
  closeOpportunity: { description: 'Close the opportunity, if it is published.' },
  reopenOpportunity: { description: 'Reopen the opportunity, if it is closed.' },
  removeOpportunity: { description: 'Remove the opportunity, as a moderator.' },
  restoreOpportunity: { description: 'Restore the opportunity, as a moderator, if it is removed.' },
  deleteOpportunity: { description: 'Delete the opportunity.' },
};

const LINKS: Record<string, ZodOpenApiLinkObject> = Object.fromEntries(
  Object.entries(LINK_TEXTS).map(([operationId, { description, headers }]) => [
    operationId,
    { id: operationId, operationId, description, parameters: { 'path.id': '$response.body#/id', ...headers } },
  ]),
);

function opportunityResponse(description: string, value: object, headers = {}): ZodOpenApiResponseObject {
  return {
    description,
    headers: z.object({ ...RESPONSE_HEADERS, ...ETAG, ...headers }),
    content: { [JSON_TYPE]: { schema: opportunity, examples: { opportunity: { value } } } },
    links: LINKS,
  };
}

/** The operation POST /opportunities/{id}/{action}. */
function action(
  name: PostedAction,
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
        200: opportunityResponse('The changed opportunity.', AFTER[name], REPLAYED),
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
} as const satisfies Record<PostedAction, readonly string[]>;

const NO_BODY = {
  required: false,
  content: { [JSON_TYPE]: { schema: emptyBody, examples: { nothing: { value: {} } } } },
};

const ACTION_OPERATIONS: Record<`/api/v1/opportunities/{id}/${PostedAction}`, ReturnType<typeof action>> = {
  '/api/v1/opportunities/{id}/publish': action(
    'publish',
    TAGS,
    { summary: 'Publish a draft', description: 'For the owner and admins. The opportunity must be complete.' },
    NO_BODY,
  ),
  '/api/v1/opportunities/{id}/close': action(
    'close',
    TAGS,
    {
      summary: 'Close a published opportunity',
      description:
        'For the owner, moderators and admins. Nobody can apply any more. Everybody can still read the opportunity.',
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
      description: 'For the owner and admins. The deadline must not have passed.',
    },
    NO_BODY,
  ),
  '/api/v1/opportunities/{id}/remove': action(
    'remove',
    MODERATION,
    {
      summary: 'Remove an opportunity',
      description:
        'For moderators and admins. Afterwards only the owner, moderators and admins can read the opportunity, and the owner cannot change it.',
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
      description: 'For moderators and admins. The opportunity gets back the status that it had before its removal.',
    },
    NO_BODY,
  ),
};

/** The OpenAPI operations under /api/v1/opportunities. Their routes are in opportunity-routes.ts. */
export const OPPORTUNITY_OPERATIONS: ZodOpenApiPathsObject = {
  '/api/v1/opportunities': {
    get: {
      operationId: 'listOpportunities',
      tags: TAGS,
      summary: 'List and search opportunities',
      description:
        'Lists published opportunities unless the parameters ask for others. Users find their own opportunities in every status. Pages neither repeat nor skip an opportunity that was there from the beginning. Send the same parameters for every page. If the operator allows public reading, only `mine` needs a token.',
      requestParams: { query: listParameters, header: REQUEST_HEADERS.any },
      responses: {
        200: {
          description: 'A page of the list.',
          headers: z.object({ ...RESPONSE_HEADERS, ...LINK }),
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
              description: 'The first opportunity of the page.',
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
        'Publishes the opportunity at once, unless its status is draft. Send an Idempotency-Key: without it, an app that repeats the request after a lost response creates a second opportunity.',
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
        201: opportunityResponse('The opportunity is stored.', EXAMPLE, { ...LOCATION, ...REPLAYED }),
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
        'Everybody can read a published or closed opportunity. Its owner and moderators can read it in every status. For other users it does not exist. If the operator allows public reading, no token is needed.',
      requestParams: { path, header: REQUEST_HEADERS.read },
      responses: {
        200: opportunityResponse('The opportunity.', EXAMPLE),
        304: { description: 'The opportunity has not changed.', headers: z.object({ ...RESPONSE_HEADERS, ...ETAG }) },
        ...problems(...COUNTED, ...TOKEN, 'not_found'),
      },
    },
    patch: {
      operationId: 'editOpportunity',
      tags: TAGS,
      summary: 'Edit an opportunity',
      description:
        'For the owner and admins. The body is a merge patch (RFC 7396): its fields replace the old values, null clears a field, and all other fields stay. Objects are merged, lists are replaced. The result must obey the rules of a new opportunity, and a published opportunity must stay complete. Only actions change the status. A patch that changes no value has no effect.',
      requestParams: { path, header: REQUEST_HEADERS.change },
      requestBody: {
        required: true,
        content: {
          [MERGE_PATCH]: { schema: opportunityPatch, examples: { patch: { value: PATCH } } },
          [JSON_TYPE]: { schema: opportunityPatch, examples: { patch: { value: PATCH } } },
        },
      },
      responses: {
        200: opportunityResponse('The changed opportunity.', {
          ...EXAMPLE,
          ...CHANGED,
          ...PATCH,
          location: { ...EXAMPLE.location, ...PATCH.location },
        }),
        ...problems(...COUNTED, ...TOKEN, ...BODY, ...CHANGE),
      },
    },
    delete: {
      operationId: 'deleteOpportunity',
      tags: TAGS,
      summary: 'Delete an opportunity',
      description:
        'For the owner and admins. Deleting an opportunity again has no effect and gets the same response. An opportunity that a moderator removed cannot be deleted.',
      requestParams: { path, header: REQUEST_HEADERS.change },
      responses: {
        204: { description: 'The opportunity is deleted.', headers: z.object(RESPONSE_HEADERS) },
        ...problems(...COUNTED, ...TOKEN, ...CHANGE),
      },
    },
  },

  ...ACTION_OPERATIONS,
};
