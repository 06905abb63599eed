-- What was spent and what came of it, period by period? One row per period, place, series and kind (see panel_rows).
-- `complete`: every source of the series covers all days of the period, and three days have passed since, in which sources
-- still bring rows (Google's export). A value of a period that no source covers is null; covered days without rows are 0,
-- but for controls, where no row says nothing. With :grain quarter or year whoever reads it has to say what that hides
-- Parameters see panel_rows
WITH rows_of AS (SELECT * FROM @panel_rows AS r),
days AS (SELECT d.day, CAST(date_trunc(:grain, d.day) AS DATE) AS period, CAST(date_trunc(:grain, d.day + 1) AS DATE) AS next_period FROM @days AS d),
periods AS (
  SELECT period, COUNT(*) AS days,
    MIN(day) = period AND MAX(CASE WHEN next_period <> period THEN 1 ELSE 0 END) = 1 AND MAX(day) + 3 <= CAST(:last_day AS DATE) AS is_over
  FROM days GROUP BY period
),
whose AS (SELECT DISTINCT kind, series, geo, name, source FROM rows_of),
keys AS (SELECT DISTINCT kind, series, geo, currency FROM rows_of),
daily AS (
  SELECT w.kind, w.series, w.geo, d.period, d.day,
    MIN(CASE WHEN c.covered THEN 1 ELSE 0 END) AS by_all, MAX(CASE WHEN c.covered THEN 1 ELSE 0 END) AS by_any
  FROM whose AS w JOIN @source_days AS c ON c.name = w.name AND c.source = w.source JOIN days AS d ON d.day = c.day
  GROUP BY w.kind, w.series, w.geo, d.period, d.day
),
cover AS (SELECT kind, series, geo, period, SUM(by_all) AS whole, MAX(by_any) AS some FROM daily GROUP BY kind, series, geo, period),
sums AS (
  SELECT kind, series, geo, period, currency,
    CASE WHEN SUM(n) > 0 THEN SUM(value * n) / SUM(n) ELSE SUM(value) END AS value
  FROM rows_of GROUP BY kind, series, geo, period, currency
)
SELECT p.period, k.geo, k.series, k.kind,
  COALESCE(s.value, CASE WHEN c.some = 1 AND k.kind <> 'control' THEN 0.0 END) AS value, k.currency,
  p.is_over AND COALESCE(c.whole, 0) = p.days AS complete
FROM keys AS k CROSS JOIN periods AS p
LEFT JOIN sums AS s ON s.kind = k.kind AND s.series = k.series AND s.geo = k.geo AND s.period = p.period
  AND COALESCE(s.currency, '') = COALESCE(k.currency, '')
LEFT JOIN cover AS c ON c.kind = k.kind AND c.series = k.series AND c.geo = k.geo AND c.period = p.period
WHERE k.currency IS NULL OR k.currency = :currency OR s.value IS NOT NULL
ORDER BY p.period, k.kind, k.series, k.geo, k.currency
