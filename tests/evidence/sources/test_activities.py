"""Tables of activities as people keep them: nothing is lost, nothing is guessed, and every row says what it was taken for."""

from __future__ import annotations

import datetime as dt
import zipfile

import pytest
import xlsxwriter

from leadline.errors import ImportRefused
from leadline.evidence.sources import sheet_bounds
from leadline.evidence.sources.activities import (
    ActivityList,
    NotUnderstood,
    activity_lists,
    recognise_activities,
)
from leadline.evidence.sources.records import ImportOptions


def csv_file(folder, text, name="plan.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read(path, **more):
    found = recognise_activities(path, **more)
    assert isinstance(found, ActivityList), found
    assert found.rows_below == len(found.activities) + len(found.rejects) + len(found.below)
    return found


def names(found):
    return [one.name for one in found.activities]


def whys(found):
    return [(out.row, out.why) for out in found.left_out]


def money(found):
    return [(one.cost, one.currency) for one in found.activities]


@pytest.fixture
def marketing_plan(tmp_path):
    """Header in row 4, merged titles, two currencies by number format, German texts, sub-totals, a total, a footnote."""
    path = tmp_path / "plan.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Planung 2027")
    euro, franc = (
        book.add_format({"num_format": '#,##0.00 "€"'}),
        book.add_format({"num_format": "[$CHF-807] #,##0.00"}),
    )
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.merge_range("A1:F1", "Marketingplan 2027 der Halden Pumpen GmbH")
    sheet.merge_range("A2:F2", "Stand: 3.11.2026")
    for at, name in enumerate(["Maßnahme", "Beginn", "Ende", "Kosten", "Verantwortlich", "Kanal"]):
        sheet.write(3, at, name)
    rows = [
        ("Messe Köln", dt.date(2027, 3, 1), dt.date(2027, 3, 4), (12000.5, euro), "Eva", "Messe"),
        ("Messe Zürich", "März", "April", (8000, franc), "Urs", "Messe"),
        ("Zwischensumme Messen", "", "", (20000.5, None), "", ""),
        ("Newsletter\nKunden", "KW 6", "KW 45", ("1.200 €", None), "Ines", "E-Mail"),
        ("Anzeigen", "Q2", "", ("CHF 300,-", None), "", "Print"),
        ('=HYPERLINK("x")', "", "", ("noch offen", None), "", ""),
        ("Summe", "", "", (21500.5, None), "", ""),
    ]  # fmt: skip
    for number, cells in enumerate(rows, 4):
        for at, value in enumerate(cells):
            amount, form = value if isinstance(value, tuple) else (value, None)
            if isinstance(amount, dt.date):
                sheet.write_datetime(number, at, dt.datetime.combine(amount, dt.time()), day)
            elif isinstance(amount, str):
                sheet.write_string(number, at, amount, form)
            else:
                sheet.write_number(number, at, amount, form)
    sheet.write_string(12, 0, "* alle Angaben ohne Mehrwertsteuer")
    sheet.set_row(7, None, None, {"hidden": True})
    hidden = book.add_worksheet("Archiv")
    hidden.write(0, 0, "x")
    hidden.hide()
    book.close()
    return path


def test_a_sheet_with_titles_totals_and_two_currencies_loses_no_row(marketing_plan):
    found = read(marketing_plan)
    assert (found.header_row, found.sheet) == (4, "Planung 2027")
    assert found.columns == {
        "name": "Maßnahme", "start": "Beginn", "end": "Ende", "owner": "Verantwortlich", "channel": "Kanal", "cost": "Kosten",
    }  # fmt: skip
    assert whys(found) == [
        (1, "title above the table"), (2, "title above the table"), (7, "total"), (11, "total"), (13, "note below"),
    ]  # fmt: skip
    assert names(found) == ["Messe Köln", "Messe Zürich", "Newsletter Kunden", "Anzeigen", '=HYPERLINK("x")']
    assert found.costs() == {"EUR": 13200.5, "CHF": 8300.0}
    assert found.rejects == ()
    fair, zurich, letter, ads, offer = found.activities
    assert (fair.start, fair.end, fair.owner, fair.channel) == (
        dt.date(2027, 3, 1),
        dt.date(2027, 3, 4),
        "Eva",
        "Messe",
    )
    assert (zurich.start, zurich.end) == (dt.date(2027, 3, 1), dt.date(2027, 4, 30))
    assert (letter.start, letter.end) == (dt.date(2027, 2, 8), dt.date(2027, 11, 14))
    assert (ads.start, ads.end) == (dt.date(2027, 4, 1), None)
    assert offer.cost is None
    assert "noch offen" in offer.notes[0]


