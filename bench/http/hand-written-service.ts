/**
 * The program with which the service is compared: the least code that serves the same three requests with the same
 * packages. It has the same token check, the same statements on the same tables and the same fields in the responses. It
 * has none of the domain's rules, and no logs, headers, conditional requests or problem details.
 */
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import Router from '@koa/router';
import jwt from 'jsonwebtoken';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import pg from 'pg';
import { z } from 'zod';
import { INSERT_EVENT, INSERT_OPPORTUNITY, OPPORTUNITY_COLUMNS, SELECT_ONE, SELECT_PAGE } from './statements.ts';

const key = createSecretKey(Buffer.from(process.env['JWT_SECRET'] ?? '', 'utf8'));
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });

const claims = z.object({
  token_type: z.literal('access'),
  exp: z.number(),
  jti: z.string(),
  user_id: z.union([z.string(), z.int()]).transform(String),
});

const text = (max: number) => z.string().max(max).nullish();
const instant = z.iso.datetime({ offset: true }).nullish();
const posted = z.strictObject({
  status: z.enum(['draft', 'published']).default('published'),
  type: z.enum([
    'job',
    'internship',
    'volunteering',
    'scholarship',
    'grant',
    'fellowship',
    'event',
    'competition',
    'course',
    'mentorship',
    'other',
  ]),
  title: z.string().min(3).max(140),
  summary: text(280),
  description: text(10_000),
  organizationName: text(160),
  organizationUrl: text(2048),
  workMode: z.enum(['onsite', 'remote', 'hybrid']).nullish(),
  location: z
    .strictObject({
      label: z.string().max(200),
      city: text(100),
      region: text(100),
      country: text(2),
      latitude: z.number().min(-90).max(90).nullish(),
      longitude: z.number().min(-180).max(180).nullish(),
    })
    .nullish(),
  compensation: z
    .strictObject({
      kind: z.enum(['paid', 'stipend', 'unpaid', 'award', 'fee']),
      minAmount: z.int().nullish(),
      maxAmount: z.int().nullish(),
      currency: text(3),
      period: z.enum(['hour', 'day', 'week', 'month', 'year', 'total']).nullish(),
    })
    .nullish(),
  commitment: z.enum(['full_time', 'part_time', 'flexible', 'one_off']).nullish(),
  opensAt: instant,
  deadlineAt: instant,
  startsAt: instant,
  endsAt: instant,
  timeZone: text(64),
  openings: z.int().min(1).max(100_000).nullish(),
  eligibility: z
    .strictObject({ description: text(2000), minAge: z.int().nullish(), maxAge: z.int().nullish() })
    .nullish(),
  applyUrl: text(2048),
  applyEmail: text(254),
  tags: z.array(z.string().max(30)).max(10).default([]),
  languages: z.array(z.string().max(35)).max(5).default([]),
});

type Row = Record<string, unknown>;

function resource(row: Row, now: Date): Row {
  return {
    id: row['id'],
    ownerId: row['owner_id'],
    type: row['type'],
    title: row['title'],
    summary: row['summary'],
    description: row['description'],
    organizationName: row['organization_name'],
    organizationUrl: row['organization_url'],
    workMode: row['work_mode'],
    location: row['location'],
    compensation: row['compensation'],
    commitment: row['commitment'],
    opensAt: row['opens_at'],
    deadlineAt: row['deadline_at'],
    startsAt: row['starts_at'],
    endsAt: row['ends_at'],
    timeZone: row['time_zone'],
    openings: row['openings'],
    eligibility: row['eligibility'],
    applyUrl: row['apply_url'],
    applyEmail: row['apply_email'],
    tags: row['tags'],
    languages: row['languages'],
    status: row['status'],
    closeReason: row['close_reason'],
    removalReason: row['removal_reason'],
    version: row['version'],
    createdAt: row['created_at'],
    updatedAt: row['updated_at'],
    publishedAt: row['published_at'],
    closedAt: row['closed_at'],
    isOpen: isOpen(row, now),
  };
}

function listed(row: Row, now: Date): Row {
  return {
    id: row['id'],
    ownerId: row['owner_id'],
    type: row['type'],
    title: row['title'],
    summary: row['summary'],
    organizationName: row['organization_name'],
    workMode: row['work_mode'],
    location: row['location'],
    compensation: row['compensation'],
    commitment: row['commitment'],
    deadlineAt: row['deadline_at'],
    startsAt: row['starts_at'],
    tags: row['tags'],
    status: row['status'],
    version: row['version'],
    updatedAt: row['updated_at'],
    publishedAt: row['published_at'],
    isOpen: isOpen(row, now),
  };
}

