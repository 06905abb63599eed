-- Which campaigns belong to no tactic, when and by which channel did they run? One row per source, campaign and channel.
-- :last_day the last day that exists
SELECT source, campaign, campaign_id, utm_campaign, utm_id, tactic_stated, channel, geo, MIN(day) AS first_day, MAX(day) AS last_day,
  COUNT(*) AS rows, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount, currency
FROM spend WHERE tactic IS NULL AND day <= :last_day
GROUP BY source, campaign, campaign_id, utm_campaign, utm_id, tactic_stated, channel, geo, currency
ORDER BY amount DESC NULLS LAST, source, campaign, campaign_id, channel, geo, currency
