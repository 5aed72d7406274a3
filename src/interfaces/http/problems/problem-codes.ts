import type { ApplicationErrorCode } from '#application/ports/application-error';
import type { DomainErrorCode } from '#domain/domain-error';

/** A problem that a response can report, and the texts of its page under /problems. */
export type Problem = {
  readonly status: number;
  /** A short text for people, always the same for a code. */
  readonly title: string;
  readonly happened: string;
  readonly why: string;
  /** Advice for app developers: the action that the app should take. */
  readonly todo: string;
  readonly retry: {
    /** Whether the same request may succeed later, or with another token. */
    readonly helps: boolean;
    readonly how: string;
  };
};

const never = (how: string) => ({ helps: false, how });
const sometimes = (how: string) => ({ helps: true, how });

/**
 * The one table of problems, by their stable code. The compiler names a code of the domain or the application that has no
 * row. All other rows are problems that only HTTP knows. The titles for 401 are the words of the integration guide, so
 * that people find them in its troubleshooting section.
 */
export const PROBLEMS = {
  authorization_malformed: {
    status: 401,
    title: 'User not authenticated',
    happened: 'The Authorization header could not be read.',
    why: 'The header names an accepted scheme, usually Bearer, but exactly one token must follow.',
    todo: 'Send "Authorization: Bearer", a blank and the access token, without quotes and with nothing after it.',
    retry: never('The same header is refused each time.'),
  },
  bad_request: {
    status: 400,
    title: 'Bad request',
    happened: 'The request is not valid HTTP.',
    why: 'The request could not be parsed, has no Host header or several, has more than one Authorization header, or has a malformed header.',
    todo: 'Check how the app, or a proxy behind it, builds the request. The detail names the mistake.',
    retry: never('The same bytes are refused each time.'),
  },
  body_too_large: {
    status: 413,
    title: 'Body too large',
    happened: 'The body of the request is too large.',
    why: 'A body may have at most 64 KiB after decompression. No opportunity within its limits needs more.',
    todo: 'Respect the lengths that the API documents, and tell the user which text to shorten.',
    retry: never('The same body is refused each time.'),
  },
  concurrent_change: {
    status: 409,
    title: 'Changed at the same time',
    happened: 'Another request changed the opportunity at the same time. This request stored nothing.',
    why: 'Otherwise one change would overwrite the other without anybody noticing.',
    todo: 'Read the opportunity again, and ask the user whether the change still makes sense.',
    retry: sometimes('Yes, after reading the opportunity again.'),
  },
  event_too_large: {
    status: 422,
    title: 'Too large to be published',
    happened: 'The opportunity was not stored, because its event would be too large.',
    why: 'Every change is published to other services with the whole opportunity, in a message of limited size.',
    todo: 'Ask the user to shorten the texts, above all the description.',
    retry: never('Only a shorter text helps.'),
  },
  expectation_failed: {
    status: 417,
    title: 'Expectation failed',
    happened: 'The Expect header has an unknown value.',
    why: 'The service supports only 100-continue.',
    todo: 'Remove the Expect header, or send 100-continue.',
    retry: never('The same header is refused each time.'),
  },
  forbidden: {
    status: 403,
    title: 'Not permitted',
    happened: 'The user is authenticated but not permitted to do this.',
    why: 'Some actions are only for the owner of an opportunity, or for certain roles.',
    todo: 'Do not offer the action to this user.',
    retry: never('Only another role of the user helps.'),
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    happened: 'The headers of the request are too large.',
    why: 'The request line and all headers together may have at most 16 KiB.',
    todo: 'Find the header that is too long: cookies of other sites, a very long query, or a token with too many claims.',
    retry: never('The same headers are refused each time.'),
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'Still running',
    happened: 'A request with the same Idempotency-Key is still running.',
    why: 'The app repeated the request before it got the response to the first one.',
    todo: 'Wait for a second and repeat the request with the same key. Then it gets the response to the first one.',
    retry: sometimes('Yes, with the same key.'),
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key used for another request',
    happened: 'The Idempotency-Key was already used for another request. Nothing was changed.',
    why: 'For 24 hours, a key stands for one action of the user, with the same path and the same body.',
    todo: 'Make a new key for each action of the user, and reuse it only to repeat exactly this action.',
    retry: sometimes('Only with a new key, which makes it a new request.'),
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    happened: 'The service failed unexpectedly.',
    why: 'The service has a defect. Neither the app nor the user made a mistake.',
    todo: 'Apologise to the user, and report the X-Request-Id of the response to the operators: it leads to the line in the log.',
    retry: sometimes('A read may be repeated, with a pause. Before a change is repeated, read what is stored.'),
  },
  invalid_cursor: {
    status: 400,
    title: 'Invalid cursor',
    happened: 'The cursor does not lead to a page of this list.',
    why: 'The cursor is damaged or made up, or it comes from a list with another filter, search or sort order.',
    todo: 'Begin again at the first page. To get the next page, send the same parameters with "page.nextCursor" of the previous page, or follow its Link header. Only "limit" and "fields" may change.',
    retry: never('The same cursor is refused each time.'),
  },
  invalid_parameter: {
    status: 400,
    title: 'Invalid parameter',
    happened: 'A parameter of the query is wrong or unknown.',
    why: 'Unknown parameters are refused as well: otherwise a misspelt parameter would be ignored without notice.',
    todo: 'Read "errors", which names each wrong parameter. If "since" is wrong, begin a new copy without it.',
    retry: never('The same query is refused each time.'),
  },
  invalid_state: {
    status: 409,
    title: 'Not possible in this state',
    happened: 'The status of the opportunity does not allow this action.',
    why: 'Each action starts from certain statuses. For example, only a draft can be published.',
    todo: 'Read the opportunity again, and show the user its status, which "currentStatus" has as well.',
    retry: never('Only another status of the opportunity helps.'),
  },
  malformed_body: {
    status: 400,
    title: 'Malformed body',
    happened: 'The body of the request could not be read.',
    why: 'The body is missing, incomplete, not JSON, not UTF-8, or not compressed as Content-Encoding says.',
    todo: 'Send one JSON object in UTF-8, written by a JSON library.',
    retry: never('The same bytes are refused each time. Only an incomplete body may arrive complete the next time.'),
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    happened: 'The path exists and does not support this method.',
    why: 'Each path supports only certain methods.',
    todo: 'Use one of the methods in the Allow header of the response.',
    retry: never('The same request is refused each time.'),
  },
  not_found: {
    status: 404,
    title: 'Not found',
    happened: 'The path leads to nothing that this user may see.',
    why: 'It never existed, was deleted, or is a private opportunity of another user. The response does not tell which, so that nobody can find private opportunities by guessing.',
    todo: 'Remove the opportunity from the screen. If the app built the path, check its spelling: case and slashes matter.',
    retry: never('The same request is refused until somebody makes the opportunity visible.'),
  },
  not_implemented: {
    status: 501,
    title: 'Method not implemented',
    happened: 'The service does not implement the method of the request.',
    why: 'The method is not one of the HTTP methods that this service knows.',
    todo: 'Correct the method, and write it in capitals.',
    retry: never('The same request is refused each time.'),
  },
  not_publishable: {
    status: 409,
    title: 'Not complete enough to be published',
    happened: 'The opportunity is not complete enough to be published. Its status has not changed.',
    why: 'A draft may be incomplete. An opportunity that everybody reads must be complete.',
    todo: 'Show each of "errors" beside the field that its pointer names, and let the user fill it in.',
    retry: never('Only completing the draft helps.'),
  },
  precondition_failed: {
    status: 412,
    title: 'Changed since you read it',
    happened: 'The opportunity has another version than the change expects. Nothing was changed.',
    why: 'If-Match names the version that the user saw. Since then somebody has changed the opportunity, perhaps the same user on another device. Without If-Match, somebody changed the opportunity during this request.',
    todo: 'Read the opportunity again, show the differences, and send the change with the new ETag if the user still wants it.',
    retry: sometimes('Yes, with the ETag of the new version.'),
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    happened: 'Too many requests came in the last minute. This request was not processed.',
    why: 'The reads and writes of each user are limited per minute, and so are the requests without a valid token from each address. An address that sends many invalid tokens has to wait as well. violated-policies names the limit, and RateLimit-Policy says how many requests it allows.',
    todo: 'Wait for the seconds in Retry-After, and send no request of the same kind until then. Read RateLimit in every response: r is the number of remaining requests, t the seconds until all of them are available again. Request the changes since the last time instead of everything.',
    retry: sometimes(
      'Yes, after Retry-After seconds, with the same Idempotency-Key if it had one. Nothing was changed.',
    ),
  },
  request_timeout: {
    status: 408,
    title: 'Request took too long to arrive',
    happened: 'The request did not arrive in time.',
    why: 'The whole request must arrive within 15 seconds, and its headers within 10, so that slow connections do not exhaust the service.',
    todo: 'Send the request again when the connection is better.',
    retry: sometimes('Yes. The request was not processed.'),
  },
  revocations_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    happened: 'The service cannot check at the moment whether the token was revoked, so it accepts no tokens.',
    why: 'The revocations could not be read for some time. The operator has chosen to refuse all tokens in this case.',
    todo: 'Tell the user that the problem is temporary, and keep the input. The token is probably good: do not refresh it, and do not log the user out.',
    retry: sometimes('Yes, after the seconds in Retry-After. Nothing was changed.'),
  },
  storage_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    happened: 'The service cannot reach its storage at the moment.',
    why: 'The database is unreachable, too slow or overloaded, usually for a short time.',
    todo: 'Tell the user that the problem is temporary, and keep the input.',
    retry: sometimes(
      'Yes, after the seconds in Retry-After. The change may have been stored: read the opportunity before you repeat it without an Idempotency-Key.',
    ),
  },
  sync_token_expired: {
    status: 410,
    title: 'Sync token no longer valid',
    happened: 'The sync token is no longer valid.',
    why: 'The token is more than 30 days old, or was issued to another user or for another role, or the database was restored or moved since then.',
    todo: 'Delete the offline copy and the token, and request the changes without "since". This begins a new copy.',
    retry: never('The same token is refused each time.'),
  },
  token_expired: {
    status: 401,
    title: 'Token expired',
    happened: 'The access token has expired.',
    why: 'Access tokens are valid for a short time. A token counts as expired from the second in which it expires.',
    todo: 'Get a new access token with the refresh token. Refresh only once, even if many requests fail together.',
    retry: sometimes('Yes, once, with the new token.'),
  },
  token_invalid: {
    status: 401,
    title: 'Invalid token',
    happened: 'The access token is not accepted.',
    why: 'The signature is wrong, the text is not a token, a claim is missing, or the token is valid for too long. If this happens to all users at once, the settings of the two services differ, for example the signing key.',
    todo: 'Delete the token and ask the user to log in. Do not try to refresh it.',
    retry: never('The same token is refused each time.'),
  },
  token_keys_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    happened: 'The service cannot check the token at the moment.',
    why: 'The token is signed with a key that the service does not know yet, and the token issuer does not respond.',
    todo: 'Tell the user that the problem is temporary. Do not log the user out: the token may be good.',
    retry: sometimes('Yes, after the seconds in Retry-After, with the same token.'),
  },
  token_missing: {
    status: 401,
    title: 'User not authenticated',
    happened: 'The request has no credentials.',
    why: 'There is no Authorization header, or its scheme is neither Bearer nor another one that the operator has set.',
    todo: 'Ask the user to log in, and send "Authorization: Bearer <access token>".',
    retry: sometimes('Yes, with a token.'),
  },
  token_not_yet_valid: {
    status: 401,
    title: 'Invalid token',
    happened: 'The access token is not valid yet.',
    why: 'By the clock of this service, the token was issued in the future. The clocks of the two services differ.',
    todo: 'Wait for a few seconds. If this happens often, tell the operators: somebody has to set a clock.',
    retry: sometimes('Yes, after a few seconds, with the same token.'),
  },
  token_revoked: {
    status: 401,
    title: 'Invalid token',
    happened: 'The access token was revoked.',
    why: 'After the token was issued, its user was deactivated or logged out, or got another role or password.',
    todo: 'Delete the access token and the refresh token, and ask the user to log in.',
    retry: sometimes('Yes, with a token from a new login.'),
  },
  token_wrong_type: {
    status: 401,
    title: 'Invalid token',
    happened: 'The token is not an access token.',
    why: 'The service accepts only access tokens. Send a refresh token to its issuer and nowhere else.',
    todo: 'Send the access token. The app has probably mixed up the two tokens.',
    retry: sometimes('Yes, with the access token.'),
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    happened: 'The body has a format that the service does not read.',
    why: 'Bodies are JSON in UTF-8, plain or compressed with gzip, deflate or br.',
    todo: 'Send "Content-Type: application/json". The Accept-Post, Accept-Patch or Accept-Encoding header of the response lists what the service accepts.',
    retry: never('The same body is refused each time.'),
  },
  validation_failed: {
    status: 422,
    title: 'Validation failed',
    happened: 'Some fields of the body are not valid. Nothing was stored.',
    why: 'A field is missing, unknown, of the wrong kind, outside of its limits, or contradicts another field.',
    todo: 'Show each of "errors" beside the field that its pointer names. The list has at most 100 errors.',
    retry: never('The same body is refused each time.'),
  },
} satisfies Record<DomainErrorCode | ApplicationErrorCode, Problem> & Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Codes of problems that HTTP itself finds: all those that only HTTP knows, and two that inner layers find as well. */
export type HttpErrorCode =
  Exclude<ProblemCode, DomainErrorCode | ApplicationErrorCode> | 'invalid_parameter' | 'validation_failed';
