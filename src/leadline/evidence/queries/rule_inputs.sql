-- What do channel rules look at? One row per table and set of what its rows say of how somebody came, named channels apart.
-- :last_day the last day that exists · :as_of the first moment that does not exist yet
SELECT 'touches' AS what, source, utm_source, utm_medium, utm_campaign, utm_id, click_id_kind, referrer_host,
  CAST(NULL AS TEXT) AS campaign, CAST(NULL AS TEXT) AS currency, COUNT(*) AS rows, CAST(NULL AS DECIMAL(38, 4)) AS amount
FROM touches WHERE happened_at < :as_of AND channel_stated IS NULL AND channel IS NOT NULL
GROUP BY source, utm_source, utm_medium, utm_campaign, utm_id, click_id_kind, referrer_host
UNION ALL
SELECT 'spend', source, utm_source, utm_medium, utm_campaign, utm_id, NULL, NULL, campaign, currency, COUNT(*),
  CAST(SUM(amount) AS DECIMAL(38, 4))
FROM spend WHERE day <= :last_day AND channel_stated IS NULL
GROUP BY source, utm_source, utm_medium, utm_campaign, utm_id, campaign, currency
ORDER BY what, rows DESC, source, utm_source, utm_medium, utm_campaign, utm_id, click_id_kind, referrer_host, campaign, currency