function isOpen(row: Row, now: Date): boolean {
  const [opensAt, deadlineAt] = [row['opens_at'] as Date | null, row['deadline_at'] as Date | null];
  return row['status'] === 'published' && (!opensAt || opensAt <= now) && (!deadlineAt || now < deadlineAt);
}

function uuidV7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function eventOf(opportunity: Row, at: Date): unknown[] {
  const id = uuidV7();
  const { isOpen, applyEmail, removalReason, ...state } = opportunity;
  const key = String(state['id']);
  const type = 'opportunities.OpportunityCreated.v1';
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: '/opportunities',
    ce_subject: key,
    ce_time: at.toISOString(),
    ce_dataschema: `urn:opportunities:schema:${type}`,
    ce_sequence: '1',
    'content-type': 'application/json',
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`,
  };
  const payload = { actorId: state['ownerId'], occurredAt: at, opportunity: { ...state, deletedAt: null } };
  const bucket = createHash('sha256').update(key).digest().readUInt32BE(0) % 64;
  return [bucket, id, key, JSON.stringify(headers), JSON.stringify(payload)];
}

const router = new Router<{ userId: string }>();

router.use('/api', async (ctx, next) => {
  try {
    const token = jwt.verify(ctx.get('Authorization').replace(/^Bearer /, ''), key, { algorithms: ['HS256'] });
    ctx.state.userId = claims.parse(token).user_id;
  } catch {
    ctx.status = 401;
    return;
  }
  await next();
});

router.post('/api/v1/opportunities', async (ctx) => {
  const result = posted.safeParse(ctx.request.body);
  if (!result.success) {
    ctx.status = 422;
    ctx.body = { errors: result.error.issues };
    return;
  }
  const { status, ...given } = result.data;
  const date = (value: string | null | undefined) => (value ? new Date(value) : null);
  const nested = <T extends object>(value: T | null | undefined, empty: Row) => (value ? { ...empty, ...value } : null);
  const at = new Date();
  const row: Row = {
    id: uuidV7(),
    owner_id: ctx.state.userId,
    status,
    close_reason: null,
    version: 1,
    created_at: at,
    updated_at: at,
    published_at: status === 'published' ? at : null,
    closed_at: null,
    type: given.type,
    title: given.title,
    summary: given.summary ?? null,
    description: given.description ?? null,
    organization_name: given.organizationName ?? null,
    organization_url: given.organizationUrl ?? null,
    work_mode: given.workMode ?? null,
    location: nested(given.location, {
      label: null,
      city: null,
      region: null,
      country: null,
      latitude: null,
      longitude: null,
    }),
    compensation: nested(given.compensation, {
      kind: null,
      minAmount: null,
      maxAmount: null,
      currency: null,
      period: null,
    }),
    commitment: given.commitment ?? null,
    opens_at: date(given.opensAt),
    deadline_at: date(given.deadlineAt),
    starts_at: date(given.startsAt),
    ends_at: date(given.endsAt),
    time_zone: given.timeZone ?? null,
    openings: given.openings ?? null,
    eligibility: nested(given.eligibility, { description: null, minAge: null, maxAge: null }),
    apply_url: given.applyUrl ?? null,
    apply_email: given.applyEmail ?? null,
    tags: given.tags,
    languages: given.languages,
    removed_from: null,
    removal_reason: null,
    deleted_at: null,
  };
  const opportunity = resource(row, at);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      INSERT_OPPORTUNITY,
      OPPORTUNITY_COLUMNS.map((column) => row[column]),
    );
    await client.query(INSERT_EVENT, eventOf(opportunity, at));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
  ctx.status = 201;
  ctx.body = opportunity;
});

router.get('/api/v1/opportunities', async (ctx) => {
  const limit = Number(ctx.query['limit'] ?? 20);
  const { rows } = await pool.query<Row>(SELECT_PAGE, [limit + 1]);
  const now = new Date();
  const items = rows.slice(0, limit).map((row) => listed(row, now));
  const last = rows.length > limit ? items.at(-1) : undefined;
  const next = last ? Buffer.from(JSON.stringify([last['publishedAt'], last['id']])).toString('base64url') : null;
  ctx.body = { items, page: { nextCursor: next } };
});

router.get('/api/v1/opportunities/:id', async (ctx) => {
  const { rows } = await pool.query<Row>(SELECT_ONE, [ctx.params['id'], ctx.state.userId]);
  if (rows[0]) ctx.body = resource(rows[0], new Date());
});

const app = new Koa();
app.use(bodyParser());
app.use(router.routes());
app.listen(Number(process.env['PORT']), '127.0.0.1');
