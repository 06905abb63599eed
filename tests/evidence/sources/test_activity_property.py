"""Sheets made from a known truth: every row is accounted for, and every amount is the one that was written."""

from __future__ import annotations

import string
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import ImportRefused
from leadline.evidence.sources.activities import ActivityList, activity_lists, recognise_activities
from leadline.evidence.sources.activity_rows import total_label
from leadline.evidence.sources.activity_words import NOTES, folded

HEADERS = {
    "de": ("Maßnahme", "Kosten", "Wer", "Summe"), "en": ("Campaign", "Cost", "Owner", "Total"),
    "fr": ("Campagne", "Coût", "Responsable", "Total"), "ch": ("Aktion", "Kosten", "Zuständig", "Gesamt"),
}  # fmt: skip
ROWS = 20_000
SIGNS = {"de": (".", ","), "en": (",", "."), "fr": ("\u202f", ","), "ch": ("’", ".")}
MARKS = {"EUR": ("{} €", "EUR {}", "{}€"), "CHF": ("CHF {}", "Fr. {}", "{} CHF"), "GBP": ("£{}", "{} GBP", "GBP {}")}


@dataclass(frozen=True)
class Row:
    name: str
    cents: int | None
    currency: str
    form: int
    owner: str


def written(cents, locale, *, whole):
    group, point = SIGNS[locale]
    units, rest = divmod(cents, 100)
    text = f"{units:,}".replace(",", group)
    return text if whole and not rest else f"{text}{point}{rest:02}"


plain = st.text(string.ascii_letters + "äöüß ", min_size=3, max_size=20).map(str.strip).filter(
    lambda text: len(text) > 2 and not total_label(text) and not folded(text).startswith(NOTES)
)  # fmt: skip
rows = st.builds(
    Row, plain, st.none() | st.integers(0, 99_999_999), st.sampled_from(sorted(MARKS)), st.integers(0, 2), st.sampled_from(["Eva", "Urs", "Ines"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, min_size=1, max_size=12), st.lists(plain, max_size=3), st.tuples(st.booleans(), st.booleans()),
    st.sampled_from(sorted(HEADERS)), st.sampled_from([";", "\t"]), st.sampled_from(["utf-8-sig", "utf-16", "cp1252"]),
)  # fmt: skip
def test_rows_are_activities_and_totals_and_amounts_equal_the_truth(truth, titles, below, locale, sign, encoding):
    totals, notes = below
    name, cost, owner, label = HEADERS[locale]
    lines = [[title] for title in titles] + [[name, cost, owner]]
    for row in truth:
        money = (
            ""
            if row.cents is None
            else MARKS[row.currency][row.form].format(written(row.cents, locale, whole=row.form == 1))
        )
        lines.append([row.name, money, row.owner])
    total = sum(row.cents or 0 for row in truth)
    if totals:
        lines.append([label, written(total, locale, whole=False), ""])
    if notes:
        lines.append(["* ohne Gewähr"])
    text = "".join(sign.join(cells) + "\n" for cells in lines).replace(
        "\u202f", "\xa0" if encoding == "cp1252" else "\u202f"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.csv"
        path.write_bytes(text.encode(encoding))
        found = recognise_activities(path)
    assert isinstance(found, ActivityList)
    assert found.header_row == len(titles) + 1
    assert (
        found.rows_below == len(truth) + totals + notes == len(found.activities) + len(found.rejects) + len(found.below)
    )
    assert [(one.name, one.owner) for one in found.activities] == [
        (" ".join(row.name.split()), row.owner) for row in truth
    ]
    assert [None if one.cost is None else Decimal(repr(one.cost)) for one in found.activities] == [
        None if row.cents is None else Decimal(row.cents) / 100 for row in truth
    ]
    assert [one.currency for one in found.activities] == [None if row.cents is None else row.currency for row in truth]
    assert [out.why for out in found.below] == ["total"] * totals + ["note below"] * notes


FORMATS = {
    "EUR": ('#,##0.00 "€"', "[$€-407] #,##0.00"),
    "CHF": ("[$CHF-807] #,##0.00", '"Fr." #,##0.00'),
    "USD": ("[$$-409]#,##0.00",),
}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(plain, st.integers(0, 10**9), st.sampled_from(sorted(FORMATS)), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 4), st.booleans(),
)  # fmt: skip
def test_typed_cells_of_a_sheet_keep_their_amounts_and_the_currency_of_their_format(truth, above, totals):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("Plan")
        forms = {text: book.add_format({"num_format": text}) for texts in FORMATS.values() for text in texts}
        for number in range(above):
            sheet.merge_range(number, 0, number, 2, f"Titel {number}")
        for at, name in enumerate(["Maßnahme", "Kosten", "Wer"]):
            sheet.write(above, at, name)
        for number, (name, cents, code, last) in enumerate(truth, above + 1):
            sheet.write_string(number, 0, name)
            sheet.write_number(number, 1, cents / 100, forms[FORMATS[code][-1 if last else 0]])
            sheet.write_string(number, 2, "Eva")
        if totals:
            sheet.write(above + 1 + len(truth), 0, "Gesamtsumme")
            sheet.write_formula(above + 1 + len(truth), 1, "=1", None, sum(one[1] for one in truth) / 100)
        book.close()
        found = recognise_activities(path)
    assert isinstance(found, ActivityList)
    assert (found.header_row, found.rows_below) == (above + 1, len(truth) + totals)
    assert [(one.name, one.cost, one.currency) for one in found.activities] == [
        (" ".join(name.split()), cents / 100, code) for name, cents, code, _ in truth
    ]
    assert [out.why for out in found.below] == ["total"] * totals


cells = st.sampled_from(
    ["", "Aktion", "Kosten €", "1.200", "1,200.5", "Summe", "=1+1", "\x00", "März", "03/04/2027", "-", "CHF", "12 k", "a\nb", '"', "x" * 70]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=12), st.booleans())
