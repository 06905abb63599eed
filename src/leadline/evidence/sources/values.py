"""What the text of a cell means: nulls, numbers, money, dates, names. One locale and one date order per file.

A value is taken exactly or not at all: text that fits neither reading raises `BadValue`, and nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.errors import UsageError

NumberLocale = Literal["en", "de"]

NULLS = frozenset({"", "-", "--", "n/a"})  # design/evidence 1: null means unknown or not reported
LONGEST_NULL = max(map(len, NULLS))
MONEY_STEP = Decimal("0.0001")  # DECIMAL(18,4), design/evidence 1
MONEY_BOUND = Decimal(10) ** 14  # digits before the point of DECIMAL(18,4)
COUNT_BOUND = 2**63  # BIGINT
EXACT_ID_DIGITS = 15  # design/evidence 2.3: an id kept as a number of 16 digits or more has lost digits
CACHED = 1 << 16  # distinct texts remembered; own: a file has few days and many repeats

_SPACES = re.compile(r"\s+")
_GROUP_SPACES = str.maketrans("", "", "\u00a0\u202f\u2009\u2007 '’")
_EN = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?|[+-]?\.\d+", re.ASCII)
_DE = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?|[+-]?,\d+", re.ASCII)
_EN_ONLY = re.compile(r"\d+\.(?:\d\d?|\d{4,})", re.ASCII)  # the usual decimal, told at one look
_DE_ONLY = re.compile(r"\d+,(?:\d\d?|\d{4,})", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")
_CURRENCY = re.compile(
    r"^(?:[A-Z]{3}|[€$£¥₣₺₹]|CA\$|A\$|US\$|kr|zł|Fr\.)\s*(?=[+\-\d.,])|(?<=\d)\s*(?:[A-Z]{3}|[€$£¥₣₺₹]|kr|zł|Fr\.)$"
)
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?"
)
_PARTS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")

TOTALS = frozenset({"total", "totals", "gesamt", "summe", "gesamtsumme", "grand total"})  # design/evidence 2.3, and own
TOTALS_BEGIN = frozenset('tTgGsS"\ufeff')

DateOrder = Literal["ymd", "mdy", "dmy"]


class BadValue(ValueError):
    """A text that is no value of the wanted kind; the message is the reject's text."""


@lru_cache(maxsize=CACHED)
def plain_name(text: str) -> str:
    r"""Return a name as names are compared: NFKC, case folded, marks and quotes off, white space single.

    >>> plain_name('\ufeff"Campaign\u00a0 ID" ')
    'campaign id'
    """
    folded = unicodedata.normalize("NFKC", text).replace("\ufeff", "").strip().strip('"').casefold()
    return _SPACES.sub(" ", folded).strip()


def is_null(value: object) -> bool:
    """Return whether a cell says "unknown or not reported": empty, `--`, `-`, `n/a`."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in NULLS)


def text_of(value: object) -> str | None:
    """Return a cell as text, None where null; a whole number loses the point a spreadsheet gave it."""
    if isinstance(value, str):
        text = value.strip()
        return None if len(text) <= LONGEST_NULL and text.casefold() in NULLS else text
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def id_of(value: object) -> str | None:
    """Return an id as text. Raises BadValue where a spreadsheet's number has lost its last digits."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**EXACT_ID_DIGITS:
        raise BadValue(
            "an id kept as a number of 16 digits or more has lost digits: format the column as text, or export CSV"
        )
    return text_of(value)


def _bare(text: str) -> str:
    """Take sign variants, currency marks and outer spaces off a number."""
    cleaned = _CURRENCY.sub("", text.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " "))
    cleaned = cleaned.strip()
    if _SPACED.fullmatch(cleaned):
        return cleaned.translate(_GROUP_SPACES)
    return cleaned


@lru_cache(maxsize=CACHED)
def number_vote(text: str) -> NumberLocale | None:
    """Return the only locale in which a text is a number, or None where both or neither fit.

    >>> number_vote("1.234,56"), number_vote("0.5"), number_vote("1,234")
    ('de', 'en', None)
    """
    if text.isdigit():
        return None
    if _EN_ONLY.fullmatch(text):
        return "en"
    if _DE_ONLY.fullmatch(text):
        return "de"
    bare = _bare(text).removesuffix("%").strip().lstrip("<>")
    english, german = _EN.fullmatch(bare) is not None, _DE.fullmatch(bare) is not None
    if english == german:
        return None
    return "en" if english else "de"


