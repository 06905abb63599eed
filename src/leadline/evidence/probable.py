"""Who is probably one person, among those whom exact keys left apart: the model of Fellegi and Sunter, by Splink.

Match weight = log2 of the prior odds + the sum of log2(m / u) over names, employer and telephone. u, how often two
different people agree, comes from random pairs with a fixed seed; m, how often records of one person do, is learned by
expectation maximisation from a fixed start; names count by how rare they are. Mail domain, company and city are one
comparison, because colleagues share all three: as three of them they would count thrice.

Records hold names and addresses. They come in as a table, live in memory, and leave as numbers and reasons without
any of them.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

EXTRA = "identity"
FEWEST_RECORDS = 100  # own: of fewer there are under 5,000 pairs, too few to tell how often chance agrees
SHOWN_FROM = 0.5  # design, evidence section 4.4: proposals begin here
PHONE_OF_A_HOUSE = 2  # own: a number that more people than that give is a switchboard's, and names no person
RANDOM_PAIRS = 2_000_000  # Splink's documentation: 1e6 and more for a stable u; here two seconds
LEARNED_PAIRS = 500_000  # own: m of four comparisons is settled long before; bounds the time of each round
RULES_FIND = 0.6  # own: share of all matches that agree in both names and in employer or telephone; sets the prior
EVIDENT_FEWEST = 20  # own: with fewer pairs that are plainly one person there is nothing to learn m from
PLACES = 6  # own: decimals of a weight; further ones hang on the order of sums
ALIKE = 0.9  # own: Jaro and Winkler's likeness from which two spellings may be one name (Mayer, Meyer)
COMPANY_ALIKE = 0.92  # own: names of companies are longer and share their endings

# Splink's input. record: number of the person by exact keys
COLUMNS = ("record", "first_name", "last_name", "company", "domain", "city", "phone")

_HERE = "{0}_l = {0}_r"
_LIKE = "jaro_winkler_similarity({0}_l, {0}_r) >= {1}"
_INITIAL = "least(length(first_name_l), length(first_name_r)) = 1 AND left(first_name_l, 1) = left(first_name_r, 1)"
# comparison → level → (condition, m to begin with, words). The m are own, from the share of misspelt names, changed
# employers and changed telephones that record linkage studies report (Winkler 2006; a tenth of each); EM replaces them.
_LEVELS: Mapping[str, tuple[tuple[str, float, str], ...]] = {
    "first_name": (
        (_HERE.format("first_name"), 0.90, "first name the same"),
        (f"{_LIKE.format('first_name', ALIKE)} OR {_INITIAL}", 0.06, "first name nearly the same"),
        ("ELSE", 0.04, "first name different"),
    ),
    "last_name": (
        (_HERE.format("last_name"), 0.90, "last name the same"),
        (_LIKE.format("last_name", ALIKE), 0.06, "last name nearly the same"),
        ("ELSE", 0.04, "last name different"),
    ),
    "employer": (
        (_HERE.format("domain"), 0.60, "mail domain of a company the same"),
        (_HERE.format("company"), 0.20, "company the same"),
        (_LIKE.format("company", COMPANY_ALIKE), 0.05, "company nearly the same"),
        (_HERE.format("city"), 0.05, "city the same, company not"),
        ("ELSE", 0.10, "company and city different"),
    ),
    "phone": (
        (_HERE.format("phone"), 0.80, "telephone the same"),
        ("ELSE", 0.20, "telephone different"),
    ),
}
_NULL = {
    "first_name": "first_name_l IS NULL OR first_name_r IS NULL",
    "last_name": "last_name_l IS NULL OR last_name_r IS NULL",
    "employer": (
        "coalesce(domain_l, company_l, city_l) IS NULL OR coalesce(domain_r, company_r, city_r) IS NULL"
        " OR ((domain_l IS NULL OR domain_r IS NULL) AND (company_l IS NULL OR company_r IS NULL)"
        " AND (city_l IS NULL OR city_r IS NULL))"
    ),
    "phone": "phone_l IS NULL OR phone_r IS NULL",
}
_UNTOLD = {"first_name": "first name", "last_name": "last name", "employer": "company and city", "phone": "telephone"}
# Which column's frequency a level counts by: an agreement on a rare name says more.
_RARE = {("first_name", 0): "first_name", ("last_name", 0): "last_name", ("employer", 0): "domain", ("employer", 1): "company", ("phone", 0): "phone"}  # fmt: skip
# Pairs that agree in none of these are not looked at.
_BLOCKS = (
    ("phone",), ("last_name", "first_name"), ("last_name", "domain"), ("first_name", "domain"),
    ("last_name", "company"), ("first_name", "company"), ("last_name", "city"),
)  # fmt: skip
_EVIDENT = ("domain", "company", "phone")  # both names and one of these: plainly one person


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person.

    weight: probability 0..1 · reason: in words, without any value of theirs
    bits: match weight, log2 of the odds · is_named_alike: neither name differs, and the last one is given
    """

    a: int
    b: int
    weight: float
    reason: str
    bits: float
    is_named_alike: bool = True


