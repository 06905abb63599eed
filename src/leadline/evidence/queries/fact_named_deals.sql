-- Which deals have no record id, so that account, name and day of creation are their key? One row per source.
-- :as_of the first moment that does not exist yet · :sign what the parts of such a key are joined with
SELECT source, COUNT(*) AS rows FROM deals
WHERE source = 'salesforce-opportunities' AND POSITION(:sign IN source_key) > 0 AND (created_at IS NULL OR created_at < :as_of)
GROUP BY source ORDER BY source
