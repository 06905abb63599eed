"""`leadline pipeline`: rates, lags and what is still to come from any stage history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import AsOfOption, DebugOption, JsonOption, QuietOption, SeedOption, day, progress, say
from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.evidence.stage_files import StageTable
    from leadline.measure.bridge import BridgeResult, PipelineForecast

COLUMNS = ("subject", "stage", "entered_at", "amount", "end", "tactic", "origin")


def pipeline(
    stages: Annotated[
        Path, typer.Argument(help="CSV, Parquet, jsonl or spreadsheet: subject, stage, entered_at (amount, won/lost).")
    ],
    recorded_from: Annotated[
        list[str] | None,
        typer.Option(
            "--recorded-from",
            metavar="[STAGE=]DATE",
            help="Day from which entries into a stage (the last, unless named) were recorded at all. Repeatable.",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            "--stages", metavar="A,B,C", help="Stages in order; default as subjects pass them.", show_default=False
        ),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="How far to look ahead.")] = 90,
    subject: Annotated[str | None, typer.Option(help="Column of the subject.", show_default=False)] = None,
    stage: Annotated[str | None, typer.Option(help="Column of the stage.", show_default=False)] = None,
    entered_at: Annotated[str | None, typer.Option(help="Column of the moment of entry.", show_default=False)] = None,
    amount: Annotated[str | None, typer.Option(help="Column of the amount.", show_default=False)] = None,
    end: Annotated[str | None, typer.Option(help="Column that says won or lost.", show_default=False)] = None,
    tactic: Annotated[str | None, typer.Option(help="Column of the tactic.", show_default=False)] = None,
    origin: Annotated[str | None, typer.Option(help="Column of the origin.", show_default=False)] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.", show_default=False)] = None,
    dates: Annotated[
        str | None, typer.Option("--dates", metavar="ymd|dmy|mdy", help="Order of dates.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Measure the steps of a pipeline: how many move on, how long it takes, what is still to come.

    Example: leadline pipeline deals.csv --recorded-from won=2026-01-01
    """
    from leadline.evidence.sources.records import ImportOptions
    from leadline.evidence.stage_files import read_stage_file
    from leadline.measure.bridge import BridgeOptions, OpenPipeline, fit_bridges, forecast_pipeline

    given = dict(zip(COLUMNS, (subject, stage, entered_at, amount, end, tactic, origin), strict=True))
    columns = {name: column for name, column in given.items() if column}
    table = read_stage_file(
        stages, columns, order=order.split(",") if order else (), options=ImportOptions(sheet=sheet, dates=dates)
    )
    now = day(as_of)
    moment = dt.datetime.combine(now, dt.time.max) if now else table.last_moment
    steps = table.steps(moment, _recorded(recorded_from or [], table.order))
    progress(f"measuring {len(steps)} steps of {len(table.entries)} entries", quiet=quiet)
    result = fit_bridges(steps, BridgeOptions(seed=1 if seed is None else seed))
    forecast = forecast_pipeline(
        result.steps, OpenPipeline.of(steps), days=sorted({30.0, 60.0, float(days)}), seed=1 if seed is None else seed
    )
    say(_json(table, result, forecast, moment) if as_json else _text(table, result, forecast, moment))


def _recorded(given: Sequence[str], order: Sequence[str]) -> Mapping[str, dt.datetime]:
    moments = {}
    for text in given:
        name, found, date = text.rpartition("=")
        state = name if found else order[-1]
        try:
            moments[state] = dt.datetime.fromisoformat(date)
        except ValueError:
            raise UsageError(
                f'--recorded-from "{text}" is not [STAGE=]DATE. Write --recorded-from {order[-1]}=2026-01-01.'
            ) from None
    return moments


def _json(table: StageTable, result: BridgeResult, forecast: PipelineForecast, moment: dt.datetime) -> str:
    from leadline.review.verb_documents import PipelineDocument

    return PipelineDocument(
        as_of=moment.date(),
        order=list(table.order),
        rejected=[dict(reject) for reject in table.rejects],
        steps=result.table(),
        forecast=forecast.table(),
        notes=[*result.notes, *forecast.notes],
    ).model_dump_json(indent=1)


def _text(table: StageTable, result: BridgeResult, forecast: PipelineForecast, moment: dt.datetime) -> str:
    lines = [
        f"Pipeline {' > '.join(table.order)} as of {moment:%Y-%m-%d}",
        "",
        result.sentence(),
        "",
        forecast.sentence(),
    ]
    lines += ["", *[f"note: {note}" for note in (*result.notes, *forecast.notes)]]
    if table.rejects:
        lines += ["", *(_reject(reject) for reject in table.rejects[:10])]
        lines.append(
            f"{'1 row was' if len(table.rejects) == 1 else f'{len(table.rejects)} rows were'} not taken; --json lists them all."
        )
    return "\n".join(lines)


def _reject(reject: Mapping[str, Any]) -> str:
    return f"line {reject['line']}: {reject['text']}: {reject['raw']}"