def test_what_a_workbook_hides_or_leaves_to_be_inferred_is_said(marketing_plan):
    notes = " · ".join(read(marketing_plan).notes)
    assert '"Archiv" is hidden' in notes
    assert "hidden rows are read like the others: 8" in notes
    assert "read in 2027, which the title names" in notes


def test_sums_and_what_was_left_out_are_told_in_one_sentence(marketing_plan):
    assert read(marketing_plan).sentence() == (
        'plan.xlsx, sheet "Planung 2027": 5 activities under the header in row 4, 13,200.50 EUR and 8,300.00 CHF in all. '
        "3 rows left out."
    )


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_german_list_with_semicolons_reads_alike_in_every_encoding(tmp_path, encoding):
    text = (
        "Aktivitäten;;;\r\n\r\nAktion;Zeitraum;Budget (€);Wer?\r\nTag der offenen Tür;12.–14. Mai 2027;2.500,00;Jörg\r\n"
        'Flyer;"ab\nMai 2027";1.250,50;\r\nPlakat;3.6.27;950;Änne\r\nGesamt;;4.700,50;\r\n'
    )
    found = read(csv_file(tmp_path, text, encoding=encoding))
    assert money(found) == [(2500.0, "EUR"), (1250.5, "EUR"), (950.0, "EUR")]
    assert [(one.start, one.end) for one in found.activities] == [
        (dt.date(2027, 5, 12), dt.date(2027, 5, 14)), (dt.date(2027, 5, 1), None), (dt.date(2027, 6, 3), dt.date(2027, 6, 3)),
    ]  # fmt: skip
    assert [out.text for out in found.totals] == ["Gesamt · 4.700,50"]
    assert not any("add up" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Campaign,When,Cost (GBP)\nSpring sale,3 March 2027,"£1,250.50"\nAutumn,Oct-Nov 2027,£1.2k\nTotal,,"2,450.50"\n',
         [("Spring sale", 1250.5, "GBP", dt.date(2027, 3, 3)), ("Autumn", 1200.0, "GBP", dt.date(2027, 10, 1))]),
        ("Nom de la campagne;Date de début;Coût (€ HT);Responsable\nSalon;1er mars 2027;1 250,50;Luc\nAffiches;avril 2027;900;\nTotal;;2 150,50;\n",
         [("Salon", 1250.5, "EUR", dt.date(2027, 3, 1)), ("Affiches", 900.0, "EUR", dt.date(2027, 4, 1))]),
        ("Actividad;Fecha de inicio;Presupuesto;Encargado\nFeria;3 de marzo de 2027;1.250,50 €;Ana\nCarteles;abril 2027;900 €;\nSuma;;2.150,50 €;\n",
         [("Feria", 1250.5, "EUR", dt.date(2027, 3, 3)), ("Carteles", 900.0, "EUR", dt.date(2027, 4, 1))]),
        ("Activiteit;Wanneer;Begroting (EUR);Trekker\nBeurs;12-14 mei 2027;1.250,50;Jan\nFolder;kwartaal 3 2027;900;\nTotaal;;2.150,50;\n",
         [("Beurs", 1250.5, "EUR", dt.date(2027, 5, 12)), ("Folder", 900.0, "EUR", dt.date(2027, 7, 1))]),
        ("Massnahme;Datum;Kosten\nMesse;3.3.2027;CHF 1'250.50\nPlakate;KW 14 2027;Fr. 900.–\nSumme;;CHF 2'150.50\n",
         [("Messe", 1250.5, "CHF", dt.date(2027, 3, 3)), ("Plakate", 900.0, "CHF", dt.date(2027, 4, 5))]),
    ],
    ids=["english", "french", "spanish", "dutch", "swiss"],
)  # fmt: skip
def test_five_languages_give_the_same_kinds_of_answers(tmp_path, text, expected):
    found = read(csv_file(tmp_path, text))
    assert [(one.name, one.cost, one.currency, one.start) for one in found.activities] == expected
    assert (len(found.totals), found.rejects) == (1, ())
    assert not any("add up" in note for note in found.notes)


