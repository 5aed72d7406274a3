import { query } from '../servers/test-database.ts';

/** Words of a made-up language; the first ones are frequent, as in any language. */
const VOCABULARY = 2000;

/**
 * Fills an empty table with as many opportunities as are asked for, one for each minute, the last one on 1 June 2026.
 * All is spread by the number n of a row, so that a test can tell what is rare and what is not:
 * - owners: "seed" has a tenth of all, and a hundred others a few each
 * - statuses: 2 % drafts, 1 % removed, 1 % deleted, 10 % closed; the others are published
 * - 11 types, 3 modes of work, 4 commitments, 20 countries; a city has about a hundred; "Reykjavík" has three in all
 * - tags: "node" has every second one, "rare" has five in all
 * - words: "backend" is in the titles of 30 %, "frontend" in those of 30 % others, "zymurgy" in four in all
 * - a third has no deadline; of the others, half of the deadlines have passed on 1 June 2026
 */
export async function fillWithOpportunities(url: string, count: number): Promise<void> {
  await query(
    url,
    `
    WITH vocabulary AS MATERIALIZED (
      SELECT array_agg('w' || translate(i::text, '0123456789', 'aeioubdgkl') ORDER BY i) AS words
      FROM generate_series(1, ${VOCABULARY}) AS i
    ), seeded AS MATERIALIZED (SELECT setseed(0.5))
    INSERT INTO opportunity (
      id, owner_id, status, close_reason, removed_from, removal_reason, version,
      created_at, updated_at, published_at, closed_at, deleted_at,
      type, title, summary, description, organization_name, work_mode, location, commitment,
      opens_at, deadline_at, apply_url, tags, languages
    )
    SELECT
      ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
      CASE WHEN n % 10 = 0 THEN 'seed' ELSE 'owner-' || n % ($1 / 50) END,
      status,
      CASE status WHEN 'closed' THEN 'filled' END,
      CASE status WHEN 'removed' THEN 'published' END,
      CASE status WHEN 'removed' THEN 'Spam.' END,
      1,
      at,
      at + (n::bigint * 7919) % 1000 * interval '1 hour',
      CASE WHEN status <> 'draft' THEN at END,
      CASE status WHEN 'closed' THEN at END,
      CASE status WHEN 'deleted' THEN at END,
      (ARRAY['job', 'internship', 'volunteering', 'scholarship', 'grant', 'fellowship', 'event', 'competition',
             'course', 'mentorship', 'other'])[1 + n % 11],
      CASE WHEN n % 10 < 3 THEN 'backend ' WHEN n % 10 < 6 THEN 'frontend ' ELSE '' END
        || CASE WHEN n % ($1 / 4) = 4 THEN 'zymurgy ' ELSE '' END || picked[1] || ' ' || picked[2],
      picked[3] || ' ' || picked[4] || ' ' || picked[5],
      array_to_string(picked, ' '),
      'Organisation ' || n % 1000,
      (ARRAY['onsite', 'remote', 'hybrid'])[1 + n % 3],
      jsonb_build_object(
        'label', 'Somewhere',
        'city', CASE WHEN n % ($1 / 3) = 8 THEN 'Reykjavík' ELSE 'City ' || n % ($1 / 100) END,
        'region', NULL,
        'country', (ARRAY['ES', 'PT', 'FR', 'DE', 'IT', 'GB', 'IE', 'NL', 'BE', 'PL', 'SE', 'NO', 'FI', 'DK', 'AT', 'CH',
                          'US', 'CA', 'MX', 'BR'])[1 + n / 3 % 20],
        'latitude', NULL,
        'longitude', NULL
      ),
      (ARRAY['full_time', 'part_time', 'flexible', 'one_off'])[1 + n / 7 % 4],
      NULL,
      CASE WHEN n % 3 > 0 THEN timestamptz '2026-06-01T00:00:00Z' + (n % 2000 - 1000) * interval '1 hour' END,
      'https://example.org/apply',
      ARRAY['tag-' || n % 500]
        || CASE WHEN n % 2 = 0 THEN ARRAY['node'] ELSE '{}' END
        || CASE WHEN n % ($1 / 5) = 7 THEN ARRAY['rare'] ELSE '{}' END,
      ARRAY['en']
    FROM seeded, generate_series(1, $1::int) AS n
    CROSS JOIN LATERAL (
      SELECT
        timestamptz '2026-06-01T00:00:00Z' - ($1 - n) * interval '1 minute' AS at,
        CASE WHEN n % 50 = 0 THEN 'draft' WHEN n % 100 = 1 THEN 'removed' WHEN n % 100 = 2 THEN 'deleted'
             WHEN n % 10 = 3 THEN 'closed' ELSE 'published' END AS status,
        ARRAY(
          SELECT words[1 + floor(power(random(), 3) * ${VOCABULARY})::int] FROM vocabulary, generate_series(n, n + 24)
        ) AS picked
    ) AS made`,
    [count],
  );
  await query(url, 'VACUUM ANALYZE opportunity');
}
