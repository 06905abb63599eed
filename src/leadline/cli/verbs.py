"""All verbs, in the order in which a plan lives: write, check, bring in, measure, decide, show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from leadline.cli import (
    attribute,
    check,
    diff,
    drift,
    evidence,
    example,
    init,
    links,
    maps,
    mix,
    pipeline,
    privacy,
    results,
    review,
    schema,
    serve,
    start,
    what_if,
    worked,
)
from leadline.cli.options import say

app = typer.Typer(
    name="leadline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS: dict[str, Callable[..., None]] = {
    "demo": review.demo,
    "start": start.start,
    "init": init.init,
    "example": example.example,
    "check": check.check,
    "explain": check.explain,
    "map": maps.map_,
    "diff": diff.diff,
    "review-link": links.review_link,
    "waive": links.waive,
    "import": evidence.import_,
    "evidence": evidence.evidence,
    "forget": privacy.forget,
    "drift": drift.drift,
    "measure": results.measure,
    "decide": results.decide,
    "review": review.review,
    "report": review.report,
    "serve": serve.serve,
    "schema": schema.schema,
    "attribute": attribute.attribute,
    "mix": mix.mix,
    "pipeline": pipeline.pipeline,
    "what-if": what_if.what_if,
    "worked": worked.worked,
}


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        say(f"leadline {metadata.version('leadline')}")
        raise typer.Exit


@app.callback()
def leadline(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Write a marketing strategy down as a plan, check it, measure its bets, decide on them, show it."""


for name, verb in VERBS.items():
    app.command(name)(verb)
