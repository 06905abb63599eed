-- What is in each table of facts? One row per table: rows, first and last moment, sources.
SELECT 'spend' AS name, COUNT(*) AS rows, CAST(MIN(day) AS TIMESTAMP) AS first_at, CAST(MAX(day) AS TIMESTAMP) AS last_at, COUNT(DISTINCT source) AS sources FROM spend
UNION ALL SELECT 'touches', COUNT(*), MIN(happened_at), MAX(happened_at), COUNT(DISTINCT source) FROM touches
UNION ALL SELECT 'stages', COUNT(*), MIN(entered_at), MAX(entered_at), COUNT(DISTINCT source) FROM stages
UNION ALL SELECT 'deals', COUNT(*), MIN(created_at), MAX(created_at), COUNT(DISTINCT source) FROM deals
UNION ALL SELECT 'orders', COUNT(*), MIN(ordered_at), MAX(ordered_at), COUNT(DISTINCT source) FROM orders
UNION ALL SELECT 'metrics', COUNT(*), CAST(MIN(day) AS TIMESTAMP), CAST(MAX(until) AS TIMESTAMP), COUNT(DISTINCT source) FROM metrics
UNION ALL SELECT 'posts', COUNT(*), MIN(published_at), MAX(published_at), COUNT(DISTINCT source) FROM posts
UNION ALL SELECT 'responses', COUNT(*), MIN(happened_at), MAX(happened_at), COUNT(DISTINCT source) FROM responses
UNION ALL SELECT 'trials', COUNT(*), MIN(assigned_at), MAX(assigned_at), COUNT(DISTINCT source) FROM trials
UNION ALL SELECT 'people', COUNT(DISTINCT person), NULL, NULL, NULL FROM people
ORDER BY name
