-- Who is spoken of how often, where? One row per period, venue and brand of the panel; 0 mentions of a seen period are none.
-- mentions: posts by others that name the brand, reposts apart · own_posts: our own that name it
-- `seen` false: the imports of that venue do not cover the period's days so far, so its mentions are those we happened to get
-- :panel ids of brands, comma-separated (at most a hundred) · :grain day, week, month, quarter, year · :last_day the last day that exists
WITH digits AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v(d)),
panel AS (
  SELECT DISTINCT brand FROM (
    SELECT TRIM(split_part(CAST(:panel AS TEXT), ',', CAST(1 + a.d + 10 * b.d AS INTEGER))) AS brand FROM digits AS a CROSS JOIN digits AS b
  ) AS x WHERE brand <> ''
),
known AS (
  SELECT source, venue, own, brands, CAST(date_trunc(:grain, local(published_at)) AS DATE) AS period
  FROM posts WHERE published_at < :as_of AND venue IS NOT NULL AND kind <> 'Announce'
),
days AS (SELECT d.day, CAST(date_trunc(:grain, d.day) AS DATE) AS period FROM @days AS d),
lengths AS (SELECT period, COUNT(*) AS days FROM days GROUP BY period),
venues AS (SELECT DISTINCT venue, source FROM known),
cover AS (
  SELECT venue, period, COUNT(*) AS days FROM (
    SELECT DISTINCT v.venue, d.period, d.day
    FROM venues AS v JOIN @source_days AS c ON c.name = 'posts' AND c.source = v.source AND c.covered JOIN days AS d ON d.day = c.day
  ) AS x GROUP BY venue, period
),
grid AS (
  SELECT l.period, v.venue, p.brand, l.days FROM lengths AS l CROSS JOIN (SELECT DISTINCT venue FROM venues) AS v CROSS JOIN panel AS p
)
SELECT g.period, g.venue, g.brand,
  CAST(COUNT(CASE WHEN NOT COALESCE(k.own, FALSE) THEN k.source END) AS BIGINT) AS mentions,
  CAST(COUNT(CASE WHEN k.own THEN k.source END) AS BIGINT) AS own_posts,
  COALESCE(MAX(c.days), 0) = MAX(g.days) AS seen
FROM grid AS g
LEFT JOIN known AS k ON k.period = g.period AND k.venue = g.venue AND POSITION(',' || g.brand || ',' IN ',' || COALESCE(k.brands, '') || ',') > 0
LEFT JOIN cover AS c ON c.period = g.period AND c.venue = g.venue
GROUP BY g.period, g.venue, g.brand ORDER BY g.period, g.venue, g.brand
