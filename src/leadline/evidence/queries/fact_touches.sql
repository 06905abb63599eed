-- What do touches say of themselves? One row per source, event, channel, tactic and set of tags as they were written.
-- `sales` events that carry money and an order · :as_of the first moment that does not exist yet
SELECT source, event, channel, tactic, utm_source, utm_medium, utm_campaign, COUNT(*) AS rows,
  CAST(SUM(CASE WHEN node IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS nobody,
  CAST(SUM(CASE WHEN is_machine >= 0.5 THEN 1 ELSE 0 END) AS BIGINT) AS machines,
  CAST(SUM(CASE WHEN value IS NOT NULL AND object IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS sales,
  CAST(local(MIN(happened_at)) AS DATE) AS first_day, CAST(local(MAX(happened_at)) AS DATE) AS last_day
FROM touches WHERE happened_at < :as_of
GROUP BY source, event, channel, tactic, utm_source, utm_medium, utm_campaign
ORDER BY rows DESC, source, event, channel, tactic, utm_source, utm_medium, utm_campaign
