-- Which tactics lead to any stage or order at all? One row per tactic: named on such a row, or by a touch of somebody who
-- entered a stage or ordered within :window seconds after it · :as_of the first moment that does not exist yet
WITH outcomes AS (
  SELECT p.person, s.entered_at AS moment FROM stages AS s JOIN people AS p ON p.node = s.subject
  WHERE s.subject_kind = 'person' AND s.entered_at < :as_of
  UNION ALL SELECT p.person, s.entered_at FROM stages AS s JOIN deal_people AS dp ON dp.deal = s.subject
  JOIN people AS p ON p.node = dp.person_node WHERE s.subject_kind = 'deal' AND s.entered_at < :as_of
  UNION ALL SELECT p.person, d.created_at FROM deals AS d JOIN deal_people AS dp ON dp.deal = d.deal
  JOIN people AS p ON p.node = dp.person_node WHERE d.created_at < :as_of
  UNION ALL SELECT p.person, o.ordered_at FROM orders AS o JOIN people AS p ON p.node = o.node WHERE o.ordered_at < :as_of
),
nodes AS (SELECT p.node, p.person FROM people AS p JOIN (SELECT DISTINCT person FROM outcomes) AS o ON o.person = p.person)
SELECT DISTINCT tactic FROM (
  SELECT t.tactic FROM touches AS t JOIN nodes AS n ON n.node = t.node JOIN outcomes AS o ON o.person = n.person
  WHERE t.tactic IS NOT NULL AND t.happened_at <= o.moment AND micros(o.moment) - micros(t.happened_at) <= CAST(:window AS BIGINT) * 1000000
  UNION ALL SELECT tactic FROM stages WHERE entered_at < :as_of
  UNION ALL SELECT tactic FROM deals WHERE created_at IS NULL OR created_at < :as_of
  UNION ALL SELECT tactic FROM orders WHERE ordered_at < :as_of
) AS x WHERE tactic IS NOT NULL ORDER BY tactic
