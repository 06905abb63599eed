"""What the minimal plan of the manual says, as answers to the first questions; one script for the engine, the web and the browser."""

from __future__ import annotations

# Question → the line that answers it.
FIRST = {
    "first.frame": "Halden Pumps, 2027, EUR, 60 kEUR",
    "first.driver": "Ines, 16 h/week",
    "first.direction": "growing, Double recurring revenue in three years",
    "first.growth": "something new to the same, Sell monitoring to plants that run our pumps",
    "first.segment": "Plants that run our pumps, 640, 9 kEUR, no unplanned stops",
    "first.instead": "Nordsense; we also fix the pump; search, fair",
    "first.not": "chemicals, distributors",
    "first.objective": "47 contracts, 122, 2027-12-31, CRM",
    "first.worth": "9 kEUR",
    "first.hangout": 'maintenance group; "how many days before?"',
    "first.touch": "Field service visit, use, 81, 140 answers, service",
    "first.promise": "2 h, 40 h/week, Mara, 40 h/week",
    "first.tactic": 'Free retrofit checks, sell more to customers, "Know a seal failure ten days early", scheduled service visit',
    "first.because": "A free retrofit check shows a plant its own cost of stops, so it buys monitoring",
    "first.bridge": "120..160..200 checks, CRM",
    "first.bridge.step": "contracts, 15..25..35 %, 45 days, sales, Field service visit, CRM",
    "first.cost": "60 kEUR, 480 h, 2027-02-01..2027-10-31, fewer than 10 contracts from the first 80 checks",
    "first.watch": "Ines, monthly, 20 %, review, 10 days",
    "first.tactic/another": "no",
}
# Kind of a further question about an answer → the line that answers it.
FOLLOW_UPS = {"keep": "keep", "method": "guess", "guess": "?", "reason": "it is not our case at all"}
