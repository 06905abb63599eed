-- Where did the money go? One row per channel, source, currency and campaign; a channel that no row and no rule names is null.
-- `claimed` conversions as the platform says them, null where it says none · :last_day the last day that exists
SELECT channel, source, currency, COALESCE(campaign, campaign_id, account) AS campaign,
  CAST(SUM(amount) AS DOUBLE) AS amount, SUM(claimed_conversions) AS claimed,
  MIN(day) AS first_day, MAX(day) AS last_day, COUNT(*) AS rows
FROM spend WHERE day <= :last_day
GROUP BY channel, source, currency, COALESCE(campaign, campaign_id, account)
ORDER BY amount DESC NULLS LAST, channel, source, campaign, currency
