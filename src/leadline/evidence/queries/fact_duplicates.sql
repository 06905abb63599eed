-- How many events look like another one a moment before? One row per source: events of known nodes, and those of them
-- that follow one of the same node, event and object within a second · :sample one node in so many is looked at
WITH spaced AS (
  SELECT source, micros(happened_at) - micros(LAG(happened_at) OVER (
    PARTITION BY source, node, event, object ORDER BY happened_at, touch_id, source_key)) AS since
  FROM touches WHERE node IS NOT NULL AND MOD(node, CAST(:sample AS BIGINT)) = 0 AND happened_at < :as_of
)
SELECT source, COUNT(*) AS rows, CAST(SUM(CASE WHEN since <= 1000000 THEN 1 ELSE 0 END) AS BIGINT) AS doubled
FROM spaced GROUP BY source ORDER BY source