def test_a_number_that_contradicts_its_column_rejects_the_row_instead_of_being_guessed(tmp_path):
    text = "Aktion;Kosten €\nA;1.200,50\nB;1,200.50\nC;1.2345,6\nD;1.500\nE;300,-\n"
    found = read(csv_file(tmp_path, text))
    assert [(one.name, one.cost) for one in found.activities] == [("A", 1200.5), ("D", 1500.0), ("E", 300.0)]
    assert [(row.row, row.cells["Kosten €"]) for row in found.rejects] == [(3, "1,200.50"), (4, "1.2345,6")]
    assert "does not fit the other numbers" in found.rejects[0].reason


def test_a_number_nothing_decides_is_read_in_the_header_s_language_or_not_at_all(tmp_path):
    german = read(csv_file(tmp_path, "Aktion;Kosten €\nA;1.200\nB;1,200\n"))
    assert [(one.name, one.cost) for one in german.activities] == [("A", 1200.0)]
    assert "may be 1200 or 1.200, and nothing in its column decides" in german.rejects[0].reason
    settled = read(csv_file(tmp_path, "Aktion;Kosten €\nB;1,200\n"), options=ImportOptions(numbers="en"))
    assert money(settled) == [(1200.0, "EUR")]


def test_the_order_of_day_and_month_comes_from_the_column_and_an_open_date_is_rejected(tmp_path):
    rows = "Event,Date,Owner\nA,03/04/2027,x\nB,{},y\n"
    assert [one.start for one in read(csv_file(tmp_path, rows.format("17/04/2027"))).activities] == [
        dt.date(2027, 4, 3), dt.date(2027, 4, 17),
    ]  # fmt: skip
    assert [one.start for one in read(csv_file(tmp_path, rows.format("04/17/2027"))).activities] == [
        dt.date(2027, 3, 4), dt.date(2027, 4, 17),
    ]  # fmt: skip
    undecided = read(csv_file(tmp_path, rows.format("5/5/2027")))
    assert names(undecided) == ["B"]
    assert "day/month or month/day" in undecided.rejects[0].reason
    told = read(csv_file(tmp_path, rows.format("5/5/2027")), options=ImportOptions(dates="dmy"))
    assert told.activities[0].start == dt.date(2027, 4, 3)


def test_an_activity_that_ends_before_it_begins_is_rejected(tmp_path):
    found = read(csv_file(tmp_path, "Projekt;Start;Ende\nA;1.5.2027;1.3.2027\nB;1.3.2027;1.5.2027\n"))
    assert (names(found), found.rejects[0].reason) == (["B"], "it ends on 2027-03-01 before it begins on 2027-05-01")


def test_money_that_cannot_be_read_keeps_the_activity_and_names_the_cell(tmp_path):
    text = "Campaign,Cost,Status\nA,500/month,planned\nB,tbd,planned\nC,300–500,done\nD,ca. 400 EUR,done\nE,,done\n"
    found = read(csv_file(tmp_path, text))
    assert [(one.name, one.cost) for one in found.activities] == [
        ("A", None), ("B", None), ("C", None), ("D", 400.0), ("E", None),
    ]  # fmt: skip
    assert [bool(one.notes) for one in found.activities] == [True, True, True, True, False]
    assert '"300–500" holds more than one number' in found.activities[2].notes[0]


