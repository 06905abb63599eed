-- What was spent, shown, clicked, sold and counted? One row per kind, series, place, source of a period and its currency.
-- kind: spend, impressions, clicks (series: the channel) · kpi (`orders.net`, `orders.count`, `orders.margin`,
-- `stage:<state>`: first entries) · control (the name of a metric; a value of a span longer than the period is left out)
-- Money is in :currency at the rate of its day, what has no rate in its own. geo * = everywhere
-- :grain day, week, month, quarter, year · :as_of the first moment that does not exist yet · :last_day the last day that exists
WITH costs AS (
  SELECT s.day, s.geo, COALESCE(s.channel, '(unknown)') AS series, s.source, s.impressions, s.clicks,
    CASE WHEN s.currency = :currency THEN s.amount WHEN r.per_plan IS NULL THEN s.amount
         ELSE CAST(ROUND(CAST(s.amount AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS amount,
    CASE WHEN s.currency = :currency OR r.per_plan IS NOT NULL THEN :currency ELSE s.currency END AS currency
  FROM spend AS s LEFT JOIN @rate_spans AS r ON r.currency = s.currency AND s.day >= r.day AND (r.until IS NULL OR s.day < r.until)
  WHERE s.day <= :last_day
),
booked AS (
  SELECT CAST(local(o.ordered_at) AS DATE) AS day, o.source, o.net, o.margin, o.currency
  FROM orders AS o WHERE o.status = 'booked' AND o.ordered_at < :as_of
),
sold AS (
  SELECT b.day, b.source,
    CASE WHEN b.currency = :currency OR r.per_plan IS NULL THEN b.net
         ELSE CAST(ROUND(CAST(b.net AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS net,
    CASE WHEN b.currency = :currency OR r.per_plan IS NULL THEN b.margin
         ELSE CAST(ROUND(CAST(b.margin AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS margin,
    CASE WHEN b.currency = :currency OR r.per_plan IS NOT NULL THEN :currency ELSE b.currency END AS currency
  FROM booked AS b LEFT JOIN @rate_spans AS r ON r.currency = b.currency AND b.day >= r.day AND (r.until IS NULL OR b.day < r.until)
),
stage_sources AS (SELECT stage, MIN(source) AS source FROM stages GROUP BY stage),
figures AS (
  SELECT m.day, m.geo, m.metric, m.source, m.value, m.n, m.segment,
    MIN(CASE WHEN m.segment = '*' THEN 0 ELSE 1 END) OVER (PARTITION BY m.metric, m.source, m.day, m.geo) AS shallowest
  FROM metrics AS m
  WHERE m.until <= :last_day AND date_trunc(:grain, m.day) = date_trunc(:grain, m.until)
)
SELECT 'spend' AS kind, series, geo, source, 'spend' AS name, CAST(date_trunc(:grain, day) AS DATE) AS period, currency,
  CAST(CAST(SUM(amount) AS DECIMAL(38, 4)) AS DOUBLE) AS value, CAST(NULL AS DOUBLE) AS n
FROM costs WHERE amount IS NOT NULL GROUP BY series, geo, source, CAST(date_trunc(:grain, day) AS DATE), currency
UNION ALL
SELECT 'impressions', series, geo, source, 'spend', CAST(date_trunc(:grain, day) AS DATE), NULL, CAST(SUM(impressions) AS DOUBLE), NULL
FROM costs WHERE impressions IS NOT NULL GROUP BY series, geo, source, CAST(date_trunc(:grain, day) AS DATE)
UNION ALL
SELECT 'clicks', series, geo, source, 'spend', CAST(date_trunc(:grain, day) AS DATE), NULL, CAST(SUM(clicks) AS DOUBLE), NULL
FROM costs WHERE clicks IS NOT NULL GROUP BY series, geo, source, CAST(date_trunc(:grain, day) AS DATE)
UNION ALL
SELECT 'kpi', 'orders.net', '*', source, 'orders', CAST(date_trunc(:grain, day) AS DATE), currency,
  CAST(CAST(SUM(net) AS DECIMAL(38, 4)) AS DOUBLE), NULL
FROM sold WHERE net IS NOT NULL GROUP BY source, CAST(date_trunc(:grain, day) AS DATE), currency
UNION ALL
SELECT 'kpi', 'orders.margin', '*', source, 'orders', CAST(date_trunc(:grain, day) AS DATE), currency,
  CAST(CAST(SUM(margin) AS DECIMAL(38, 4)) AS DOUBLE), NULL
FROM sold WHERE margin IS NOT NULL GROUP BY source, CAST(date_trunc(:grain, day) AS DATE), currency
UNION ALL
SELECT 'kpi', 'orders.count', '*', source, 'orders', CAST(date_trunc(:grain, day) AS DATE), NULL, CAST(COUNT(*) AS DOUBLE), NULL
FROM sold GROUP BY source, CAST(date_trunc(:grain, day) AS DATE)
UNION ALL
SELECT 'kpi', 'stage:' || f.stage, '*', s.source, 'stages', CAST(date_trunc(:grain, local(f.first_at)) AS DATE), NULL,
  CAST(COUNT(*) AS DOUBLE), NULL
FROM @first_entries AS f JOIN stage_sources AS s ON s.stage = f.stage
GROUP BY f.stage, s.source, CAST(date_trunc(:grain, local(f.first_at)) AS DATE)
UNION ALL
SELECT 'control', metric, geo, source, 'metrics', CAST(date_trunc(:grain, day) AS DATE), NULL,
  CASE WHEN SUM(n) > 0 THEN SUM(value * n) / SUM(n) ELSE SUM(value) END, SUM(n)
FROM figures WHERE CASE WHEN segment = '*' THEN 0 ELSE 1 END = shallowest
GROUP BY metric, geo, source, CAST(date_trunc(:grain, day) AS DATE)
ORDER BY kind, name, series, geo, source, period, currency
