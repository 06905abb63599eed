-- What followed in every unit of every test? One row per test, unit, period and outcome.
-- value as the assignments' file gives it; where it gives none, what the evidence counts of the unit from the period's first
-- day to its next one (or :last_day): `metric:<name>` of a place, `orders.net`, `orders.count` and `stage:<state>` of a company,
-- 0 where the company is known and nothing was counted of it.
-- Persons are assigned under keys of another system, so their outcomes come with the assignments
-- Money is in :currency at the rate of its day · :as_of the first moment that does not exist yet
WITH given AS (
  SELECT t.test, t.unit_kind, t.unit, t.arm, t.period, t.exposed, t.outcome, t.value, t.cost, t.currency,
    CAST(local(t.assigned_at) AS DATE) AS assigned_on,
    LEAD(t.period) OVER (PARTITION BY t.test, t.unit, t.outcome ORDER BY t.period) AS next_period
  FROM trials AS t WHERE t.period <= :last_day
),
asked AS (SELECT * FROM given WHERE value IS NULL AND outcome IS NOT NULL),
figures AS (
  SELECT a.test, a.unit, a.period, a.outcome, SUM(m.value) AS value
  FROM asked AS a JOIN metrics AS m ON a.outcome = 'metric:' || m.metric AND m.geo = a.unit AND m.segment = '*'
  WHERE a.unit_kind = 'geo' AND m.day >= a.period AND m.until <= :last_day AND (a.next_period IS NULL OR m.until < a.next_period)
  GROUP BY a.test, a.unit, a.period, a.outcome
),
firms AS (SELECT source_key, MIN(account) AS account FROM accounts GROUP BY source_key),
dated AS (
  SELECT o.account, CAST(local(o.ordered_at) AS DATE) AS day, o.net, o.currency FROM orders AS o
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND o.account IS NOT NULL
),
entries AS (
  SELECT e.subject AS account, e.stage, CAST(local(e.first_at) AS DATE) AS day FROM @first_entries AS e WHERE e.subject_kind = 'account'
),
bought AS (
  SELECT a.test, a.unit, a.period, a.outcome,
    CASE a.outcome WHEN 'orders.count' THEN CAST(COUNT(o.account) AS DOUBLE)
      ELSE COALESCE(SUM(CASE WHEN o.currency = :currency THEN CAST(o.net AS DOUBLE) ELSE CAST(o.net AS DOUBLE) / r.per_plan END), 0.0) END AS value
  FROM asked AS a JOIN firms AS f ON f.source_key = a.unit
  LEFT JOIN dated AS o ON o.account = f.account AND o.day >= a.period AND (a.next_period IS NULL OR o.day < a.next_period)
  LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND o.day >= r.day AND (r.until IS NULL OR o.day < r.until)
  WHERE a.unit_kind = 'account' AND a.outcome IN ('orders.count', 'orders.net') AND EXISTS (SELECT 1 FROM dated)
  GROUP BY a.test, a.unit, a.period, a.outcome
),
entered AS (
  SELECT a.test, a.unit, a.period, a.outcome, CAST(COUNT(e.stage) AS DOUBLE) AS value
  FROM asked AS a JOIN firms AS f ON f.source_key = a.unit
  LEFT JOIN entries AS e ON e.account = f.account AND a.outcome = 'stage:' || e.stage
    AND e.day >= a.period AND (a.next_period IS NULL OR e.day < a.next_period)
  WHERE a.unit_kind = 'account' AND a.outcome IN (SELECT 'stage:' || stage FROM entries)
  GROUP BY a.test, a.unit, a.period, a.outcome
),
found AS (SELECT * FROM figures UNION ALL SELECT * FROM bought UNION ALL SELECT * FROM entered)
SELECT g.test, g.unit_kind, g.unit, g.arm, g.assigned_on, g.period, g.exposed, g.outcome, COALESCE(g.value, f.value) AS value, g.cost, g.currency
FROM given AS g LEFT JOIN found AS f ON f.test = g.test AND f.unit = g.unit AND f.period = g.period AND f.outcome = g.outcome
ORDER BY g.test, g.unit, g.period, g.outcome