@pytest.mark.parametrize(
    ("header", "cell", "title", "expected"),
    [
        ("Kosten (€)", "1200", "", (1200.0, "EUR")),
        ("Budget k€", "12,5", "", (12500.0, "EUR")),
        ("Budget [TEUR]", "12", "", (12000.0, "EUR")),
        ("Kosten", "1200", "alle Beträge in CHF", (1200.0, "CHF")),
        ("Kosten (€)", "CHF 300,-", "", (300.0, "CHF")),
        ("Kosten (USD)", "$ 300", "", (300.0, "USD")),
        ("Kosten", "$ 300", "", (300.0, None)),
        ("Kosten", "300", "", (300.0, None)),
        ("Kosten", "300 kr", "Beträge in SEK", (300.0, "SEK")),
        ("Kosten", "0,3 Mio. €", "", (300000.0, "EUR")),
        ("Kosten", "-120 €", "", (-120.0, "EUR")),
    ],
)
def test_a_currency_comes_from_the_cell_its_column_or_the_title_and_is_never_assumed(
    tmp_path, header, cell, title, expected
):
    found = read(csv_file(tmp_path, f"{title};\nAktion;{header}\nA;{cell}\nB;1,5\n"))
    assert money(found)[0] == expected


def test_a_sign_of_several_currencies_is_asked_for(tmp_path):
    found = read(csv_file(tmp_path, "Campaign,Cost\nA,$500\nB,$700\n"))
    assert money(found) == [(500.0, None), (700.0, None)]
    assert len(found.unnamed) == 2
    assert any('"$" names several currencies' in note for note in found.notes)
    assert money(read(csv_file(tmp_path, "Campaign,Cost\nA,$500\n"), options=ImportOptions(currency="CAD"))) == [
        (500.0, "CAD")
    ]


def test_a_column_of_currencies_counts_and_a_cell_that_contradicts_it_is_rejected(tmp_path):
    found = read(csv_file(tmp_path, "Aktion;Kosten;Währung\nA;100;EUR\nB;200;Franken\nC;300 €;CHF\nD;400 €;eur\n"))
    assert money(found) == [(100.0, "EUR"), (200.0, "CHF"), (400.0, "EUR")]
    assert found.rejects[0].reason == '"Kosten" says EUR and "Währung" says CHF'


def test_a_cell_with_its_own_currency_in_a_column_of_thousands_is_not_guessed(tmp_path):
    found = read(csv_file(tmp_path, "Aktion;Budget k€\nA;12\nB;15 T€\nC;9000 €\n"))
    assert money(found) == [(12000.0, "EUR"), (15000.0, "EUR")]
    assert "units of 1,000" in found.rejects[0].reason


def test_two_columns_of_one_money_in_two_currencies_both_count(tmp_path):
    text = "Maßnahme;Kosten;;Zeitraum;\n;EUR;CHF;von;bis\nA;1.000,00;;1.3.2027;5.3.2027\nB;;2.000,00;;\nSumme;1.000,00;2.000,00;;\n"
    found = read(csv_file(tmp_path, text))
    assert found.header_row == 2
    assert money(found) == [(1000.0, "EUR"), (2000.0, "CHF")]
    assert whys(found) == [(1, "header"), (5, "total")]
    assert (found.activities[0].start, found.activities[0].end) == (dt.date(2027, 3, 1), dt.date(2027, 3, 5))


