-- Who decides in each account? One row per account with deals that have people.
-- people: persons of its deals · roles: as the CRM says, sorted, each once · open, won, lost: its deals with people
-- :as_of the first moment that does not exist yet
WITH known AS (
  SELECT deal, MIN(account) AS account, MIN(status) AS status FROM deals
  WHERE account IS NOT NULL AND (created_at IS NULL OR created_at < :as_of) GROUP BY deal
),
members AS (
  SELECT DISTINCT k.account, k.deal, k.status, p.person, dp.role
  FROM known AS k JOIN deal_people AS dp ON dp.deal = k.deal JOIN people AS p ON p.node = dp.person_node
),
roles AS (SELECT DISTINCT account, role FROM members WHERE role IS NOT NULL),
told AS (SELECT account, join_text(ordered_list(role, role), ', ') AS roles FROM roles GROUP BY account),
names AS (SELECT account, MIN(name) AS name FROM accounts GROUP BY account)
SELECT m.account, n.name, COUNT(DISTINCT m.person) AS people, t.roles,
  COUNT(DISTINCT CASE WHEN m.status = 'open' THEN m.deal END) AS open_deals,
  COUNT(DISTINCT CASE WHEN m.status = 'won' THEN m.deal END) AS won_deals,
  COUNT(DISTINCT CASE WHEN m.status = 'lost' THEN m.deal END) AS lost_deals
FROM members AS m LEFT JOIN told AS t ON t.account = m.account LEFT JOIN names AS n ON n.account = m.account
GROUP BY m.account, n.name, t.roles ORDER BY people DESC, m.account
