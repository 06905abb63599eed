-- Which way did booked revenue come? One row per month, currency and way: the channels and tactics of the order's journey in
-- order, and what its own row names. All rows add up to booked revenue to the last digit.
-- `line` why it can be followed or not, as in revenue_lines · `booked` in :currency, the plan's, null without a rate
-- :sign what channels and tactics are joined with · other parameters see paths (:outcome is orders)
WITH booked AS (
  SELECT o.source, o.source_key, o.net, o.currency, o.ordered_at, o.channel, o.tactic, p.person,
    CASE WHEN o.currency = :currency THEN o.net ELSE CAST(ROUND(CAST(o.net AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS rated
  FROM orders AS o LEFT JOIN people AS p ON p.node = o.node
  LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND CAST(local(o.ordered_at) AS DATE) >= r.day
    AND (r.until IS NULL OR CAST(local(o.ordered_at) AS DATE) < r.until)
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND o.net IS NOT NULL
),
numbered AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY person ORDER BY ordered_at, source || ' ' || source_key) AS goal_no FROM booked),
reached AS (
  SELECT person, journey_no, join_text(channels, :sign) AS channels, join_text(tactics, :sign) AS tactics
  FROM @paths AS j WHERE outcome = 'converted' AND channels IS NOT NULL
),
seen AS (
  SELECT DISTINCT p.person FROM touches AS t JOIN people AS p ON p.node = t.node
  WHERE t.happened_at < :as_of AND COALESCE(t.is_machine, 0) < 0.5
)
SELECT CAST(date_trunc('month', local(n.ordered_at)) AS DATE) AS month, n.currency, w.channels, w.tactics, n.channel, n.tactic,
  CASE WHEN n.person IS NULL THEN 'no person' WHEN w.channels IS NOT NULL THEN 'journey'
    WHEN s.person IS NULL THEN 'customer never seen' ELSE 'no touch in window' END AS line,
  CAST(SUM(n.net) AS DECIMAL(38, 4)) AS net, CAST(SUM(n.rated) AS DECIMAL(38, 4)) AS booked, COUNT(*) AS orders
FROM numbered AS n
LEFT JOIN reached AS w ON w.person = n.person AND w.journey_no = n.goal_no
LEFT JOIN seen AS s ON s.person = n.person
GROUP BY 1, n.currency, w.channels, w.tactics, n.channel, n.tactic, 7
ORDER BY 1, n.currency, w.channels, w.tactics, n.channel, n.tactic, 7