def test_a_merged_header_of_two_rows_names_its_columns_together_and_groups_are_told_from_activities(tmp_path):
    path = tmp_path / "plan.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet, pound = book.add_worksheet("FY 2027"), book.add_format({"num_format": "£#,##0"})
    sheet.merge_range("A1:F1", "ACME marketing plan")
    sheet.merge_range("A2:A3", "Activity")
    sheet.merge_range("B2:C2", "Timing")
    sheet.merge_range("D2:E2", "Budget")
    sheet.merge_range("F2:F3", "Owner")
    for at, name in enumerate(["Start", "End", "Plan", "Actual"], 1):
        sheet.write(2, at, name)
    rows = [
        ("Events",), ("Trade show", "March", "April", 12000, 11000, "Ann"), ("Customer day", "", "", 3000), ("Sub-total", "", "", 15000),
        ("Digital",), ("Search", "", "", 24000), ("E-mail", "", "", 0), ("Sub-total", "", "", 24000), ("TOTAL", "", "", 39000), ("agency fees apart",),
    ]  # fmt: skip
    for number, cells in enumerate(rows, 3):
        for at, value in enumerate(cells):
            sheet.write(number, at, value, pound if isinstance(value, int) else None)
    book.close()
    found = read(path)
    assert found.columns == {
        "name": "Activity", "start": "Timing Start", "end": "Timing End", "owner": "Owner", "cost": "Budget Plan",
    }  # fmt: skip
    assert [(one.name, one.group) for one in found.activities] == [
        ("Trade show", "Events"), ("Customer day", "Events"), ("Search", "Digital"), ("E-mail", "Digital"),
    ]  # fmt: skip
    assert found.costs() == {"GBP": 39000.0}
    assert [out.why for out in found.left_out] == [
        "title above the table", "header", "heading of a group", "total", "heading of a group", "total", "total", "note below",
    ]  # fmt: skip
    assert not any("add up" in note for note in found.notes)


def test_of_plan_and_actual_the_column_filled_most_counts_and_the_other_is_kept(tmp_path):
    found = read(csv_file(tmp_path, "Campaign,Budget,Actual cost\nA,100,90\nB,200,\nC,300,\n"))
    assert found.columns["cost"] == "Budget"
    assert found.activities[0].others == {"Actual cost": "90"}
    assert any('"Actual cost" is kept beside it' in note for note in found.notes)


def test_a_calendar_of_months_gives_the_first_and_last_month_that_is_marked(tmp_path):
    text = (
        "Mediaplan 2027;;;;;\nMaßnahme;Jan;Feb;Mrz;Apr;Summe\nAnzeigen;1.000,00 €;0;500,00 €;;1.500,00 €\nPlakate;;x;;x;\nIdee;;;;;20 €\n"
        "Gesamt;1.000;;500;;1.520,00 €\n"
    )
    found = read(csv_file(tmp_path, text))
    assert [(one.name, one.start, one.end, one.cost) for one in found.activities] == [
        ("Anzeigen", dt.date(2027, 1, 1), dt.date(2027, 3, 31), 1500.0), ("Plakate", dt.date(2027, 2, 1), dt.date(2027, 4, 30), None),
        ("Idee", None, None, 20.0),
    ]  # fmt: skip
    assert found.activities[0].others == {"Jan": "1.000,00 €", "Feb": "0", "Mrz": "500,00 €"}


def test_two_tables_side_by_side_are_said_and_the_second_stays_in_the_further_cells(tmp_path):
    found = read(csv_file(tmp_path, "Aktion;Kosten €;;Aktion;Kosten €\nA;1;;B;2\n"))
    assert found.activities[0].others == {"Aktion (2)": "B", "Kosten € (2)": "2"}
    assert any("side by side" in note for note in found.notes)


def test_a_name_that_begins_like_a_total_is_data_unless_it_adds_up_the_rows_above(tmp_path):
    text = "Kampagne;Kosten €;Kanal\nTotal Wine;100;x\nGesamtlösung;200;y\nMesse;300;z\nSumme Messen;600;\n;600;\nMesse gesamt neu;50;\n"
    found = read(csv_file(tmp_path, text))
    assert names(found) == ["Total Wine", "Gesamtlösung", "Messe", "Messe gesamt neu"]
    assert [out.row for out in found.totals] == [5, 6]


