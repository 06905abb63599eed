-- From which day until which (not included) does a rate hold? One row per rate; before the first there is none.
SELECT currency, day, per_plan, LEAD(day) OVER (PARTITION BY currency ORDER BY day) AS until FROM rates