@lru_cache(maxsize=CACHED)
def is_open(text: str) -> bool:
    """Return whether a text is a different number in each locale, such as `1,234`."""
    bare = _bare(text)
    return ("," in bare or "." in bare) and _EN.fullmatch(bare) is not None and _DE.fullmatch(bare) is not None


def number_of(value: object, locale: NumberLocale) -> Decimal | None:
    """Return an exact number, None where null. `12 %` is 0.12. Raises BadValue.

    A spreadsheet's float is taken by its shortest text, so 34.1 is 34.1 and not its binary neighbour.

    >>> number_of("1.020,50 €", "de"), number_of(" --", "en"), number_of("3.5%", "en")
    (Decimal('1020.50'), None, Decimal('0.035'))
    """
    if isinstance(value, str):
        text = value.strip()
        if text.isdigit() and text.isascii():
            return Decimal(text)
        if (_EN if locale == "en" else _DE).fullmatch(text):
            return Decimal(text.replace(",", "") if locale == "en" else text.replace(".", "").replace(",", "."))
        return None if text.casefold() in NULLS else _number_of_text(text, locale)
    if value is None:
        return None
    if isinstance(value, bool):
        raise BadValue(f"{value} is not a number")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal | float):
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not number.is_finite():
            raise BadValue(f"{value} is not a finite number")
        return number
    raise BadValue(f"{value} is a date, not a number")


def _number_of_text(text: str, locale: NumberLocale) -> Decimal:
    """Return the number a text is in one locale."""
    bare = _bare(text)
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").strip().lstrip("<>").strip()
    pattern, group, point = (_EN, ",", ".") if locale == "en" else (_DE, ".", ",")
    if not bare.isascii() or pattern.fullmatch(bare) is None:
        if any(sign.isdigit() for sign in bare) and not any(sign.isalpha() for sign in bare):
            raise BadValue(f"{text} is neither a grouped integer nor a decimal number in locale {locale}")
        raise BadValue(f"{text} is not a number")
    number = Decimal(bare.replace(group, "").replace(point, "."))
    return number / 100 if percent else number


def money_of(value: object, locale: NumberLocale) -> Decimal | None:
    """Return money rounded to four decimals, half to even; None where null. Raises BadValue."""
    number = number_of(value, locale)
    if number is None:
        return None
    if abs(number) >= MONEY_BOUND:
        raise BadValue(f"{value} is more money than fourteen digits hold")
    return number if int(number.as_tuple().exponent) >= -4 else number.quantize(MONEY_STEP, ROUND_HALF_EVEN)


def count_of(value: object, locale: NumberLocale) -> int | None:
    """Return a whole number, None where null. Raises BadValue for parts and for what 64 bits do not hold."""
    number = number_of(value, locale)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise BadValue(f"{value} is not a whole number")
    if abs(number) >= COUNT_BOUND:
        raise BadValue(f"{value} is larger than a count can be")
    return int(number)


@dataclass
class NumberVotes:
    """Decides the number locale of one file from its decimal columns.

    Votes are values that are numbers in one locale only. The majority wins; none or a tie leaves it to the header's
    language. `open_value` is the first value that would be a different number in each.
    """

    votes: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    open_value: str | None = None

    def see(self, text: str) -> None:
        """Count one value."""
        vote = number_vote(text)
        if vote is not None:
            self.votes[vote] = self.votes.get(vote, 0) + 1
            self.first.setdefault(vote, text.strip())
        elif self.open_value is None and is_open(text):
            self.open_value = text.strip()

    def decided(self) -> tuple[NumberLocale, str] | None:
        """Return the locale and the first value that decided it, or None where nothing does."""
        english, german = self.votes.get("en", 0), self.votes.get("de", 0)
        if english == german:
            return None
        winner: NumberLocale = "en" if english > german else "de"
        return winner, self.first[winner]


def date_vote(text: str) -> DateOrder | None:
    """Return the order a date shows by itself (`13/2/2027`, `1.3.2027`, `2027-03-01`), or None.

    >>> date_vote("13/2/2027"), date_vote("3/2/2027"), date_vote("3/22/2027"), date_vote("1.3.2027")
    ('dmy', None, 'mdy', 'dmy')
    """
    if _ISO.fullmatch(text.strip()):
        return "ymd"
    match = _PARTS.fullmatch(text.strip())
    if match is None:
        return None
    first, sign, second = int(match[1]), match[2], int(match[3])
    if sign == ".":
        return "dmy"
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else None


def date_open(text: str) -> bool:
    """Return whether a date could be read in both orders, such as `3/2/2027`."""
    return date_vote(text) is None and _PARTS.fullmatch(text.strip()) is not None


