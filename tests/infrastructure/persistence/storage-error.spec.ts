import { expect } from 'chai';
import { ConcurrentChange } from '#application/ports/opportunities/opportunity-repository';
import { StorageUnavailable } from '#application/ports/application-error';
import { storageError } from '#infrastructure/persistence/connections/storage-error';

const coded = (code: unknown) => Object.assign(new Error('failed'), { code });

describe('storageError', () => {
  for (const [what, error] of [
    ['08000 connection exception', coded('08000')],
    ['08003 connection does not exist', coded('08003')],
    ['08006 connection failure', coded('08006')],
    ['08P01 protocol violation, as of a pooler that gives up', coded('08P01')],
    ['53100 disk full', coded('53100')],
    ['53200 out of memory', coded('53200')],
    ['53300 too many connections', coded('53300')],
    ['57014 cancelled by statement_timeout', coded('57014')],
    ['57P01 shut down by an administrator', coded('57P01')],
    ['57P02 crash of another session', coded('57P02')],
    ['57P03 still starting up', coded('57P03')],
    ['25P03 idle in transaction for too long', coded('25P03')],
    ['25006 read-only, while a fail-over is under way', coded('25006')],
    ['40001 serialisation failure', coded('40001')],
    ['40P01 deadlock', coded('40P01')],
    ['ECONNREFUSED', coded('ECONNREFUSED')],
    ['ECONNRESET', coded('ECONNRESET')],
    ['ETIMEDOUT', coded('ETIMEDOUT')],
    ['EPIPE', coded('EPIPE')],
    ['ENOTFOUND', coded('ENOTFOUND')],
    ['EAI_AGAIN', coded('EAI_AGAIN')],
    ['EHOSTUNREACH', coded('EHOSTUNREACH')],
    ['ENETUNREACH', coded('ENETUNREACH')],
    ['pg: a connection that ended', new Error('Connection terminated unexpectedly')],
    ['pg: a connection timeout', new Error('Connection terminated due to connection timeout')],
    ['pg-pool: no free connection', new Error('timeout exceeded when trying to connect')],
    ['pg: a frozen server', new Error('Query read timeout')],
    ['pg: a dead client', new Error('Client has encountered a connection error and is not queryable')],
    ['pg: a closed client', new Error('Client was closed and is not queryable')],
    ['a cause', new Error('the ORM failed', { cause: coded('57P01') })],
    ['a cause of a cause', new Error('outer', { cause: new Error('inner', { cause: coded('ECONNRESET') }) })],
    ['one of several addresses', new AggregateError([new Error('odd'), coded('ECONNREFUSED')], '')],
    ['several addresses as the cause', new Error('outer', { cause: new AggregateError([coded('ECONNREFUSED')], '') })],
  ] as const) {
    it(`${what} becomes StorageUnavailable, with the cause`, () => {
      const result = storageError(error);
      expect(result).to.be.instanceOf(StorageUnavailable).and.include({ code: 'storage_unavailable', cause: error });
      // Clients read the message.
      expect((result as Error).message).to.equal('The database does not answer.');
    });
  }

  for (const [what, error] of [
    ['22021 a character that cannot be stored', coded('22021')],
    ['23505 unique violation', coded('23505')],
    ['23514 check violation', coded('23514')],
    ['25P02 in a failed transaction', coded('25P02')],
    ['28P01 wrong password', coded('28P01')],
    ['3D000 no such database', coded('3D000')],
    ['42P01 no such table', coded('42P01')],
    ['40002 another rollback', coded('40002')],
    ['57000 another operator intervention', coded('57000')],
    ['a numeric code', coded(8006)],
    ['a code with the digits elsewhere', coded('X08006')],
    ['a plain error', new Error('failed')],
    ['a harmless cause', new Error('outer', { cause: new Error('inner') })],
    ['a cause that is no error', new Error('outer', { cause: { code: '57P01' } })],
    ['harmless errors together', new AggregateError([new Error('a'), new Error('b')], '')],
    ['an error that callers know already', new ConcurrentChange()],
    ['a string', 'ECONNREFUSED'],
    ['nothing', undefined],
    ['null', null],
  ] as const) {
    it(`${what} stays unchanged`, () => {
      expect(storageError(error)).to.equal(error);
    });
  }
});
