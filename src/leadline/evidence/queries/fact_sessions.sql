-- How many visits came directly, week by week? One row per week, counted back from :as_of (0: the last seven days).
-- `sold` visits with an order in them · :sample one person in so many is looked at · other parameters see sessions
SELECT CAST(FLOOR((micros(CAST(:as_of AS TIMESTAMP)) - 1 - micros(started_at)) / 604800000000.0) AS BIGINT) AS week, COUNT(*) AS visits,
  CAST(SUM(CASE WHEN channel = 'Direct' THEN 1 ELSE 0 END) AS BIGINT) AS direct,
  CAST(SUM(CASE WHEN converted THEN 1 ELSE 0 END) AS BIGINT) AS sold,
  CAST(SUM(CASE WHEN converted AND channel = 'Direct' THEN 1 ELSE 0 END) AS BIGINT) AS sold_direct
FROM @sessions AS s WHERE MOD(person, CAST(:sample AS BIGINT)) = 0
GROUP BY 1 ORDER BY 1
