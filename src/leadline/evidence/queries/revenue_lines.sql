-- Where did booked revenue come from? One row per line; the lines add up to booked revenue to the last digit.
-- `net` is in its own currency, `booked` in :currency, the plan's, at the rate of its day; without a rate there is no
-- `booked`, and the amount stands in the line of other currencies · other parameters see paths (:outcome is orders)
WITH booked AS (
  SELECT o.source, o.source_key, o.net, o.currency, o.ordered_at, p.person,
    CASE WHEN o.currency = :currency THEN o.net ELSE CAST(ROUND(CAST(o.net AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS rated
  FROM orders AS o LEFT JOIN people AS p ON p.node = o.node
  LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND CAST(local(o.ordered_at) AS DATE) >= r.day
    AND (r.until IS NULL OR CAST(local(o.ordered_at) AS DATE) < r.until)
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND o.net IS NOT NULL
),
numbered AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY person ORDER BY ordered_at, source || ' ' || source_key) AS goal_no FROM booked),
reached AS (SELECT person, journey_no, channels FROM @paths AS j WHERE outcome = 'converted'),
direct AS (SELECT person, journey_no, join_text(channels, ' > ') AS path, channels IS NULL AS is_empty FROM reached),
seen AS (
  SELECT DISTINCT p.person FROM touches AS t JOIN people AS p ON p.node = t.node
  WHERE t.happened_at < :as_of AND COALESCE(t.is_machine, 0) < 0.5
)
SELECT CASE
    WHEN n.rated IS NULL THEN 'other currency'
    WHEN n.person IS NULL THEN 'no person'
    WHEN NOT d.is_empty AND REPLACE(REPLACE(d.path, 'Direct', ''), ' > ', '') = '' THEN 'direct only'
    WHEN NOT d.is_empty THEN 'attributed'
    WHEN s.person IS NULL THEN 'customer never seen'
    ELSE 'no touch in window' END AS line,
  n.currency, CAST(SUM(n.net) AS DECIMAL(38, 4)) AS net, CAST(SUM(n.rated) AS DECIMAL(38, 4)) AS booked, COUNT(*) AS orders
FROM numbered AS n
LEFT JOIN direct AS d ON d.person = n.person AND d.journey_no = n.goal_no
LEFT JOIN seen AS s ON s.person = n.person
GROUP BY 1, n.currency ORDER BY 1, n.currency
