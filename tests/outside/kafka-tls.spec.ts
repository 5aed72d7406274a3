import { execFileSync } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { expect } from 'chai';
import { BrokerUnavailable } from '#application/ports/outbox/event-publisher';
import { LookFailed } from '#application/ports/operations/diagnosis';
import { KafkaBrokerDiagnosis } from '#infrastructure/messaging/kafka-broker-diagnosis';
import { createKafka, type KafkaSettings } from '#infrastructure/messaging/kafka-client';
import { KafkaEventPublisher } from '#infrastructure/messaging/kafka-event-publisher';
import { KafkaTopicReader } from '#infrastructure/messaging/kafka-topic-reader';
import { PlatformaticEventPublisher } from '#infrastructure/messaging/platformatic-event-publisher';
import { createTopic } from '../../tools/local/kafka/kafka-admin.ts';
import { type KafkaServer, startKafka } from '../../tools/local/kafka/kafka.ts';
import { freePort } from '../../tools/local/processes/ports.ts';
import { someId } from '../support/opportunities/an-opportunity.ts';
import { type Consumer, startConsumer } from '../support/outbox/consumer.ts';
import { eventually } from '../support/system/eventually.ts';
import { LIBS, TOPIC } from '../support/servers/real-servers.ts';
import { RecordingLogger } from '../support/system/recording-logger.ts';
import { rejection } from '../support/system/rejection.ts';

const USER = { username: 'ada', password: 'the-right-password' };
const SCRAM_SHA_256 = 1;