def test_a_total_per_currency_adds_up_with_the_amounts_that_name_none(tmp_path):
    text = "Aktion;Kosten\nA;100 €\nB;CHF 70\nC;40\nSumme EUR;140\nSumme CHF;70\n"
    found = read(csv_file(tmp_path, text))
    assert (len(found.totals), [note for note in found.notes if "add up" in note]) == (2, [])


def test_a_total_that_does_not_add_up_is_left_out_and_said(tmp_path):
    found = read(csv_file(tmp_path, "Kampagne;Kosten €\nA;100\nB;200\nSumme;350\n"))
    assert len(found.totals) == 1
    assert any("row 4 says 350.00; the activities above it add up to 300.00 EUR" in note for note in found.notes)


def test_headings_numbering_and_prepared_rows_are_no_activities_but_a_bare_name_is(tmp_path):
    text = (
        "Nr.;Aktion;Kosten €;Wer\n;MESSEN;;\n1;Köln;100;Eva\n2;Hannover;;\n;;;\n;Online:;;\n3;Newsletter;50;\n4;Podcast;;\n5;;;\n6;;0;\n\n"
        ";Summe;150;\n;geprüft von Eva;;\n"
    )
    found = read(csv_file(tmp_path, text))
    assert [(one.name, one.group) for one in found.activities] == [
        ("Köln", "MESSEN"), ("Hannover", "MESSEN"), ("Newsletter", "Online"), ("Podcast", "Online"),
    ]  # fmt: skip
    assert [out.why for out in found.below] == [
        "heading of a group", "heading of a group", "empty", "empty", "total", "note below",
    ]  # fmt: skip


def test_a_row_without_a_name_is_rejected_and_keeps_its_cells(tmp_path):
    found = read(csv_file(tmp_path, "Aktion;Kosten €;Wer\nA;100;Eva\n;70;Urs\n"))
    assert found.rejects[0].cells == {"Kosten €": "70", "Wer": "Urs"}
    assert found.rejects[0].reason == 'it has no name in "Aktion"'


def test_a_decimal_comma_that_splits_a_row_is_rejected(tmp_path):
    found = read(csv_file(tmp_path, "Campaign,Cost,Owner\nA,100.5,x\nB,1,200.5,y\n"))
    assert (names(found), found.rejects[0].reason) == (["A"], "it has 4 cells, the header has 3 columns")


def test_a_second_table_below_is_rejected_row_by_row(tmp_path):
    found = read(
        csv_file(
            tmp_path,
            "Aktion;Kosten €;Status\nA;100;ok\nAktion;Kosten €;Status\nB;5;ok\nProjekt;Start;Wer\nC;1.1.2027;x\n",
        )
    )
    assert names(found) == ["A", "B"]
    assert [out.why for out in found.below] == ["header again"]
    assert [row.row for row in found.rejects] == [5, 6]


def workbook(path, sheets, formulas=()):
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            for at, value in enumerate(cells):
                sheet.write(number, at, value)
        for place, formula, value in formulas:
            sheet.write_formula(place, formula, None, value)
    book.close()
    return path


def test_a_formula_that_was_never_calculated_rejects_its_row_and_an_error_is_noted(tmp_path):
    rows = [["Campaign", "Cost EUR", "Owner"], ["A", "", "x"], ["B", "", "y"], ["C", "", "z"]]
    formulas = [("B2", "=1+1", ""), ("B3", "=1/0", "#DIV/0!"), ("B4", "=2+2", 4)]
    found = read(workbook(tmp_path / "plan.xlsx", {"P": rows}, formulas))
    assert "never calculated" in found.rejects[0].reason
    assert [(one.name, one.cost) for one in found.activities] == [("B", None), ("C", 4.0)]
    assert found.activities[0].notes == ('"Cost EUR" holds the error #DIV/0!',)
    aside = read(workbook(tmp_path / "aside.xlsx", {"P": [*rows[:1], ["A", 3, ""]]}, [("C2", "=1+1", "")]))
    assert any("1 formulas in other columns" in note for note in aside.notes)


