-- Which deals were there? One row per deal as it stood at :as_of: number in its source, state, money, days, and how much is
-- known of the people behind it. A deal that closed later was open then. Nobody is named.
-- people: persons of the deal · touches: activities of these persons up to the close (or :as_of), machines left out
WITH known AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY deal ORDER BY created_at, source, source_key) AS place FROM deals
  WHERE deal IS NOT NULL AND (created_at IS NULL OR created_at < :as_of)
),
seen AS (
  SELECT deal, source, source_key, owner, lead_source, lost_reason, tactic, channel, amount, currency, created_at,
    CASE WHEN closed_at < :as_of THEN closed_at END AS closed_at,
    CASE WHEN closed_at >= :as_of THEN 'open' ELSE COALESCE(status, 'open') END AS status,
    CASE WHEN closed_at >= :as_of THEN NULL ELSE state END AS state, expected_close
  FROM known WHERE place = 1
),
behind AS (
  SELECT DISTINCT dp.deal, p.person FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node
),
counted AS (
  SELECT b.deal, COUNT(DISTINCT b.person) AS people, COUNT(t.source_key) AS touches
  FROM behind AS b JOIN people AS p ON p.person = b.person JOIN seen AS s ON s.deal = b.deal
  LEFT JOIN touches AS t ON t.node = p.node AND COALESCE(t.is_machine, 0) < 0.5 AND t.happened_at < COALESCE(s.closed_at, :as_of)
  GROUP BY b.deal
)
SELECT s.deal, s.source, s.source_key, s.status, s.state, s.amount, s.currency,
  CAST(local(s.created_at) AS DATE) AS created_on, CAST(local(s.closed_at) AS DATE) AS closed_on, s.expected_close,
  s.owner, s.lead_source, s.lost_reason, s.tactic, s.channel,
  COALESCE(c.people, 0) AS people, COALESCE(c.touches, 0) AS touches
FROM seen AS s LEFT JOIN counted AS c ON c.deal = s.deal
ORDER BY s.deal