def test_whatever_stands_in_a_table_every_row_below_the_header_comes_out_once(table, named):
    header = [["Aktion", "Kosten €", "Start", "Wer"]] if named else []
    text = "".join(";".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in cells) + "\n" for cells in header + table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.csv"
        path.write_text(text, encoding="utf-8")
        try:
            found = activity_lists(path)
        except ImportRefused:
            return
    for one in found:
        if isinstance(one, ActivityList):
            assert one.rows_below == len(one.activities) + len(one.rejects) + len(one.below)
            places = [row.row for row in (*one.activities, *one.rejects, *one.below)]
            assert len(set(places)) == len(places)


@pytest.mark.parametrize("sign", ["-", "/", "1", "1.", "€ ", "k", "bis ", "(", "Q1-"])
def test_a_cell_of_a_megabyte_is_a_note_and_takes_no_time(tmp_path, sign):
    path = tmp_path / "plan.csv"
    path.write_text(f"Aktion;Zeitraum;Kosten €\nA;{sign * 100_000};{sign * 100_000}\nB;1.3.2027;5\n", encoding="utf-8")
    began = time.process_time()
    found = recognise_activities(path)
    assert (found.activities[0].name, found.activities[0].cost, found.activities[0].start) == ("A", None, None)
    assert all(len(note) < 200 for note in found.activities[0].notes)
    assert time.process_time() - began < 2


@pytest.mark.slow
def test_a_long_list_is_read_in_time_that_grows_with_its_rows_only(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "Aktion;Zeitraum;Kosten;Wer\n"
        + "".join(f"Aktion {n};{n % 28 + 1}.{n % 12 + 1}.2027;{n % 900}.{n % 1000:03},50 €;Eva\n" for n in range(ROWS)),
        encoding="utf-8",
    )
    began = time.process_time()
    found = recognise_activities(path)
    assert len(found.activities) == ROWS
    assert time.process_time() - began < 6