def test_every_visible_sheet_is_read_and_the_one_with_most_activities_comes_first(tmp_path):
    one = [["Campaign", "Cost EUR"], ["A", 1]]
    two = [["Campaign", "Cost EUR"], ["B", 2], ["C", 3]]
    path = workbook(tmp_path / "plan.xlsx", {"Small": one, "Large": two, "Notes": [["hello", "world"]]})
    small, large, notes = activity_lists(path)
    assert (names(small), names(large)) == (["A"], ["B", "C"])
    assert isinstance(notes, NotUnderstood)
    best = read(path)
    assert (best.sheet, names(read(path, sheet="Small"))) == ("Large", ["A"])
    assert any('"Small" holds 1 more' in note for note in best.notes)


def test_a_cell_merged_downwards_counts_for_every_row_it_covers(tmp_path):
    path = tmp_path / "plan.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for at, name in enumerate(["Kanal", "Aktion", "Kosten €"]):
        sheet.write(0, at, name)
    sheet.merge_range("A2:A3", "Messe")
    for number, (name, cost) in enumerate([("Köln", 100), ("Hannover", 200), ("Flyer", 50)], 1):
        sheet.write(number, 1, name)
        sheet.write(number, 2, cost)
    book.close()
    assert [(one.name, one.channel) for one in read(path).activities] == [
        ("Köln", "Messe"),
        ("Hannover", "Messe"),
        ("Flyer", ""),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n", "none of its first 30 rows"),
        ("Name,E-Mail,Status\nEva Huber,eva@example.org,new\nUrs Meier,urs@example.org,new\n", "lists people"),
        ("Name,Contact,Status\nEva Huber,eva@example.org,new\nUrs Meier,urs@example.org,new\n", "lists people"),
        ("Name,Close Date,Amount,Probability (%),Type\nNord - retrofit,2/28/2027,9000,10,New\nSüd,3/1/2027,8000,90,New\n", "lists sales"),
        ("Campaign,Date,Cost,Clicks\n" + "".join(f"C{n % 3},2027-01-{n % 28 + 1:02},5,7\n" for n in range(90)), "reports 3 names"),
        ("Campaign,Cost\n", "no activity stands under its header"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_activities_is_not_understood_and_says_what_to_do(tmp_path, text, why):
    found = recognise_activities(csv_file(tmp_path, text))
    assert isinstance(found, NotUnderstood)
    assert why in found.reason
    assert "--draft-mapping" in found.sentence()


def test_a_cell_at_the_far_end_of_a_sheet_is_refused_before_it_takes_all_memory(tmp_path):
    path = tmp_path / "far.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Campaign")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(ImportRefused, match="row 1,048,576 and column 16,384"):
        recognise_activities(path)


def test_a_workbook_that_unpacks_to_too_much_or_declares_a_type_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_bounds, "UNPACKED_LIMIT", 1 << 20)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (3 << 20))
    with pytest.raises(ImportRefused, match="unpacks to more than"):
        recognise_activities(bomb)
    path = workbook(tmp_path / "typed.xlsx", {"P": [["Campaign", "Cost EUR"], ["A", 1]]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/styles.xml"] = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><styleSheet/>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(ImportRefused, match="document type"):
        recognise_activities(path)


def test_an_amount_that_no_number_holds_to_the_cent_is_rejected(tmp_path):
    found = read(csv_file(tmp_path, "Activity,Cost EUR\nA,99999999999999999999.99\nB,9999999999999.99\n"))
    assert money(found) == [(9999999999999.99, "EUR")]
    assert "too large to be kept to the cent" in found.rejects[0].reason
