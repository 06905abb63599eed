"""How long one check takes, against reading the same plan: CPU seconds, one core, after import.

    python benchmarks/check_speed.py            prints 200 and 2,000 tactics, then one keystroke

The bar: 200 tactics with 40 objectives, all first rules and scores, under 0.5 s; 2,000 tactics under 3 s; a keystroke
in a form, the local and link rules on one element of 200 tactics, under 20 ms. The preview rules have no bar.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable

from leadline.align.live import judge_element
from leadline.align.run import CheckOptions, check
from leadline.plan.source import Document, parse_plan

BARS = {200: 0.5, 2_000: 3.0}  # seconds of CPU (checks.md section 9)
KEYSTROKE = 0.020  # seconds of CPU for one element of the smaller plan (checks.md section 9)
TYPED = ("t10", "obj3", "seg4", "msg2", "w5")  # one element of each kind that people write most
REPEATS = 3


def plan_text(tactics: int, objectives: int = 40, segments: int = 20) -> str:
    """Return a plan with that many tactics: every tenth has its own step, every seventh only enables another."""
    lines = [
        "plan: {id: big, currency: EUR, budget: 900 MEUR, window: 2027-01-01..2027-12-31, status: review, driver: p0}",
        "metrics:",
        '  - {id: click, unit: count, stage: output, source: "touches:click"}',
        '  - {id: lead, unit: count, stage: outcome, source: "stage:lead"}',
        '  - {id: sqo, unit: count, stage: outcome, source: "stage:sqo"}',
        '  - {id: won, unit: count, stage: outcome, value_event: true, worth: 4..5..7 kEUR, source: "stage:won"}',
        '  - {id: income, unit: EUR, stage: outcome, role: business, source: "metric:income"}',
        "situation:",
        "  segments:",
        *(
            f"    - {{id: seg{i}, name: Segment {i}, status: existing, size: 900 count, venues: [web]}}"
            for i in range(segments)
        ),
        "  channels:",
        *(f"    - {{id: ch{i}, name: Channel {i}, media: paid, mode: broadcast, venues: [web]}}" for i in range(12)),
        "  venues: [{id: web, name: Web search, kind: search}]",
        "objectives:",
    ]
    for i in range(objectives):
        metric = ("won", "sqo", "income")[i % 3]
        unit = " kEUR" if metric == "income" else ""
        where = "" if metric == "income" else f", segment: seg{i % segments}"
        lines.append(
            f"  - {{id: obj{i}, metric: {metric}, baseline: {{value: 0, as_of: 2026-12-31}}, "
            f"target: {{value: {100 * tactics}{unit}, by: 2027-12-31}}, serves: [win]{where}}}"
        )
    lines += [
        "strategy:",
        "  levels:",
        "    - {id: grow, level: corporate, direction: growth, statement: Grow}",
        "    - {id: unit, level: business_unit, parent: grow, growth: penetration, statement: Sell more}",
        "    - {id: win, level: market, parent: unit, statement: Win Segment 1, not_doing: [all else]}",
        "  messages:",
        *(f"    - {{id: msg{i}, segment: seg{i}, claim: It is ready when we said}}" for i in range(segments)),
        "tactics:",
        "  bridge:",
        "    - {from: click, to: lead, rate: 2..3..5 %, lag: 2 days, owner: p1, tracking: a, method: measured}",
        "    - {from: lead, to: sqo, rate: 10..14..18 %, lag: 10..20..40 days, owner: p1, tracking: a, method: expert}",
        "    - {from: sqo, to: won, rate: 22..28..34 %, lag: 90..120..160 days, owner: p2, tracking: a}",
        "    - {from: won, to: income, rate: 4..5..7 kEUR, lag: 0 days, owner: p2, tracking: a}",
        "  list:",
    ]
    for i in range(tactics):
        lines += [
            f"    - id: t{i}",
            f"      intent: {('acquire', 'convert', 'retain')[i % 3]}",
            f"      serves: [obj{i % objectives}]",
            f"      segments: [seg{i % segments}, seg{(i + 7) % segments}]",
            f"      messages: [msg{i % segments}, msg{(i + 7) % segments}]",
            f"      channels: [ch{i % 12}]",
            "      timing: {trigger: compares two offers}",
            f"      dates: 2027-{1 + i % 9:02d}-01..2027-12-15",
            f"      budget: {20 + i % 9} kEUR",
            "      hours: 40 h",
            f"      owner: p{i % 3}",
            "      mechanism: People who compare find our page and ask because it answers them",
        ]
        if i % 7 == 6:
            lines.append(f"      enables: [t{i - 1}]")
            lines.append("      delivers: {metric: click, count: 100..200..400}")
        else:
            lines.append(f"      delivers: {{metric: {('lead', 'click')[i % 2]}, count: 300..{420 + i}..{900 + i}}}")
        if i % 10 == 0:
            lines += ["      bridge:", "        - {from: lead, to: sqo, rate: 8..12..16 %}"]
    lines += [
        "action:",
        "  people:",
        *(f"    - {{id: p{i}, team: team{i}, capacity: 38 h/week, cost: 50 EUR/h}}" for i in range(3)),
        "  teams:",
        *(f"    - {{id: team{i}, function: {('marketing', 'sales', 'service')[i]}}}" for i in range(3)),
        "control:",
        "  watches:",
        *(
            f"    - {{id: w{i}, metric: won, objective: obj{i}, every: month, by: p0, red: -20 %, "
            "then: {who: p0, what: review, within: 10 days}}"
            for i in range(objectives)
        ),
    ]
    return "\n".join(lines) + "\n"


def cpu(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least CPU seconds of a few runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> int:
    """Print the tables; return 1 where a bar is missed."""
    missed = False
    print(f"{'tactics':>8} {'reading s':>10} {'check s':>8} {'ratio':>6} {'bar s':>6} {'preview s':>10} findings")
    day = dt.date(2027, 1, 2)
    for tactics, bar in BARS.items():
        text = plan_text(tactics)
        document: Document = parse_plan(text)
        first, all_rules = CheckOptions(as_of=day), CheckOptions(as_of=day, preview=True)
        reading = cpu(lambda text=text: parse_plan(text))
        checking = cpu(lambda document=document, options=first: check(document, options))
        previewing = cpu(lambda document=document, options=all_rules: check(document, options))
        found = f"{len(check(document, first))}, {len(check(document, all_rules))} with preview"
        ratio = f"{checking / reading:>6.1f}"
        print(f"{tactics:>8} {reading:>10.2f} {checking:>8.2f} {ratio} {bar:>6.1f} {previewing:>10.2f} {found}")
        missed |= checking > bar
    return int(missed | _typing())


def _typing() -> bool:
    """Print what one keystroke costs for several kinds of element, against a whole check; say whether a bar is missed."""
    document, options = parse_plan(plan_text(min(BARS))), CheckOptions(as_of=dt.date(2027, 1, 2))
    whole = cpu(lambda: check(document, options))
    print(f"\n{'element':>8} {'keystroke ms':>13} {'of a check':>11} {'bar ms':>7}")
    slowest = 0.0
    for element in TYPED:
        typed = cpu(lambda element=element: judge_element(document, element, options=options), 20)
        print(f"{element:>8} {1e3 * typed:>13.1f} {typed / whole:>11.3f} {1e3 * KEYSTROKE:>7.0f}")
        slowest = max(slowest, typed)
    return slowest > KEYSTROKE


if __name__ == "__main__":
    sys.exit(main())
