-- Which channels do orders, deals and stages name, and how sure is it whose orders they are? One row per channel and currency.
-- `unsure` net of orders of persons put together with a certainty under :sure · :as_of the first moment that does not exist yet
SELECT channel, currency, CAST(SUM(rows) AS BIGINT) AS rows, CAST(SUM(net) AS DECIMAL(38, 4)) AS net,
  CAST(SUM(unsure) AS DECIMAL(38, 4)) AS unsure
FROM (
  SELECT o.channel, o.currency, 1 AS rows, o.net, CASE WHEN p.weight < CAST(:sure AS DOUBLE) THEN o.net ELSE 0 END AS unsure
  FROM orders AS o LEFT JOIN people AS p ON p.node = o.node WHERE o.ordered_at < :as_of AND o.status = 'booked'
  UNION ALL SELECT channel, NULL, COUNT(*), NULL, NULL FROM deals WHERE created_at IS NULL OR created_at < :as_of GROUP BY channel
  UNION ALL SELECT channel, NULL, COUNT(*), NULL, NULL FROM stages WHERE entered_at < :as_of AND subject_kind <> 'deal' GROUP BY channel
) AS x GROUP BY channel, currency ORDER BY channel, currency