/** A broker like a managed one: TLS with a private authority, and either a login or a client certificate. */
describe('a broker with TLS', function () {
  this.timeout(60_000);
  let kafka: KafkaServer;
  let consumer: Consumer;
  let ports: { sasl: number; mutual: number };
  let pem: Record<'ca' | 'cert' | 'key' | 'otherCa', string>;

  before(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'opportunities-test-tls-'));
    const file = (name: string) => join(dir, name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
    const newKey = ['-newkey', 'rsa:2048', '-nodes'];
    const authority = (name: string) =>
      openssl(
        'req',
        '-x509',
        ...newKey,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        `/CN=${name}`,
        '-days',
        '2',
      );
    const signed = (name: string, subject: string, alternative: string) => {
      writeFileSync(file(`${name}.ext`), `subjectAltName=${alternative}\n`);
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...by,
        '-out',
        `${name}.pem`,
        '-extfile',
        `${name}.ext`,
        '-days',
        '2',
      );
    };
    authority('ca');
    authority('other-ca');
    signed('broker', 'broker', 'DNS:localhost,IP:127.0.0.1');
    signed('service', USER.username, 'DNS:service');
    const text = (name: string) => readFileSync(file(name), 'utf8');
    writeFileSync(file('keystore.pem'), text('broker.key') + text('broker.pem'));
    pem = { ca: text('ca.pem'), cert: text('service.pem'), key: text('service.key'), otherCa: text('other-ca.pem') };

    const [plain, controller, sasl, mutual] = [await freePort(), await freePort(), await freePort(), await freePort()];
    ports = { sasl, mutual };
    const login = 'org.apache.kafka.common.security';
    kafka = await startKafka({
      dir,
      libs: LIBS,
      port: plain,
      removeOnStop: true,
      settings: {
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
        listeners: `BROKER://127.0.0.1:${plain},CONTROLLER://127.0.0.1:${controller},LOGIN://127.0.0.1:${sasl},MUTUAL://127.0.0.1:${mutual}`,
        'advertised.listeners': `BROKER://127.0.0.1:${plain},LOGIN://localhost:${sasl},MUTUAL://127.0.0.1:${mutual}`,
        'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': file('keystore.pem'),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': file('ca.pem'),
        'listener.name.mutual.ssl.client.auth': 'required',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
        'listener.name.login.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
        'listener.name.login.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      },
    });
    await letIn(plain);
    await createTopic(kafka.brokers, TOPIC);
    consumer = await startConsumer(kafka.brokers);
  });

  after(async () => {
    await consumer.stop();
    await kafka.stop();
  });

  /** Sets the user's password for SCRAM, which a broker stores in its metadata. */
  async function letIn(port: number): Promise<void> {
    const salt = randomBytes(16);
    const iterations = 4096;
    const saltedPassword = pbkdf2Sync(USER.password, salt, iterations, 32, 'sha256');
    const connection = new Connection('test');
    await connection.connect('127.0.0.1', port);
    const credential = { name: USER.username, mechanism: SCRAM_SHA_256, iterations, salt, saltedPassword };
    await alterUserScramCredentialsV0.api.async(connection, [], [credential]);
    await connection.close();
  }

  const settings = (client: KafkaSettings['client'], given: Partial<KafkaSettings>): KafkaSettings => ({
    client,
    brokers: [`localhost:${ports.sasl}`],
    topic: TOPIC,
    userEventsTopic: undefined,
    ssl: true,
    tls: { ca: pem.ca },
    sasl: undefined,
    ...given,
  });
  const publisherWith = (given: KafkaSettings) =>
    given.client === 'platformatic'
      ? new PlatformaticEventPublisher(given)
      : new KafkaEventPublisher(createKafka(given, new RecordingLogger()), TOPIC);
  const message = (key: string) => ({ id: someId(), key, attributes: {}, payload: '{}' });
  const login = (mechanism: 'plain' | 'scram-sha-256', password = USER.password) => ({
    sasl: { ...USER, mechanism, password },
  });
  const withCertificate = () => ({
    brokers: [`127.0.0.1:${ports.mutual}`],
    tls: { ca: pem.ca, cert: pem.cert, key: pem.key },
  });

  for (const client of ['kafkajs', 'platformatic'] as const)
    describe(`with KAFKA_CLIENT=${client}`, () => {
      const received = async (given: Partial<KafkaSettings>) => {
        const key = someId();
        const publisher = publisherWith(settings(client, given));
        await publisher.publish([message(key)]);
        await publisher.close();
        await eventually(() => consumer.received.find((each) => each.key === key));
      };
      const refusal = async (given: Partial<KafkaSettings>) => {
        const publisher = publisherWith(settings(client, given));
        const error = await rejection(publisher.publish([message(someId())]));
        await publisher.close();
        expect(error).to.be.instanceOf(BrokerUnavailable);
        return (error as Error).message;
      };

      for (const mechanism of ['plain', 'scram-sha-256'] as const) {
        it(`accepts the service with ${mechanism}`, () => received(login(mechanism)));

        it(`refuses a wrong password with ${mechanism}, and the log names the setting and not the password`, async () => {
          const says = await refusal(login(mechanism, 'a-wrong-password'));
          expect(says).to.match(/look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD$/);
          expect(says).to.not.contain('a-wrong-password');
        });
      }

      it('accepts the service with a certificate', () => received(withCertificate()));

      it('is not trusted with the wrong authority, or without its authority', async () => {
        for (const tls of [{ ca: pem.otherCa }, {}])
          expect(await refusal({ ...login('plain'), tls })).to.match(/look at KAFKA_SSL_CA_FILE$/);
      });

      it('refuses a service without a certificate where one is required', async () => {
        const says = await refusal({ ...withCertificate(), tls: { ca: pem.ca } });
        // The other client reports only that the connection was closed.
        if (client === 'kafkajs') expect(says).to.match(/look at KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE$/);
      });
    });

  it('is read by the command verify, which reports wrong settings', async () => {
    const key = someId();
    const publisher = publisherWith(settings('kafkajs', login('plain')));
    await publisher.publish([message(key)]);
    await publisher.close();
    const keysRead = async (given: Partial<KafkaSettings>) => {
      const reader = new KafkaTopicReader(settings('kafkajs', given));
      const keys: (string | undefined)[] = [];
      try {
        for await (const records of reader.read(new Date(0))) keys.push(...records.map((record) => record.key));
      } finally {
        await reader.close();
      }
      return keys;
    };
    for (const given of [login('plain'), login('scram-sha-256'), withCertificate()])
      expect(await keysRead(given)).to.include(key);
    const says = async (given: Partial<KafkaSettings>) => {
      const error = await rejection(keysRead(given));
      expect(error).to.be.instanceOf(BrokerUnavailable);
      return (error as Error).message;
    };
    expect(await says(login('scram-sha-256', 'a-wrong-password'))).to.match(
      /look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD$/,
    );
    expect(await says({ ...login('plain'), tls: { ca: pem.otherCa } })).to.match(/look at KAFKA_SSL_CA_FILE$/);
  });

  it('is checked by the doctor, which reports wrong settings', async () => {
    const look = (given: Partial<KafkaSettings>) =>
      new KafkaBrokerDiagnosis(createKafka(settings('kafkajs', given), new RecordingLogger()), TOPIC).look();
    expect((await look(login('scram-sha-256'))).brokers).to.equal(1);
    const reasonOf = async (given: Partial<KafkaSettings>) => {
      const error = await rejection(look(given));
      expect(error).to.be.instanceOf(LookFailed);
      return (error as LookFailed).reason;
    };
    expect(await reasonOf(login('scram-sha-256', 'a-wrong-password'))).to.equal('SASL_AUTHENTICATION_FAILED');
    expect(await reasonOf({ ...login('plain'), tls: { ca: pem.otherCa } })).to.be.oneOf([
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ]);
  });
});
