-- On which day was each tactic last seen outside the touches? One row per tactic.
-- :as_of the first moment that does not exist yet · :last_day the last day that exists
SELECT tactic, MAX(day) AS last_day FROM (
  SELECT tactic, day FROM spend WHERE day <= :last_day
  UNION ALL SELECT tactic, CAST(local(MAX(entered_at)) AS DATE) FROM stages WHERE entered_at < :as_of GROUP BY tactic
  UNION ALL SELECT tactic, CAST(local(MAX(created_at)) AS DATE) FROM deals WHERE created_at < :as_of GROUP BY tactic
  UNION ALL SELECT tactic, CAST(local(MAX(ordered_at)) AS DATE) FROM orders WHERE ordered_at < :as_of GROUP BY tactic
  UNION ALL SELECT tactic, CAST(local(MAX(published_at)) AS DATE) FROM posts WHERE published_at < :as_of GROUP BY tactic
  UNION ALL SELECT tactic, until FROM metrics WHERE until <= :last_day
) AS x WHERE tactic IS NOT NULL GROUP BY tactic ORDER BY tactic
