"""`leadline mix`: what each channel brought, from any table of an outcome and spend over time."""

from __future__ import annotations

import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.attribute import Numbers
from leadline.cli.options import DebugOption, JsonOption, QuietOption, SeedOption, finish, progress, say
from leadline.review.mix_running import cache_folder, progress_words
from leadline.words import harmless, share

if TYPE_CHECKING:
    from leadline.inputs import Experiment, Panel
    from leadline.measure.mix.config import MixConfig
    from leadline.measure.mix.options import MixOptions
    from leadline.measure.mix.result import MixChannel, MixResult, Quantity
    from leadline.measure.mix.sampler import Progress
    from leadline.measure.mix.scales import Scales
    from leadline.measure.mix.validate import Validity

WIDTH = 80  # style.md 2.8: the terminal's 80 columns
NAME_LEAST = 12  # own: a name cut shorter is not known again
LEANING_MOST = 3  # own: channels whose doubt is told in full; the page tells it of all
QUIET_SECONDS = 1.0  # style.md 2.6: what takes longer says how far it is
_NO_BREAK = "\u00a0"
# How `read_panel` asks for what an option says, and how one says it here.
KEYWORDS = (
    (re.compile(r"(?<=Name it: )value_per_unit=COLUMN"), "--value-per-unit COLUMN"),
    (re.compile(r"(?<=Name it: )(\w+)=COLUMN"), r"--\1 COLUMN"),
    (re.compile(r"\bdates=(mdy|dmy)\b"), r"--dates \1"),
    (
        re.compile(r"(columns may be (date|kpi|geo|population): .*)Name the one meant, and the others under drop"),
        r"\1Name the one meant with --\2, and the others with --drop",
    ),
    (re.compile(r"Name the one meant, and the others under drop"), "Name the ones not meant with --drop"),
    (re.compile(r"under controls or channels, or under drop"), "with --controls or --channels, or with --drop"),
    (re.compile(r"Name them under drop, or under controls "), "Name them with --drop, or with --controls "),
    (re.compile(r"list them under channels"), "list them with --channels"),
    (re.compile(r"name the one under drop"), "name the one with --drop"),
    (re.compile(r"leave the column out with drop"), "leave the column out with --drop"),
    (re.compile(r"Name one with sheet"), "Name one with --sheet"),
    (re.compile(r"(?<=on \d{4}-\d\d-\d\d) in \*"), ""),  # a table without places has one, called *
)


