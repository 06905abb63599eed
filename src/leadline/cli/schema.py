"""`leadline schema`: the JSON schema of the plan, or of a verb's document."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from leadline.cli.options import DebugOption, say
from leadline.review.published import DOCUMENTS, document_schema

__all__ = ["DOCUMENTS", "schema"]


def schema(
    verb: Annotated[str | None, typer.Argument(help="A verb; without one, the plan.", show_default=False)] = None,
    debug: DebugOption = False,
) -> None:
    """Print the JSON schema of the plan (for editors), or of the document that a verb prints with --json.

    Example: leadline schema check
    """
    say(json.dumps(document_schema(verb or "plan"), indent=1))
