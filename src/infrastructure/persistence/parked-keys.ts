/** The oldest parked row of each key. From key to key: there may be very many events behind each. */
export const PARKED_HEADS = `
  WITH RECURSIVE head AS (
    (SELECT * FROM outbox_parked ORDER BY key, position LIMIT 1)
    UNION ALL
    SELECT next.* FROM head, LATERAL (
      SELECT * FROM outbox_parked AS each WHERE each.key > head.key ORDER BY key, position LIMIT 1
    ) AS next
  )`;
