"""All verbs, in the order in which a plan lives: write, check, bring in, measure, decide, show."""

from __future__ import annotations

import typer

from leadline.cli import attribute, check, init, pipeline, schema

app = typer.Typer(
    name="leadline",
    help="Write a marketing strategy down as a plan, check it, measure its bets, decide on them, show it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = (init.init, check.check, check.explain, schema.schema, attribute.attribute, pipeline.pipeline)
for verb in VERBS:
    app.command(no_args_is_help=False)(verb)
