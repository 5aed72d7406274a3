import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { OpportunitiesClient, type Tokens } from '../../../../examples/mobile/opportunities-client.ts';
import { signDjangoToken } from '../../../../tools/local/django-token.ts';
import { createTopic } from '../../../../tools/local/kafka/kafka-admin.ts';
import { SOME_OPPORTUNITY } from '../../../support/http/api-client.ts';
import { type Consumer, startConsumer } from '../../../support/outbox/consumer.ts';
import { type DjangoBackend, startDjango } from '../../../support/tokens/django-backend.ts';
import { eventually } from '../../../support/system/eventually.ts';
import { realServers } from '../../../support/servers/real-servers.ts';
import { killAll, type ServiceProcess, startService } from '../../../support/servers/service-process.ts';
import { createTestDatabase } from '../../../support/servers/test-database.ts';

const SECRET = randomBytes(32).toString('hex');
const PASSWORD = 'correct horse battery';
const USER_EVENTS = 'users.events.v1';

type Opportunity = { readonly id: string; readonly ownerId: string };

describe('from a login at Django to a record on Kafka', function () {
  // The first run is slow, because pip fetches Django.
  this.timeout('5m');
  let django: DjangoBackend;
  let service: ServiceProcess;
  let events: Consumer;
  let userEvents: Consumer;
  let lines: Record<string, string>;

  before(async () => {
    const { brokers } = realServers().kafka;
    lines = { JWT_SECRET: SECRET, KAFKA_BROKERS: brokers, KAFKA_USER_EVENTS_TOPIC: USER_EVENTS };
    await createTopic(brokers, USER_EVENTS);
    [django, service, events, userEvents] = await Promise.all([
      startDjango(lines),
      createTestDatabase().then((url) =>
        startService({
          DATABASE_URL: url,
          KAFKA_BROKERS: brokers,
          KAFKA_USER_EVENTS_TOPIC: USER_EVENTS,
          JWT_SECRET: SECRET,
        }),
      ),
      startConsumer(brokers),
      startConsumer(brokers, USER_EVENTS),
    ]);
  });

  after(async () => {
    django.stop();
    killAll();
    await Promise.all([events.stop(), userEvents.stop()]);
  });

  /** Creates a user in Django. @returns the user's id. */
  async function createUser(username: string, role: string): Promise<string> {
    const told = await django.manage('create_demo_user', username, '--role', role, '--password', PASSWORD);
    return /\(id (\d+),/.exec(told)![1]!;
  }

  /** The mobile client with a token store in memory. */
  async function logIn(username: string) {
    let kept: Tokens | undefined;
    const app = new OpportunitiesClient(
      { django: django.url, opportunities: service.url },
      {
        read: async () => kept,
        write: async (tokens) => void (kept = tokens),
        clear: async () => void (kept = undefined),
      },
    );
    await app.logIn(username, PASSWORD);
    return { app, tokens: () => kept!, keep: (tokens: Tokens) => (kept = tokens) };
  }

  async function post(url: string, body: object, token?: string) {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  }

  const refresh = ({ refresh }: Tokens) => post(`${django.url}/api/auth/refresh/`, { refresh });
  const postWith = (token: string) => post(`${service.url}/api/v1/opportunities`, SOME_OPPORTUNITY, token);

  it('shows the Django user as the owner in responses and events, before and after a refresh', async () => {
    const userId = await createUser('ada', 'user');
    const { app, tokens, keep } = await logIn('ada');

    const created = await app.create(SOME_OPPORTUNITY, 'one-key');
    const { id, ownerId } = created.body as Opportunity;
    expect(ownerId).to.equal(userId);

    keep({ ...tokens(), access: signDjangoToken({ secret: SECRET, userId, lifetimeSeconds: -1 }) });
    const repeated = await app.create(SOME_OPPORTUNITY, 'one-key');
    expect(repeated.body).to.deep.equal(created.body);
    const edited = await app.edit(id, { openings: 3 }, created.etag!);
    expect(edited.body).to.include({ openings: 3, version: 2 });

    const records = await eventually(() => {
      const ofThis = events.received.filter(({ key }) => key === id);
      return ofThis.length >= 2 ? ofThis : undefined;
    }, 20_000);
    expect(records.map(({ headers }) => headers['ce_type'])).to.deep.equal([
      'opportunities.OpportunityCreated.v1',
      'opportunities.OpportunityUpdated.v1',
    ]);
    for (const { payload } of records)
      expect(JSON.parse(payload))
        .to.deep.include({ actorId: userId })
        .and.have.nested.property('opportunity.ownerId', userId);
  });

  it('lets a moderator of Django remove an opportunity, until the first refresh without the group', async () => {
    const { app: owner } = await logIn('ada');
    const { id } = (await owner.create(SOME_OPPORTUNITY, 'another-key')).body as Opportunity;
    const moderatorId = await createUser('grace', 'moderator');
    const { app, tokens, keep } = await logIn('grace');
    const removal = { method: 'POST', body: { reason: 'Spam' } };
    expect((await app.request(`/${id}/remove`, removal)).body).to.include({ status: 'removed' });

    await django.shell('User.objects.get(username="grace").groups.clear()');
    keep({ ...tokens(), access: (await refresh(tokens())).body['access']! });
    const restored = await post(`${service.url}/api/v1/opportunities/${id}/restore`, {}, tokens().access);
    expect(restored).to.have.property('status', 404);
    expect(await toldOf(moderatorId)).to.deep.equal(['role_changed']);
  });

  it('does not accept a refresh token as an access token', async () => {
    const { tokens } = await logIn('ada');
    const { status, body } = await postWith(tokens().refresh);
    expect(status).to.equal(401);
    expect(body).to.include({ code: 'token_wrong_type', title: 'Invalid token' });
  });

  it("refuses Django's tokens when its .env has the comment of the guide's example line", async () => {
    const access = () => django.shell('print(RefreshToken.for_user(User.objects.get(username="ada")).access_token)');
    expect((await postWith(await access())).status).to.equal(201);
    django.configure({ ...lines, JWT_SECRET: `${SECRET}  # MUST MATCH!` });
    const { status, body } = await postWith(await access());
    django.configure(lines);
    expect(status).to.equal(401);
    expect(body).to.include({ code: 'token_invalid', title: 'Invalid token' });
  });

  it('gives a deactivated user no new token, and revokes the old ones', async () => {
    const userId = await createUser('alan', 'user');
    const { tokens } = await logIn('alan');
    await django.shell('user = User.objects.get(username="alan"); user.is_active = False; user.save()');
    expect(await refresh(tokens())).to.have.property('status', 401);
    expect(await toldOf(userId)).to.deep.equal(['deactivated']);
  });

  for (const [way, told] of [
    ['a topic', () => ({ KAFKA_BROKERS: realServers().kafka.brokers, KAFKA_USER_EVENTS_TOPIC: USER_EVENTS })],
    ['HTTP', () => ({ OPPORTUNITIES_URL: service.url })],
  ] as const)
    it(`refuses access tokens issued before a new password and accepts later ones, with the revocation sent over ${way}`, async () => {
      const { tokens } = await logIn('ada');
      expect((await postWith(tokens().access)).status).to.equal(201);
      // The revocation has to be in a later second than the token.
      await eventually(() => (Date.now() / 1000 > issuedAt(tokens()) + 1 ? true : undefined));
      django.configure({ JWT_SECRET: SECRET, ...told() });
      await django.manage('create_demo_user', 'ada', '--password', PASSWORD);
      django.configure(lines);
      const refused = await eventually(async () => {
        const answer = await postWith(tokens().access);
        return answer.status === 401 ? answer : undefined;
      });
      expect(refused.body).to.include({ code: 'token_revoked', title: 'Invalid token' });
      const again = await logIn('ada');
      expect((await postWith(again.tokens().access)).status).to.equal(201);
    });

  function issuedAt({ access }: Tokens): number {
    return (JSON.parse(Buffer.from(access.split('.')[1]!, 'base64url').toString()) as { iat: number }).iat;
  }

  /** The reasons of the user events about one user. Each event has to have the shape that docs/operators/django.md shows. */
  async function toldOf(userId: string): Promise<string[]> {
    const messages = await eventually(() => {
      const ofThis = userEvents.received.filter(({ key }) => key === userId);
      return ofThis.length > 0 ? ofThis.map(({ payload }) => JSON.parse(payload) as Record<string, string>) : undefined;
    }, 20_000);
    for (const message of messages) {
      expect(Object.keys(message)).to.deep.equal(['userId', 'validAfter', 'reason']);
      expect(message['userId']).to.equal(userId);
      expect(message['validAfter']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Math.abs(Date.parse(message['validAfter']!) - Date.now())).to.be.below(60_000);
    }
    return messages.map(({ reason }) => reason!);
  }

  it("passes the example's own tests", async () => {
    expect(await django.manage('test')).to.match(/^OK$/m);
  });
});
