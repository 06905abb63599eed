-- How many visits came directly, week by week? One row per week, counted back from :as_of (0: the last seven days).
-- Visits as in `sessions`, put together without ranking their touches: one came directly when no touch of it names another
-- channel · `sold` visits with an order in them · :sample one person in so many is looked at · :gap seconds
WITH known AS (SELECT node, person FROM people WHERE MOD(person, CAST(:sample AS BIGINT)) = 0),
web AS (
  SELECT k.person, t.source, t.session_key, t.happened_at, t.touch_id, t.source_key, t.channel,
    CASE WHEN t.value IS NOT NULL AND t.object IS NOT NULL THEN 1 ELSE 0 END AS sold
  FROM touches AS t JOIN known AS k ON k.node = t.node
  WHERE t.class = 'activity' AND COALESCE(t.is_machine, 0) < 0.5
    AND t.happened_at < :as_of AND (t.received_at IS NULL OR t.received_at < :as_of)
    AND (t.session_key IS NOT NULL OR t.source IN ('ga4', 'matomo-visits', 'segment', 'snowplow'))
),
gaps AS (
  SELECT *, CASE WHEN micros(happened_at) - micros(LAG(happened_at) OVER (
      PARTITION BY person, source ORDER BY happened_at, touch_id, source_key)) > CAST(:gap AS BIGINT) * 1000000
    THEN 1 ELSE 0 END AS opens
  FROM web WHERE session_key IS NULL
),
numbered AS (
  SELECT *, SUM(opens) OVER (PARTITION BY person, source ORDER BY happened_at, touch_id, source_key) AS visit FROM gaps
),
visits AS (
  SELECT MIN(happened_at) AS started_at, MAX(sold) AS sold, MAX(CASE WHEN channel <> 'Direct' THEN 1 ELSE 0 END) AS led, MAX(channel) AS channel
  FROM web WHERE session_key IS NOT NULL GROUP BY person, source, session_key
  UNION ALL
  SELECT MIN(happened_at), MAX(sold), MAX(CASE WHEN channel <> 'Direct' THEN 1 ELSE 0 END), MAX(channel)
  FROM numbered GROUP BY person, source, visit
)
SELECT CAST(FLOOR((micros(CAST(:as_of AS TIMESTAMP)) - 1 - micros(started_at)) / 604800000000) AS BIGINT) AS week, COUNT(*) AS visits,
  CAST(SUM(CASE WHEN led = 0 AND channel = 'Direct' THEN 1 ELSE 0 END) AS BIGINT) AS direct,
  CAST(SUM(sold) AS BIGINT) AS sold,
  CAST(SUM(CASE WHEN led = 0 AND channel = 'Direct' THEN sold ELSE 0 END) AS BIGINT) AS sold_direct
FROM visits GROUP BY 1 ORDER BY 1
