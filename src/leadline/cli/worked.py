"""`leadline worked`: can this sample tell? Four numbers in, an honest answer out; no workspace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli.options import DebugOption, JsonOption, QuietOption, say
from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.decide.worked import Worked

_NO_BREAK = "\u00a0"
_MONEY = re.compile(r"[kM]?([A-Z]{3})")


def worked(
    spend: Annotated[str, typer.Option("--spend", metavar="MONEY", help="What was spent: 600, or 600 EUR.")],
    sales: Annotated[str, typer.Option("--sales", metavar="COUNT", help="How many bought.")],
    worth: Annotated[str, typer.Option("--worth", metavar="MONEY", help="What one sale is worth (margin).")],
    responses: Annotated[
        str | None,
        typer.Option(
            "--responses",
            metavar="COUNT",
            help="How many clicked, answered, came. Decide the number before you look at the sales.",
            show_default=False,
        ),
    ] = None,
    believed: Annotated[
        str | None,
        typer.Option(
            "--believed",
            metavar="RATE",
            help="What was believed beforehand: 2 % of responses; without --responses money per sale.",
            show_default=False,
        ),
    ] = None,
    rest: Annotated[
        list[str] | None, typer.Argument(hidden=True, metavar="%", help="The sign of a rate written without quotes.")
    ] = None,
    noun: Annotated[str, typer.Option("--noun", help="What a response is called, in the plural.")] = "clicks",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Say whether so few sales can tell anything: does it pay, was the belief right, what would be enough.

    Example: leadline worked --spend 60 --responses 40 --sales 0 --worth 45 --believed "2 %"
    """
    from leadline.decide.worked import Sample, judge_sample

    # a shell hands over "2 %" as two words when nobody quoted it; only the belief can be a share
    if rest == ["%"] and believed is not None and responses is not None:
        believed, rest = f"{believed} %", None
    if rest:
        raise UsageError(
            f'"{" ".join(rest)}" belongs to no option. A number and its unit stand in quotes: --spend "60 EUR".'
        )
    currencies: dict[str, str] = {}
    sample = Sample(
        spend=_money("--spend", spend, currencies=currencies),
        sales=_count("--sales", sales),
        worth=_money("--worth", worth, currencies=currencies),
        responses=None if responses is None else _count("--responses", responses),
        believed=_belief(believed, counted=responses is not None, currencies=currencies),
        noun=noun,
    )
    if len(set(currencies.values())) > 1:
        named = ", ".join(f"{option} {currency}" for option, currency in currencies.items())
        raise UsageError(f"Two currencies were given: {named}. Write all amounts in one.")
    result = judge_sample(sample)
    currency = next(iter(currencies.values()), "")
    say(_json(result, currency) if as_json else "\n".join(_text(result, currency)))


def _text(result: Worked, currency: str) -> list[str]:
    import textwrap

    width = 80  # style.md 2.8: the terminal's 80 columns
    tied = result.sentence(currency).replace(" %", f"{_NO_BREAK}%")
    told = [line.replace(_NO_BREAK, " ") for line in textwrap.wrap(tied, width)]
    notes = [line for note in result.notes for line in textwrap.wrap(f"note: {note}", width)]
    return [f"{result.answer[0].upper()}{result.answer[1:]}.", "", *told, "", *notes]


def _money(option: str, text: str, *, currencies: dict[str, str]) -> float:
    from leadline.units import Quantity, UnitError

    try:
        quantity = Quantity.parse(text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) else text)
    except UnitError as error:
        raise UsageError(f"{option}: {error}") from None
    if quantity.unit is None:
        return quantity.value
    match = _MONEY.fullmatch(quantity.unit)
    if match is None:
        raise UsageError(f'{option} "{text}" is not money. Write 600, or with its currency 600 EUR.')
    currencies[option] = match[1]
    return quantity.to(match[1])


def _count(option: str, text: str) -> int:
    plain = text.replace(",", "").replace("_", "")
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", plain):
        raise UsageError(f'{option} "{text}" is not a whole number. Write how many there were, such as 40.')
    return int(plain.partition(".")[0])


def _belief(text: str | None, *, counted: bool, currencies: dict[str, str]) -> float | None:
    if text is None:
        return None
    if not counted:
        if "%" in text:
            raise UsageError(
                f'--believed "{text}" is a rate, and --responses is missing. Add it, or write money per sale.'
            )
        return _money("--believed", text, currencies=currencies)
    from leadline.units import Quantity, UnitError

    try:
        quantity = Quantity.parse(text)
        return quantity.value if quantity.unit is None else quantity.to("share")
    except UnitError as error:
        raise UsageError(f"--believed: {error}") from None


def _json(result: Worked, currency: str) -> str:
    from leadline.review.verb_documents import WorkedDocument

    sample, enough = result.sample, result.enough
    belief = result.under_belief
    low, high = result.cost_per_sale
    return WorkedDocument(
        currency=currency or None, spend=sample.spend, responses=sample.responses, sales=sample.sales, worth=sample.worth,
        believed=sample.believed if result.counted else None,
        believed_cost_per_sale=None if result.counted else sample.believed,
        model="binomial" if result.counted else "poisson", expected=result.expected, break_even=result.break_even,
        p_at_most_believed=None if belief is None else belief.at_most,
        p_at_least_believed=None if belief is None else belief.at_least,
        p_at_most_break_even=result.at_break_even.at_most, p_at_least_break_even=result.at_break_even.at_least,
        rate90=[result.low, result.high] if result.counted else None,
        sales90=None if result.counted else [result.low, result.high], cost_per_sale90=[low, high],
        net=result.net, net90=[result.net_low, result.net_high], against_break_even=result.payback,
        against_belief=result.against, answer=result.answer, enough_unit="responses" if result.counted else "spend",
        enough_without_a_sale_against_break_even=enough.against_break_even,
        enough_without_a_sale_against_belief=enough.against_believed, enough_to_notice_half=enough.notice_half,
        first_to_notice_half=enough.first_notice, sentence=result.sentence(currency), notes=list(result.notes),
    ).model_dump_json(indent=1)  # fmt: skip
