"""All verbs, in the order in which a plan lives: write, check, bring in, measure, decide, show."""

from __future__ import annotations

from collections.abc import Callable

import typer

from leadline.cli import attribute, check, evidence, init, pipeline, results, review, schema

app = typer.Typer(
    name="leadline",
    help="Write a marketing strategy down as a plan, check it, measure its bets, decide on them, show it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS: dict[str, Callable[..., None]] = {
    "demo": review.demo,
    "init": init.init,
    "check": check.check,
    "explain": check.explain,
    "map": review.map_,
    "import": evidence.import_,
    "evidence": evidence.evidence,
    "measure": results.measure,
    "decide": results.decide,
    "review": review.review,
    "report": review.report,
    "schema": schema.schema,
    "attribute": attribute.attribute,
    "pipeline": pipeline.pipeline,
}
for name, verb in VERBS.items():
    app.command(name)(verb)
