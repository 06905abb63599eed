-- How many people newly agreed to :name, per period, by whatever channel? Somebody who agreed by another one before is not new.
-- `standing`: how many agree at its end · rules see consent_spans · :grain day, week, month, quarter, year, of the plan's :zone
WITH spans AS (SELECT s.person, s.began, s.until FROM @consent_spans AS s WHERE s.purpose = :name),
marked AS (
  SELECT *, CASE WHEN began <= MAX(COALESCE(until, CAST('9999-01-01 00:00:00' AS TIMESTAMP))) OVER (
      PARTITION BY person ORDER BY began, COALESCE(until, CAST('9999-01-01 00:00:00' AS TIMESTAMP)) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    THEN 0 ELSE 1 END AS opens
  FROM spans
),
runs AS (
  SELECT *, SUM(opens) OVER (PARTITION BY person ORDER BY began, COALESCE(until, CAST('9999-01-01 00:00:00' AS TIMESTAMP)) ROWS UNBOUNDED PRECEDING) AS run
  FROM marked
),
times AS (
  SELECT person, run, MIN(began) AS began, MAX(COALESCE(until, CAST('9999-01-01 00:00:00' AS TIMESTAMP))) AS ended FROM runs GROUP BY person, run
),
moves AS (
  SELECT CAST(date_trunc(:grain, local(began)) AS DATE) AS period, 1 AS came, 0 AS went FROM times
  UNION ALL SELECT CAST(date_trunc(:grain, local(ended)) AS DATE), 0, 1 FROM times WHERE ended < :as_of
),
counted AS (SELECT period, SUM(came) AS came, SUM(went) AS went FROM moves GROUP BY period)
SELECT period, CAST(came AS DOUBLE) AS value, CAST(NULL AS DOUBLE) AS n, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high,
  CAST(SUM(came - went) OVER (ORDER BY period) AS DOUBLE) AS standing
FROM counted ORDER BY period
