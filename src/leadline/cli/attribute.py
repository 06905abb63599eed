"""`leadline attribute`: credit per channel from any file of journeys."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, SeedOption, progress, say
from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.evidence.path_files import PathFile
    from leadline.measure.paths import Comparison, Credits

MODELS_A_BLOCK = 3  # house: three models beside the channel fit 80 columns
DAY = 86_400  # seconds: options are given in days, measured in seconds


class Person(StrEnum):
    """Whose journeys they are."""

    PERSON = "person"
    ACCOUNT = "account"


class Numbers(StrEnum):
    """How numbers are written."""

    EN = "en"
    DE = "de"


def attribute(
    paths: Annotated[
        Path,
        typer.Argument(
            help="CSV, Parquet or xlsx: paths (steps joined by ' > ') with conversions, value, nulls; or one row per touch and conversion."
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model", help="first, last, last-non-direct, linear, position, time-decay, markov, shapley-…, or all."
        ),
    ] = "markov",
    order: Annotated[str, typer.Option("--order", metavar="K|auto", help="Order of the Markov chain.")] = "1",
    half_life: Annotated[
        float,
        typer.Option("--half-life", metavar="DAYS", help="Time decay: days in which a touch loses half its weight."),
    ] = 7.0,
    window: Annotated[
        float,
        typer.Option("--window", metavar="DAYS", help="Event tables: days a touch may lie before its conversion."),
    ] = 90.0,
    level: Annotated[Person, typer.Option("--level", help="Event tables: whose journeys.")] = Person.PERSON,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", metavar="N", help="Replicates behind the intervals; 0 for none.")
    ] = 400,
    min_cell: Annotated[
        int, typer.Option("--min-cell", metavar="K", help="Pool channels seen by fewer people than this.")
    ] = 0,
    path: Annotated[str | None, typer.Option(help="Column of the path.", show_default=False)] = None,
    conversions: Annotated[str | None, typer.Option(help="Column of conversions.", show_default=False)] = None,
    value: Annotated[str | None, typer.Option(help="Column of the value.", show_default=False)] = None,
    nulls: Annotated[
        str | None, typer.Option(help="Column of journeys without conversion.", show_default=False)
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Event tables: column of the subject.", show_default=False)
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Event tables: column of the account.", show_default=False)
    ] = None,
    at: Annotated[str | None, typer.Option(help="Event tables: column of the moment.", show_default=False)] = None,
    channel: Annotated[
        str | None, typer.Option(help="Event tables: column of the channel.", show_default=False)
    ] = None,
    conversion: Annotated[
        str | None, typer.Option(help="Event tables: column that marks conversions.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.", show_default=False)] = None,
    numbers: Annotated[
        Numbers | None, typer.Option("--numbers", help="How numbers are written.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Credit conversions to channels. Credit is not lift: a credited channel need not have caused anything.

    Example: leadline attribute paths.csv --model all
    """
    from leadline.evidence.path_files import read_paths
    from leadline.measure.paths import PathOptions, compare_credits, credit_paths

    roles = {"path": path, "conversions": conversions, "value": value, "nulls": nulls, "subject": subject,
             "account": account, "at": at, "channel": channel, "conversion": conversion}  # fmt: skip
    progress(f"reading {paths.name}", quiet=quiet)
    read = read_paths(paths, sheet=sheet, numbers=numbers.value if numbers else None, **roles)
    options = PathOptions(
        order="auto" if order == "auto" else _whole(order), half_life=half_life * DAY, window=window * DAY,
        level=level.value, bootstrap=bootstrap, min_cell=min_cell, seed=1 if seed is None else seed,
    )  # fmt: skip
    if model == "all":
        compared = compare_credits(read.journeys, options)
        say(_json(compared.credits, read, compared.notes) if as_json else _comparison(compared, read))
        return
    credits_ = credit_paths(read.journeys, model, options=options)
    say(_json((credits_,), read, credits_.notes) if as_json else _text(credits_, read))


def _whole(order: str) -> int:
    if not order.isdecimal() or order == "0":
        raise UsageError(f'--order "{order}" is neither a whole number from 1 nor auto.')
    return int(order)


def _json(credits_: tuple[Credits, ...], read: PathFile, notes: tuple[str, ...]) -> str:
    from leadline.review.verb_documents import AttributeDocument, AttributeDocuments, CreditRow

    documents = [
        AttributeDocument(
            model=one.name,
            total_conversions=one.total_conversions,
            total_value=one.total_value,
            credit=[CreditRow.model_validate(row) for row in one.table()],
            notes=[*(notes if len(credits_) == 1 else one.notes), *read.notes],
            rejected=[{"line": reject.line, "reason": reject.reason, "text": reject.text} for reject in read.rejects],
        )
        for one in credits_
    ]
    if len(documents) == 1:
        return documents[0].model_dump_json(indent=1)
    return AttributeDocuments(models=documents, notes=list(notes)).model_dump_json(indent=1)


def _text(one: Credits, read: PathFile) -> str:
    from leadline import words

    lines = [one.sentence(), ""]
    for row in one.table():
        amount = words.number(_number(row["conversions"]), 5)
        low, high = row.get("low"), row.get("high")
        interval = (
            ""
            if low is None or high is None
            else f" (90 %: {words.number(_number(low), 4)} to {words.number(_number(high), 4)})"
        )
        effect = row.get("removal_effect")
        removal = "" if effect is None else f"  removal effect {words.share(_number(effect))}"
        lines.append(f"{row['channel']!s:<24} {amount:>10}{interval}{removal}")
    return "\n".join([*lines, "", *_ends(read, one.notes)])


def _comparison(compared: Comparison, read: PathFile) -> str:
    from leadline import words

    rows = compared.table()
    names = [key for key in rows[0] if key != "channel"]
    lines = [compared.sentence()]
    for begin in range(0, len(names), MODELS_A_BLOCK):
        block = names[begin : begin + MODELS_A_BLOCK]
        lines += ["", "conversions credited".ljust(20) + "".join(f"{name[:18]:>20}" for name in block)]
        lines += [
            f"{row['channel']!s:<20}" + "".join(f"{words.number(_number(row[name]), 5):>20}" for name in block)
            for row in rows
        ]
    return "\n".join([*lines, "", *_ends(read, compared.notes)])


def _number(value: Any) -> float:  # noqa: ANN401 - a cell of a table
    return float(value)


def _ends(read: PathFile, notes: tuple[str, ...]) -> list[str]:
    lines = [f"note: {note}" for note in (*notes, *read.notes)]
    lines += [f"line {reject.line}: {reject.text}" for reject in read.rejects[:10]]
    if read.rejects:
        lines.append(f"{len(read.rejects)} of {read.read} rows were not taken; --json lists them all.")
    return lines
