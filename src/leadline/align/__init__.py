"""Room: align. The checks: a plan is judged the way a compiler judges a program.

finding.py   what a rule saw (Found), what a reader gets (Finding)
rule.py      the `rule` decorator: a documented generator becomes a Rule
case.py      Case = plan + evidence facts + settled bets, with everything rules share
rules/       one file per family
registry.py  FIRST and PREVIEW, explicit tuples
run.py       check(document, options) -> CheckResult
"""
