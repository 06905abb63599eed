-- Who stands behind the deals? One row: deals, those without a person, persons per deal that has some, deals of a known day
-- of creation, and those of them none of whose people were seen before it (an hour's clock difference is no "before").
-- :as_of the first moment that does not exist yet
WITH known AS (
  SELECT deal, MIN(created_at) AS created_at FROM deals
  WHERE deal IS NOT NULL AND (created_at IS NULL OR created_at < :as_of) GROUP BY deal
),
behind AS (SELECT DISTINCT dp.deal, p.person FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node),
nodes AS (SELECT p.node, p.person FROM people AS p JOIN (SELECT DISTINCT person FROM behind) AS b ON b.person = p.person),
seen AS (
  SELECT n.person, MIN(t.happened_at) AS first_at FROM touches AS t JOIN nodes AS n ON n.node = t.node
  WHERE COALESCE(t.is_machine, 0) < 0.5 AND t.happened_at < :as_of GROUP BY n.person
),
counted AS (
  SELECT k.deal, k.created_at, COUNT(b.person) AS people, MIN(s.first_at) AS first_at
  FROM known AS k LEFT JOIN behind AS b ON b.deal = k.deal LEFT JOIN seen AS s ON s.person = b.person
  GROUP BY k.deal, k.created_at
)
SELECT COUNT(*) AS deals, CAST(COALESCE(SUM(CASE WHEN people = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS without,
  AVG(CASE WHEN people > 0 THEN CAST(people AS DOUBLE) END) AS people_per_deal, COUNT(created_at) AS dated,
  CAST(COALESCE(SUM(CASE WHEN created_at IS NOT NULL AND (first_at IS NULL OR first_at > created_at) THEN 1 ELSE 0 END), 0) AS BIGINT) AS unseen
FROM counted
