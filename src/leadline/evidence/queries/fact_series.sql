-- Up to which day do the sources of metrics speak? One row per kind of source and name, touches apart (fact_touches).
-- :as_of the first moment that does not exist yet · :last_day the last day that exists
SELECT 'metric' AS kind, metric AS name, source, MAX(until) AS last_day FROM metrics WHERE day <= :last_day GROUP BY metric, source
UNION ALL SELECT 'orders', '', source, CAST(local(MAX(ordered_at)) AS DATE) FROM orders WHERE ordered_at < :as_of GROUP BY source
UNION ALL SELECT 'posts', '', source, CAST(local(MAX(published_at)) AS DATE) FROM posts WHERE published_at < :as_of GROUP BY source
UNION ALL SELECT 'response', '', source, CAST(local(MAX(happened_at)) AS DATE) FROM responses WHERE happened_at < :as_of GROUP BY source
UNION ALL SELECT 'consent', purpose, source, CAST(local(MAX(recorded_at)) AS DATE) FROM consent WHERE recorded_at < :as_of GROUP BY purpose, source
ORDER BY kind, name, source
