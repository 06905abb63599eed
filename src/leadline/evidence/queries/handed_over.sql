-- In which stage was a person when a deal with that person began? One row per stage, most deals first.
-- A deal created up to one day before the entry counts as after it (clocks of two systems)
-- :as_of the first moment that does not exist yet · :lost a comma-separated list of stages that end a way without being on it
SELECT stage, COUNT(*) AS deals FROM (
  SELECT dp.deal, s.stage, ROW_NUMBER() OVER (PARTITION BY dp.deal ORDER BY s.entered_at DESC, s.stage) AS place
  FROM deal_people AS dp
  JOIN deals AS d ON d.deal = dp.deal
  JOIN people AS p ON p.node = dp.person_node
  JOIN @stage_spells AS s ON s.subject_kind = 'person' AND s.subject = p.person
  WHERE micros(s.entered_at) <= micros(d.created_at) + 86400000000
    AND POSITION(',' || s.stage || ',' IN ',' || :lost || ',') = 0
) AS x WHERE place = 1
GROUP BY stage ORDER BY deals DESC, stage