@dataclass(frozen=True)
class Scored:
    """Pairs from `SHOWN_FROM` on, by numbers. why_not: why the step was left out, "" where it was done."""

    pairs: tuple[Pair, ...] = ()
    why_not: str = ""


def is_installed() -> bool:
    """Return whether the extra is there."""
    return find_spec("splink") is not None


def scored(records: pa.Table, *, seed: int) -> Scored:
    """Return who of the records may be one person; the same bytes for the same records and seed.

    records: the columns COLUMNS, one row per person by exact keys; texts in their compared form, null where not given
    """
    if not is_installed():
        return Scored(why_not=f"Splink is not installed: only exact keys join people. Install leadline[{EXTRA}].")
    if records.num_rows < FEWEST_RECORDS:
        return Scored(
            why_not=f"{records.num_rows} people have a name; from {FEWEST_RECORDS} on it can be learned how often chance agrees."
        )
    import duckdb

    with warnings.catch_warnings(), duckdb.connect() as connection:
        warnings.simplefilter("ignore")
        connection.execute(
            "SET threads = 1"
        )  # sums of doubles come in one order, so the same input gives the same bytes
        return _scored(connection, records, seed)


def _scored(connection: duckdb.DuckDBPyConnection, records: pa.Table, seed: int) -> Scored:
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)  # its remarks quote settings, and nobody reads them here
    connection.register("given", records)
    connection.execute(
        f"CREATE TABLE people AS SELECT * REPLACE (CASE WHEN count(*) OVER (PARTITION BY phone) <= {PHONE_OF_A_HOUSE} THEN phone END AS phone) "
        "FROM given ORDER BY record"
    )
    evident = _evident(connection)
    if evident < EVIDENT_FEWEST:
        return Scored(
            why_not=f"{evident} pairs of people are plainly one person by name and employer or telephone; "
            f"from {EVIDENT_FEWEST} on the rest can be learned from them."
        )
    total = records.num_rows * (records.num_rows - 1) / 2
    settings = _settings(min(0.5, evident / RULES_FIND / total))
    db = DuckDBAPI(connection=connection)
    linker = Linker(db.register("people"), settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
    for block in (("last_name", "domain"), ("first_name", "domain"), ("first_name", "last_name")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), estimate_without_term_frequencies=True, max_pairs=LEARNED_PAIRS
        )
    found = linker.inference.predict(threshold_match_probability=SHOWN_FROM)
    return Scored(tuple(_pairs(connection, found.physical_name)))


def _evident(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many pairs agree in both names and in employer or telephone."""
    where = " OR ".join(f"l.{name} = r.{name}" for name in _EVIDENT)
    found = connection.execute(
        "SELECT count(*) FROM people l JOIN people r ON l.first_name = r.first_name AND l.last_name = r.last_name "
        f"AND l.record < r.record WHERE {where}"
    ).fetchall()
    return int(found[0][0])


def _settings(prior: float) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record",
        "probability_two_random_records_match": prior,
        "comparisons": [_comparison(name) for name in _LEVELS],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": " AND ".join(f"l.{name} = r.{name}" for name in block), "sql_dialect": "duckdb"}
            for block in _BLOCKS
        ],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }


def _comparison(name: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": _NULL[name], "is_null_level": True}]
    for place, (condition, m, words) in enumerate(_LEVELS[name]):
        level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": words, "m_probability": m}
        if column := _RARE.get((name, place)):
            level |= {"tf_adjustment_column": column, "disable_tf_exact_match_detection": True}
        levels.append(level)
    return {"output_column_name": name, "comparison_levels": levels}


def _pairs(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Pair]:
    names = tuple(_LEVELS)
    parts = ", ".join(f"gamma_{name}, mw_{name} + coalesce(mw_tf_adj_{name}, 0)" for name in names)
    rows = connection.execute(
        f"SELECT record_l, record_r, match_probability, match_weight, {parts} FROM {table} ORDER BY least(record_l, record_r), greatest(record_l, record_r)"
    ).fetchall()
    for one, other, probability, weight, *levels in rows:
        a, b = sorted((one, other))
        is_named_alike = levels[0] != 0 and levels[2] > 0  # the first two comparisons; 0 is "different", -1 not given
        yield Pair(
            a, b, round(probability, PLACES), _reason(names, levels, weight), round(weight, PLACES), is_named_alike
        )


def _reason(names: Sequence[str], levels: Sequence[Any], weight: float) -> str:
    """Return what speaks for and against a pair, each with its match weight in bits, and what it began with."""
    told, begun = [], weight
    for name, gamma, bits in zip(names, levels[::2], levels[1::2], strict=True):
        if gamma < 0:
            told.append(f"{_UNTOLD[name]} not given")
            continue
        begun -= bits
        words = _LEVELS[name][len(_LEVELS[name]) - 1 - gamma][2]
        told.append(f"{words} {bits:+.1f}")
    return f"{'; '.join(told)}; begun at {begun:+.1f}, together {weight:+.1f} bits"