@lru_cache(maxsize=CACHED)
def _clock_of_text(text: str, order: str) -> tuple[datetime, str | None]:
    """Return a date with its time of day and its zone text; midnight where it gives no time."""
    stripped = text.strip()
    if order not in {"ymd", "mdy", "dmy"}:
        return _by_pattern(stripped, order), None
    try:
        if match := _ISO.fullmatch(stripped):
            hour, minute, second = (int(match[index] or 0) for index in (4, 5, 6))
            micro = int((match[7] or "0")[:6].ljust(6, "0"))
            moment = datetime(int(match[1]), int(match[2]), int(match[3]), hour, minute, second, micro)  # noqa: DTZ001 - zone beside
            return moment, match[8]
        if match := _PARTS.fullmatch(stripped):
            day, month = (int(match[1]), int(match[3])) if order == "dmy" else (int(match[3]), int(match[1]))
            hour = _hour(int(match[5] or 0), match[8])
            return datetime(int(match[4]), month, day, hour, int(match[6] or 0), int(match[7] or 0)), None  # noqa: DTZ001
        if match := _COMPACT.fullmatch(stripped):
            return datetime(int(match[1]), int(match[2]), int(match[3])), None  # noqa: DTZ001
    except ValueError as error:
        raise BadValue(f"{stripped} is not a date that exists") from error
    raise BadValue(f"{stripped} is not a date")


def _by_pattern(text: str, pattern: str) -> datetime:
    """Return a moment read by a strptime pattern."""
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is settled by the caller
    except ValueError as error:
        raise BadValue(f"{text} is not a date like {pattern}") from error


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24 from one of 12 with its half."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("hour of 12")
    return hour % 12 + (12 if half.casefold() == "pm" else 0)


def day_of(value: object, order: str) -> date | None:
    """Return a day, None where null; a typed date of a sheet needs no order. Raises BadValue.

    order: `ymd`, `mdy`, `dmy`, or a strptime pattern. ISO dates are read in any of the three.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if is_null(value):
        return None
    if not isinstance(value, str):
        raise BadValue(f"{text_of(value)} is not a date")
    return _clock_of_text(value, order)[0].date()


def moment_of(value: object, order: str, *, zone: str) -> tuple[datetime, bool] | None:
    """Return a moment in UTC without zone, and whether it was shifted; None where null. Raises BadValue.

    A text without zone is local time in `zone`. An hour that does not exist is moved forward by the gap, one that
    exists twice takes the first; both count as shifted.
    """
    if is_null(value):
        return None
    if isinstance(value, datetime):
        local, offset = value, None
    elif isinstance(value, date):
        local, offset = datetime.combine(value, time()), None
    elif isinstance(value, str):
        local, offset = _clock_of_text(value, order)
    else:
        raise BadValue(f"{text_of(value)} is not a date")
    if local.tzinfo is not None:
        return local.astimezone(UTC).replace(tzinfo=None), False
    if offset is not None:
        return _from_offset(local, offset), False
    return to_utc(local, zone)


def _from_offset(local: datetime, offset: str) -> datetime:
    """Return UTC from a text's own offset."""
    if offset in {"Z", "UTC"}:
        return local
    sign = -1 if offset[0] == "-" else 1
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    try:
        return local - sign * shift
    except OverflowError as error:
        raise BadValue(f"{local} is not a date that exists") from error


def to_utc(local: datetime, zone: str) -> tuple[datetime, bool]:
    """Return UTC of a local time, and whether the clock change moved or doubled its hour."""
    known = zone_of(zone)
    try:
        universal = local.replace(tzinfo=known, fold=0).astimezone(UTC)
        missing = universal.astimezone(known).replace(tzinfo=None) != local
        twice = local.replace(tzinfo=known, fold=1).utcoffset() != local.replace(tzinfo=known, fold=0).utcoffset()
    except OverflowError as error:
        raise BadValue(f"{local} is not a date that exists") from error
    return universal.replace(tzinfo=None), missing or twice


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone. Raises UsageError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f'The time zone "{name}" is not known. Known are IANA names such as Europe/Berlin, America/New_York, UTC.'
        ) from error


def totals_label(value: object) -> bool:
    """Return whether a first cell labels a totals row: the word with a colon, or exactly the word.

    A campaign named "Total Wine" is data.
    """
    if not isinstance(value, str):
        return False
    if value.strip()[:1] not in TOTALS_BEGIN:
        return False
    name = plain_name(value)
    word, colon, _ = name.partition(":")
    return word.strip() in TOTALS if colon else name in TOTALS - {"gesamt"}
