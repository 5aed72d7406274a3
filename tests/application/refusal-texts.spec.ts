import { expect } from 'chai';
import { NothingRetained } from '#application/outbox/retained-span';
import { ReplayInterrupted } from '#application/outbox/replay-events';
import { TooManyEvents } from '#application/outbox/verify-topic';
import { type ApplicationError, StorageUnavailable } from '#application/ports/application-error';
import { LookFailed } from '#application/ports/operations/diagnosis';
import { FeedPositionExpired, FeedPositionMalformed } from '#application/ports/opportunities/change-feed';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from '#application/ports/opportunities/idempotency-keys';
import { ListPositionMalformed } from '#application/ports/opportunities/opportunity-catalogue';
import {
  ConcurrentChange,
  OpportunityExists,
  VersionMismatch,
} from '#application/ports/opportunities/opportunity-repository';
import { TransactionMisused } from '#application/ports/opportunities/unit-of-work';
import { BrokerUnavailable, MessagesRefused } from '#application/ports/outbox/event-publisher';
import { MessageTooLarge } from '#application/ports/outbox/outbox';
import { OwnershipLost } from '#application/ports/outbox/outbox-batch';
import { TokenKeysUnavailable, TokenRejected } from '#application/ports/tokens/token-verifier';
import { RevocationsUnavailable } from '#application/tokens/revocation-cache';

describe('the error of a use case or port', () => {
  const cause = new StorageUnavailable('The database does not respond.');

  const WITH_A_CODE: [ApplicationError, name: string, code: string, message: string][] = [
    [cause, 'StorageUnavailable', 'storage_unavailable', 'The database does not respond.'],
    [
      new ConcurrentChange(),
      'ConcurrentChange',
      'concurrent_change',
      'Somebody else changed the opportunity at the same time. Read it again, then decide again.',
    ],
    [
      new VersionMismatch(),
      'VersionMismatch',
      'precondition_failed',
      'The opportunity has changed since you read it. Read it again, then decide again.',
    ],
    [
      new IdempotencyKeyInUse(),
      'IdempotencyKeyInUse',
      'idempotency_key_in_use',
      'A request with this idempotency key is still running. Ask again in a moment.',
    ],
    [
      new IdempotencyKeyReused(),
      'IdempotencyKeyReused',
      'idempotency_key_reused',
      'This idempotency key was used for another request. Use a new key for each operation.',
    ],
    [
      new FeedPositionMalformed(),
      'FeedPositionMalformed',
      'invalid_parameter',
      'The position was not issued by this feed.',
    ],
    [
      new FeedPositionExpired('The token is old.'),
      'FeedPositionExpired',
      'sync_token_expired',
      'The token is old. Begin a new copy.',
    ],
    [
      new ListPositionMalformed(),
      'ListPositionMalformed',
      'invalid_parameter',
      'The position was not issued for a list in this order.',
    ],
    [
      new MessageTooLarge(2, 1),
      'MessageTooLarge',
      'event_too_large',
      'The event of this change has 2 bytes; at most 1 can be published.',
    ],
    [
      new TokenRejected('token_expired', 'The token has expired.'),
      'TokenRejected',
      'token_expired',
      'The token has expired.',
    ],
    [new TokenKeysUnavailable('Try again.'), 'TokenKeysUnavailable', 'token_keys_unavailable', 'Try again.'],
    [
      new RevocationsUnavailable(),
      'RevocationsUnavailable',
      'revocations_unavailable',
      'The service cannot tell at the moment whether the token was revoked. Try again later.',
    ],
  ];
  for (const [error, name, code, message] of WITH_A_CODE)
    it(`${name} has a stable code, and says what is wrong`, () => {
      expect([error.name, error.code, error.message]).to.deep.equal([name, code, message]);
    });

  const WITHOUT_A_CODE: [Error, name: string, message: string][] = [
    [new BrokerUnavailable('No broker responds.'), 'BrokerUnavailable', 'No broker responds.'],
    [new MessagesRefused('A record is too large.'), 'MessagesRefused', 'A record is too large.'],
    [new OpportunityExists(), 'OpportunityExists', 'An opportunity with this id is stored already.'],
    [new TransactionMisused('Await every call.'), 'TransactionMisused', 'Await every call.'],
    [
      new OwnershipLost(),
      'OwnershipLost',
      'The relay lost the session in which it fetched these messages, or has settled them already.',
    ],
    [new ReplayInterrupted(1, 2, cause), 'ReplayInterrupted', 'The database stopped responding during the replay.'],
    [
      new NothingRetained('nothing_published'),
      'NothingRetained',
      'No event of the time span is retained: nothing_published.',
    ],
    [new TooManyEvents(2), 'TooManyEvents', 'The time span has more than 2 events.'],
    [new LookFailed('ECONNREFUSED'), 'LookFailed', 'ECONNREFUSED'],
  ];
  for (const [error, name, message] of WITHOUT_A_CODE)
    it(`${name} says what is wrong`, () => {
      expect([error.name, error.message]).to.deep.equal([name, message]);
    });

  it('keeps its cause', () => {
    expect(new ReplayInterrupted(1, 2, cause).cause).to.equal(cause);
    expect(new BrokerUnavailable('x', { cause }).cause).to.equal(cause);
  });

  it('shows a code and never a message, when a diagnosis could see nothing', () => {
    for (const reason of ['28P01', 'SASL_AUTHENTICATION_FAILED', 'AB', 'A'.repeat(60)])
      expect(new LookFailed(reason).reason).to.equal(reason);
    for (const reason of ['', 'A', 'A'.repeat(61), 'the password is wrong', 'ECONN\nx', ' EAI', 'EAI ', 'lower'])
      expect(new LookFailed(reason).reason, reason).to.equal('UNKNOWN');
  });
});