def mix(
    panel: Annotated[
        Path,
        typer.Argument(
            help="CSV, Parquet or xlsx: date, outcome, <channel>_spend and/or <channel>_impressions, controls; geo and population where known."
        ),
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="MIX.yaml", help="Columns, kinds of channels, priors, baseline.", show_default=False
        ),
    ] = None,
    experiments: Annotated[
        Path | None,
        typer.Option(
            "--experiments",
            metavar="TESTS",
            help="Finished tests to hold the model to: channel, start, end, spend_difference, estimate, low, high.",
            show_default=False,
        ),
    ] = None,
    instant: Annotated[bool, typer.Option("--instant", help="A quick estimate instead of sampling.")] = False,
    validate: Annotated[
        bool, typer.Option("--validate", help="Try it on what it has not seen: takes several fits.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE.html", help="Page to write (html, pdf, docx, md, …).", show_default=False
        ),
    ] = None,
    date: Annotated[str | None, typer.Option(help="Column of the date.", show_default=False)] = None,
    kpi: Annotated[str | None, typer.Option(help="Column of the outcome.", show_default=False)] = None,
    geo: Annotated[str | None, typer.Option(help="Column of the place.", show_default=False)] = None,
    population: Annotated[str | None, typer.Option(help="Column of the population.", show_default=False)] = None,
    value_per_unit: Annotated[
        str | None,
        typer.Option("--value-per-unit", help="Column of what one of the outcome is worth.", show_default=False),
    ] = None,
    channels: Annotated[
        str | None, typer.Option(metavar="A,B", help="Columns that are channels.", show_default=False)
    ] = None,
    controls: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Columns of what else moves the outcome; default the rest.", show_default=False
        ),
    ] = None,
    drop: Annotated[str | None, typer.Option(metavar="A,B", help="Columns to leave out.", show_default=False)] = None,
    currency: Annotated[
        str | None,
        typer.Option(help="Currency of outcome and spend; none: the outcome is a count.", show_default=False),
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.", show_default=False)] = None,
    numbers: Annotated[
        Numbers | None, typer.Option("--numbers", help="How numbers are written.", show_default=False)
    ] = None,
    dates: Annotated[
        str | None, typer.Option("--dates", metavar="ymd|dmy|mdy", help="Order of dates.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Measure what each channel brought, how sure that is, and what the next money would bring.

    Example: leadline mix national.csv --kpi revenue --currency EUR -o mix.html
    """
    from leadline.report.writing import write_page, writer_for

    begun = time.perf_counter()
    if output is not None:
        writer_for(output)  # an unknown ending is told before the work, not after it
    said = _said(config)
    given = {"date": date, "kpi": kpi, "geo": geo, "population": population, "value_per_unit": value_per_unit,
             "channels": channels, "controls": controls, "drop": drop}  # fmt: skip
    read = _read(panel, said, {name: column for name, column in given.items() if column}, currency=currency, sheet=sheet,
                 numbers=numbers.value if numbers else None, dates=dates)  # fmt: skip
    options = _options(said.options, seed=seed, instant=instant)
    tests = () if experiments is None else _tests(experiments)
    fits = _Fits(while_fitting(quiet=quiet))
    result, validity = fits(read, options, experiments=tests), None
    if validate:
        result, validity = _tried(fits, read, options, experiments=tests, tell=while_fitting(quiet=quiet))
    if output is not None:
        from leadline.report.pages.mix import mix_page

        write_page(mix_page(result, name=panel.name, validity=validity), output)
        progress(f"written: {output}", quiet=quiet)
    if as_json:
        from leadline.review.mix_document import mix_document

        say(mix_document(result, seconds=time.perf_counter() - begun, validity=validity).model_dump_json(indent=1))
    else:
        seconds, again = time.perf_counter() - begun, f"leadline mix {panel.name} --config {config or 'mix.yaml'}"
        say("\n".join(mix_lines(result, panel.name, seconds=seconds, validity=validity, again=again)))
    finish(int(not result.convergence.converged))


def _said(config: Path | None) -> MixConfig:
    if config is None:
        from leadline.measure.mix.config import MixConfig

        return MixConfig()
    from leadline.review.mix_files import read_mix

    return read_mix(config)


def _read(path: Path, said: MixConfig, given: dict[str, Any], *, currency: str | None, **how: str | None) -> Panel:
    """Return the panel; what the command line says goes before what the file says, and errors name options."""
    from leadline.errors import InputError, UsageError
    from leadline.evidence.panel_files import read_panel

    if "channels" in given and "channels" in said.columns:
        raise UsageError("--channels and the MIX.yaml both name channels. Say it in one of them.")
    money = said.currency if currency is None else currency
    try:
        read = read_panel(path, currency=money, **{**said.columns, **given, **how})
    except UsageError as problem:
        raise UsageError(by_option(str(problem))) from None
    except InputError as problem:
        raise InputError([by_option(one) for one in problem.problems]) from None
    return said.of(read)


def by_option(text: str) -> str:
    """Return an error of `read_panel` with the options of this command in place of its keywords; names stay as written.

    >>> by_option("a.csv: no column for kpi was found. Columns: date, y. Name it: kpi=COLUMN.")
    'a.csv: no column for kpi was found. Columns: date, y. Name it: --kpi COLUMN.'
    """
    for pattern, option in KEYWORDS:
        text = pattern.sub(option, text)
    return text


def _tests(path: Path) -> Sequence[Experiment]:
    from leadline.evidence.experiment_files import read_experiments

    return read_experiments(path)


def _options(options: MixOptions, *, seed: int | None, instant: bool) -> MixOptions:
    sampling = replace(options.sampling, instant=instant or options.sampling.instant)
    return replace(options, seed=options.seed if seed is None else seed, sampling=sampling)


@dataclass
class _Fits:
    """Fits panels with compiled models that are kept, and keeps the first result: a validation begins with the same fit."""

    tell: Callable[[Progress], None] | None
    first: tuple[str, MixOptions, MixResult] | None = None

    def __call__(
        self, panel: Panel, options: MixOptions, *, experiments: Sequence[Experiment] = (), scales: Scales | None = None
    ) -> MixResult:
        from leadline.measure.mix.fit import fit_mix

        if self.first is not None and scales is None and self.first[:2] == (panel.hash, options):
            return self.first[2]
        result = fit_mix(
            panel, options, experiments=experiments, scales=scales, cache_folder=cache_folder(), progress=self.tell
        )
        if self.first is None:
            self.first, self.tell = (panel.hash, options, result), None
        return result


def _tried(
    fits: _Fits,
    panel: Panel,
    options: MixOptions,
    *,
    experiments: Sequence[Experiment],
    tell: Callable[[Progress], None],
) -> tuple[MixResult, Validity | None]:
    """Return the result with how it does on what it has not seen; None where it did not settle, or could not be tried.

    The fit took minutes: a validation that fails costs a note, not the result.
    """
    from leadline.errors import InputError, NothingDone
    from leadline.measure.mix.validate import validate_mix

    result = fits(panel, options, experiments=experiments)
    if not result.convergence.converged:
        return result, None
    try:
        validity = validate_mix(panel, options, experiments=experiments, progress=tell, fit=fits)
    except (InputError, NothingDone) as problem:
        return replace(result, notes=(*result.notes, f"it could not be tried on what it had not seen: {problem}")), None
    return replace(result, holdout=validity.holdout), validity


def while_fitting(*, quiet: bool) -> Callable[[Progress], None]:
    """Return what says how far a fit is: once a second, on a terminal, after the first second."""
    last = time.perf_counter()

    def tell(seen: Progress) -> None:
        nonlocal last
        now = time.perf_counter()
        if not quiet and sys.stderr.isatty() and (now - last >= QUIET_SECONDS or seen.done >= seen.total > 0):
            last = now
            end = "\n" if seen.done >= seen.total > 0 else ""
            sys.stderr.write(f"\r{harmless(progress_words(seen)):<{WIDTH - 1}}{end}")
            sys.stderr.flush()

    return tell


# Text


def mix_lines(
    result: MixResult,
    name: str,
    *,
    seconds: float,
    validity: Validity | None = None,
    page: str = "-o mix.html",
    again: str = "",
) -> Iterator[str]:
    """Yield a result as text, in lines of the terminal.

    seconds: it took · page: what tells more, as one would call it · again: the same of how a mix.yaml is taken
    """
    from leadline.measure.mix.result import named
    from leadline.measure.mix.wording import leaning, leaning_words, note

    yield from _wrapped(_head(result, name, seconds=seconds))
    yield ""
    told = result.sentence()
    yield from _wrapped(told)
    if again and "mix.yaml" in told:
        yield from _wrapped(f"A mix.yaml is taken by {again.replace(' ', _NO_BREAK)}")
    if result.convergence.converged:
        yield ""
        yield from _table(result)
        for one in _once(result):
            yield ""
            yield from _wrapped(note(result, one))
        weak = leaning(result)
        for one in weak[:LEANING_MOST]:
            yield ""
            yield from _wrapped(leaning_words(result, one))
        if weak[LEANING_MOST:]:
            yield ""
            rest = named([one.name for one in weak[LEANING_MOST:]])
            yield from _wrapped(f"The same of {rest}: {page.replace(' ', _NO_BREAK)}.")
    if validity is not None:
        yield ""
        yield from _wrapped(f"Tried on what it had not seen: {validity.sentence()}")
    notes = dict.fromkeys((*result.notes, *(() if validity is None else validity.notes)))
    if notes:
        yield ""
    for text in notes:
        yield from _wrapped(f"note: {text}")


def _once(result: MixResult) -> Iterator[MixChannel]:
    """Yield the channels that cannot be told; of those that can be told together only one, with a remedy if any has one."""
    from leadline.measure.mix.wording import untold

    seen: set[frozenset[str]] = set()
    for one in sorted(untold(result), key=lambda one: not one.remedy):
        members = frozenset(() if one.told is None else one.told.channels)
        if not members or members not in seen:
            seen.add(members)
            yield one


def _head(result: MixResult, name: str, *, seconds: float) -> str:
    found = result.convergence
    places = f", {result.places} places" if result.places > 1 else ""
    facts = [] if found.max_rhat is None else [f"R-hat {found.max_rhat:.3f}"]
    facts += [] if found.min_ess_bulk is None else [f"{found.min_ess_bulk:.0f} effective draws"]
    facts += [f"{found.divergences} divergences"] if found.divergences else []
    facts += [] if found.k is None else [f"Pareto k {found.k:.2f}"]
    how = "quick estimate" if result.method == "instant" else "settled" if found.converged else "not settled"
    told = f" ({', '.join(facts)})" if facts else ""
    return (
        f"Mix of {result.kpi}, {name}: {len(result.series.time)} {result.grain}s{places}, totals from {result.window[0]} to "
        f"{result.window[1]}; {how}{told}, {seconds:.0f} s"
    )


def _table(result: MixResult) -> Iterator[str]:
    """Yield a line per channel or set: what it brought, what came back, and how it is known."""
    from leadline.measure.mix.charts import lines
    from leadline.measure.mix.wording import HALF, amount, decimal_words, known_words, prior_weight

    def brief(quantity: Quantity) -> str:
        return amount(result, quantity).replace("90 %: ", "")

    told = lines(result)
    rows: list[tuple[str, ...]] = [
        ("channel", "brought (90 %)", "back per 1" if any(one.roi is not None for one in told) else "", "known")
    ]
    for one in told:
        back = "" if one.roi is None else "{} ({} to {})".format(*decimal_words(one.roi))
        known = known_words(result.channel(one.name), result.grain) if len(one.members) == 1 else one.said
        rows.append((one.name, brief(one.contribution), back, known))
    for driver in (one for one in result.channels if one.kind == "driver" and one.verdict != "not identified"):
        known = "" if driver.is_identified else f", {known_words(driver, result.grain)}"
        rows.append((driver.name, brief(driver.contribution), f"{driver.reason}{known}"))
    without, weight = ("can't be told", 0.0) if not result.all_told else (brief(result.baseline), prior_weight(result))
    rows.append(("without marketing", without, "", f"{share(weight, 0)} assumed" if weight > HALF else ""))
    yield from _columns(rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines; names are cut where they would not leave room for numbers. The last cell of a row may be longer."""
    heads = len(rows[0])
    sizes = [max(len(row[at]) for row in rows if len(row) == heads or at < 2) for at in range(heads)]
    shown = [at for at in range(heads) if sizes[at]]
    sizes[0] = min(sizes[0], max(NAME_LEAST, WIDTH - sum(sizes[1:]) - 2 * (len(shown) - 1)))
    for row in rows:
        cells = [_cut(row[0], sizes[0]), *row[1:]]
        yield "  ".join(f"{cells[at]:<{sizes[at]}}" for at in shown if at < len(cells)).rstrip()


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _wrapped(text: str) -> Iterator[str]:
    """Yield a text in lines of the terminal; a number stays with its sign."""
    tied = text.replace(" %", f"{_NO_BREAK}%").replace("> ", f">{_NO_BREAK}")
    yield from (line.replace(_NO_BREAK, " ") for line in textwrap.wrap(tied, WIDTH, break_on_hyphens=False))
