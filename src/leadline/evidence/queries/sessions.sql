-- Which visits did known people make? One row per session.
-- The source's own session where it has one, else events of one person and source less than :gap seconds apart.
-- The session's channel and tactic are those of its first touch that is not Direct, else of its first touch that has a channel (a goal has none).
-- A touch is of the web when its source counts sessions or is a web log; :as_of the first moment that does not exist yet
WITH web AS (
  SELECT p.person, p.weight, t.source, t.source_key, t.session_key, t.happened_at, t.touch_id, t.channel, t.tactic, t.event, t.object, t.value
  FROM touches AS t JOIN people AS p ON p.node = t.node
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
-- Only events without a session of their own are put in order to find one: sorting is what costs in ten million rows.
visits AS (
  SELECT person, weight, source, session_key AS visit, 0 AS by_gap, source_key, happened_at, touch_id, channel, tactic, event, object, value
  FROM web WHERE session_key IS NOT NULL
  UNION ALL
  SELECT person, weight, source, CAST(SUM(opens) OVER (PARTITION BY person, source ORDER BY happened_at, touch_id, source_key) AS TEXT), 1,
    source_key, happened_at, touch_id, channel, tactic, event, object, value
  FROM gaps
),
grouped AS (
  SELECT person, source, MIN(weight) AS weight, MIN(happened_at) AS started_at, MAX(happened_at) AS ended_at, COUNT(*) AS touches,
    first_of(channel, CASE WHEN channel IS NULL THEN 2 WHEN channel = 'Direct' THEN 1 ELSE 0 END, happened_at, touch_id) AS channel,
    first_of(tactic, CASE WHEN channel IS NULL THEN 2 WHEN channel = 'Direct' THEN 1 ELSE 0 END, happened_at, touch_id) AS tactic,
    first_of(touch_id, happened_at) AS touch_id,
    MAX(CASE WHEN value IS NOT NULL AND object IS NOT NULL THEN 1 ELSE 0 END) = 1 AS converted, SUM(value) AS value,
    -- a session of nothing but the conversion itself
    MIN(CASE WHEN (value IS NOT NULL AND object IS NOT NULL) OR event = :conversion_event THEN 1 ELSE 0 END) = 1 AS only_conversion
  FROM visits GROUP BY person, source, by_gap, visit
)
SELECT person, ROW_NUMBER() OVER (PARTITION BY person ORDER BY started_at, touch_id, source) AS session_no, started_at, ended_at,
  touches, channel, tactic, converted, value, weight, touch_id, source, only_conversion
FROM grouped
ORDER BY person, session_no
