import type { ProblemCode } from './problem-details.ts';

export type ProblemText = {
  readonly happened: string;
  readonly why: string;
  /** What the app should do, for whoever writes it. */
  readonly todo: string;
  readonly retry: {
    /** Whether the same request may succeed later, or with another token. */
    readonly helps: boolean;
    readonly how: string;
  };
};

const never = (how: string) => ({ helps: false, how });
const sometimes = (how: string) => ({ helps: true, how });

/** What stands on the page of each problem. A code without a page does not compile. */
export const PROBLEM_TEXTS: Record<ProblemCode, ProblemText> = {
  authorization_malformed: {
    happened: 'The Authorization header could not be read.',
    why: 'It names the right scheme, usually Bearer, but what follows is not exactly one token.',
    todo: 'Send "Authorization: Bearer", a blank and the access token, without quotes and with nothing after it.',
    retry: never('The same header is refused each time.'),
  },
  bad_request: {
    happened: 'The request is not one that HTTP allows.',
    why: 'It could not be parsed, has no Host header or several, or has more than one Authorization header.',
    todo: 'Look for a mistake in how the app, or a proxy in front of it, builds the request.',
    retry: never('The same bytes are refused each time.'),
  },
  body_too_large: {
    happened: 'The body of the request is too large.',
    why: 'A body may have at most 64 KiB after decompression. No opportunity within its limits needs more.',
    todo: 'Keep to the lengths that the API documents, and tell the user which text to shorten.',
    retry: never('The same body is refused each time.'),
  },
  concurrent_change: {
    happened: 'Somebody else changed the opportunity while this request was changing it. Nothing of it was stored.',
    why: 'Two changes that did not know of each other would otherwise overwrite one another.',
    todo: 'Read the opportunity again, and decide again whether the change still makes sense.',
    retry: sometimes('Yes, after reading the opportunity again.'),
  },
  event_too_large: {
    happened: 'The opportunity was not stored, because what would be told about it is too large.',
    why: 'Every change is announced to other services with all of the opportunity, in a message of limited size.',
    todo: 'Ask the user to shorten the texts, above all the description.',
    retry: never('Only a shorter text helps.'),
  },
  expectation_failed: {
    happened: 'The Expect header asks for something that is not known here.',
    why: 'The only expectation that is met is 100-continue.',
    todo: 'Remove the Expect header, or send 100-continue.',
    retry: never('The same header is refused each time.'),
  },
  forbidden: {
    happened: 'The user is known, and may not do this.',
    why: 'Some actions are for the owner of an opportunity, or for certain roles.',
    todo: 'Do not offer the action to this user.',
    retry: never('Neither time nor a new token changes what a user may do, unless the role changes.'),
  },
  headers_too_large: {
    happened: 'The headers of the request are too large.',
    why: 'The request line and all headers together may have at most 16 KiB.',
    todo: 'Look for what grows: cookies that do not belong here, a very long query, a token with too many claims.',
    retry: never('The same headers are refused each time.'),
  },
  idempotency_key_in_use: {
    happened: 'A request with the same Idempotency-Key is still running.',
    why: 'The app has repeated it before the answer to the first one came.',
    todo: 'Wait for a second and repeat it with the same key: then it gets the answer of the first one.',
    retry: sometimes('Yes, with the same key.'),
  },
  idempotency_key_reused: {
    happened: 'The Idempotency-Key was used for another request before. Nothing was changed.',
    why: 'A key stands for one thing that the user wants done, with the same path and the same body, for 24 hours.',
    todo: 'Make a new key for each thing the user does, and keep it only for repeating exactly that.',
    retry: sometimes('Only with a new key, and then it is a new request.'),
  },
  internal_error: {
    happened: 'The service failed in a way that nobody foresaw.',
    why: 'This is our mistake, not one of the app or of its user.',
    todo: 'Apologise to the user, and report the X-Request-Id of the answer: it leads to the line in our log.',
    retry: sometimes('A read may be repeated, with a pause. Before a change is repeated, read what is stored.'),
  },
  invalid_cursor: {
    happened: 'The cursor does not lead to a page of this list.',
    why: 'It is damaged, made up, or comes from a list with another filter, search or sort.',
    todo: 'Begin again at the first page. To go on, send the same parameters with the "page.nextCursor" of the page before, or follow its Link header; only "limit" and "fields" may change.',
    retry: never('The same cursor is refused each time.'),
  },
  invalid_parameter: {
    happened: 'A parameter of the query is wrong or unknown.',
    why: 'Unknown parameters are refused too, since one that is misspelt would otherwise be ignored in silence.',
    todo: 'Look at "errors", which names each parameter. If it is "since", begin a new copy without it.',
    retry: never('The same query is refused each time.'),
  },
  invalid_state: {
    happened: 'The opportunity is in a state in which this cannot be done.',
    why: 'What can be done depends on the status: only a draft, for example, can be published.',
    todo: 'Look at "currentStatus", read the opportunity again, and show the user what it is now.',
    retry: never('Only another status of the opportunity helps.'),
  },
  malformed_body: {
    happened: 'The body of the request could not be read.',
    why: 'It is missing, cut off, not JSON, not UTF-8, or not compressed in the way that Content-Encoding says.',
    todo: 'Send one JSON object in UTF-8, and let a library write it.',
    retry: never('The same bytes are refused each time, unless the connection cut them off.'),
  },
  method_not_allowed: {
    happened: 'The path exists, and does not answer this method.',
    why: 'Each path answers certain methods alone.',
    todo: 'Use one of the methods that the Allow header of the answer lists.',
    retry: never('The same request is refused each time.'),
  },
  not_found: {
    happened: 'There is nothing here that this user may see.',
    why: 'It never existed, or is no longer there, or belongs to somebody else who keeps it private. The answer does not tell which, so that nobody learns of private things by guessing.',
    todo: 'Take the opportunity off the screen. If it happens to a path that the app made up, correct the path: case and slashes matter.',
    retry: never('What is not visible now does not appear by asking again.'),
  },
  not_implemented: {
    happened: 'The method of the request means nothing here.',
    why: 'It is not one of the methods of HTTP that this service knows.',
    todo: 'Correct the method. Methods are written in capitals.',
    retry: never('The same request is refused each time.'),
  },
  not_publishable: {
    happened: 'The opportunity cannot be published as it is. It stays what it was.',
    why: 'A draft may be half done; what everybody reads may not.',
    todo: 'Show each of "errors" beside the field that its pointer names, and let the user fill it in.',
    retry: never('Only a draft that was completed helps.'),
  },
  precondition_failed: {
    happened: 'The opportunity is no longer in the version that the change was made for. Nothing was changed.',
    why: 'If-Match names the version that the user saw, and somebody has changed the opportunity since, perhaps the same user on another device. Without If-Match: somebody changed it while this edit was on its way.',
    todo: 'Read the opportunity again, show what is different, and send the change with the new ETag if the user still wants it.',
    retry: sometimes('Yes, with the ETag of the version that was read again.'),
  },
  rate_limited: {
    happened: 'Too many requests came in the last minute. This one was not looked at.',
    why: 'Each user may read and write so many times in a minute, and so may each address without a valid token. An address that sends bad tokens again and again has to wait, too. The limit that was reached is named in violated-policies; RateLimit-Policy says how many it allows.',
    todo: 'Wait as many seconds as Retry-After says, and send nothing of the same kind until then. Look at RateLimit in every answer: r tells how many requests remain, t after how many seconds all of them are back. Ask for changes since the last time rather than for everything again.',
    retry: sometimes(
      'Yes, after Retry-After seconds, with the same Idempotency-Key if it had one. Nothing was changed.',
    ),
  },
  request_timeout: {
    happened: 'The request did not arrive in time.',
    why: 'All of it must arrive within 15 seconds, its headers within 10, so that slow connections do not use up the service.',
    todo: 'Send it again when the connection is better.',
    retry: sometimes('Yes. The request was never looked at.'),
  },
  revocations_unavailable: {
    happened: 'The service cannot tell at the moment whether the token was revoked, and takes none meanwhile.',
    why: 'The list of revoked tokens could not be read for some time. The operator has chosen to refuse tokens then rather than to take one that may be revoked.',
    todo: 'Tell the user that it is temporary, and keep what was entered. The token is not at fault: do not refresh it, and do not log the user out.',
    retry: sometimes('Yes, after the seconds in Retry-After. Nothing was changed.'),
  },
  storage_unavailable: {
    happened: 'The service cannot reach its storage at the moment.',
    why: 'The database is away, too slow, or overloaded. It is usually back soon.',
    todo: 'Tell the user that it is temporary, and keep what was entered.',
    retry: sometimes(
      'Yes, after the seconds in Retry-After. A change may have taken place all the same: read before you repeat it.',
    ),
  },
  sync_token_expired: {
    happened: 'The sync token no longer tells what the app has and what it lacks.',
    why: 'It is more than 30 days old, or was given to another user or to the same user in another role, or the database was restored or moved since.',
    todo: 'Throw the offline copy of the opportunities and the token away, and ask for the changes without "since": that begins a new copy.',
    retry: never('The same token is refused each time.'),
  },
  token_expired: {
    happened: 'The access token was good, and has expired.',
    why: 'Access tokens live for a short time. One that expires this very second counts as expired.',
    todo: 'Get a new access token with the refresh token: one refresh at a time, even if many requests fail together.',
    retry: sometimes('Yes, once, with the new token.'),
  },
  token_invalid: {
    happened: 'The access token is not accepted.',
    why: 'Its signature is wrong, it is not a token, it lacks a claim, or it lives for longer than access tokens do. If this happens to every user at once, the two services differ in their signing key or in another setting.',
    todo: 'Forget the token and ask the user to log in. Do not try to refresh it.',
    retry: never('The same token is refused each time.'),
  },
  token_keys_unavailable: {
    happened: 'The service cannot tell at the moment whether the token is good.',
    why: 'It has to ask the token issuer for a key that it does not know yet, and gets no answer.',
    todo: 'Tell the user that it is temporary. Do not log the user out: the token may be good.',
    retry: sometimes('Yes, after the seconds in Retry-After, with the same token.'),
  },
  token_missing: {
    happened: 'The request has no credentials.',
    why: 'There is no Authorization header, or it uses another scheme than Bearer, or than those which the operator has set.',
    todo: 'Ask the user to log in, and send "Authorization: Bearer <access token>".',
    retry: sometimes('Yes, with a token.'),
  },
  token_not_yet_valid: {
    happened: 'The access token is good, and will be valid soon.',
    why: 'It was issued in the future as the clock of this service has it, so the clocks of the two services differ.',
    todo: 'Wait for some seconds. If it happens often, tell us: somebody has to set a clock.',
    retry: sometimes('Yes, after some seconds, with the same token.'),
  },
  token_revoked: {
    happened: 'The access token was good, and was revoked before its time.',
    why: 'Its user was deactivated or logged out, or got another role or another password, after it was issued.',
    todo: 'Forget the token and the refresh token, and ask the user to log in.',
    retry: sometimes('Yes, with a token from a new login.'),
  },
  token_wrong_type: {
    happened: 'The token is a good one, for something else.',
    why: 'Only access tokens are taken. A refresh token is for its issuer, and should be sent nowhere else.',
    todo: 'Send the access token: the app has probably mixed up the two.',
    retry: sometimes('Yes, with the access token.'),
  },
  unsupported_media_type: {
    happened: 'The body comes in a format that is not read here.',
    why: 'Bodies are JSON in UTF-8, plain or compressed with gzip, deflate or br.',
    todo: 'Send "Content-Type: application/json". The Accept-Post, Accept-Patch or Accept-Encoding header of the answer says what else is taken.',
    retry: never('The same body is refused each time.'),
  },
  validation_failed: {
    happened: 'The body was read, and some of it is not valid. Nothing was stored.',
    why: 'A field is missing, unknown, of the wrong kind, out of its limits, or does not fit another one.',
    todo: 'Show each of "errors" beside the field that its pointer names. All of them are listed at once.',
    retry: never('The same body is refused each time.'),
  },
};
