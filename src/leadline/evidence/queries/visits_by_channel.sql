-- How many visits came by which channel? One row per channel: sessions where the source counts them, else events.
-- A session's channel is that of its first touch that is not Direct, else Direct · :as_of the first moment that does not exist yet
WITH touched AS (
  SELECT COALESCE(source || ' ' || session_key, CAST(touch_id AS TEXT)) AS visit, channel, happened_at, touch_id, source_key
  FROM touches
  WHERE happened_at < :as_of AND channel IS NOT NULL AND class = 'activity' AND COALESCE(is_machine, 0) < 0.5
),
visits AS (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY visit ORDER BY CASE WHEN channel = 'Direct' THEN 1 ELSE 0 END, happened_at, touch_id, source_key) AS place
  FROM touched
)
SELECT channel, COUNT(*) AS visits, CAST(local(MIN(happened_at)) AS DATE) AS first_day, CAST(local(MAX(happened_at)) AS DATE) AS last_day
FROM visits WHERE place = 1
GROUP BY channel ORDER BY visits DESC, channel
