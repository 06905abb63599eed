"""Tables of customers without a mapping: what they share is found by values, what is a stage by words, the rest is asked."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
import xlsxwriter

from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.sources.activity_list import NotUnderstood
from leadline.evidence.sources.mapping import load_mapping, parse_mapping
from leadline.evidence.sources.related import RelatedDraft, draft_related, mapping_name
from leadline.evidence.store import open_store
from leadline.workspace import Workspace

LEADS = 40


def day(number):
    return dt.date(2027, 1, 4) + dt.timedelta(days=number)


def table(folder, name, header, rows, sign=","):
    path = folder / name
    path.write_text("".join(sign.join(map(str, cells)) + "\n" for cells in [header, *rows]), encoding="utf-8")
    return path


def code(number):
    return hashlib.sha256(bytes([number % 256])).hexdigest()[:12] + str(number)


@pytest.fixture
def take(tmp_path):
    """Draft, write the mappings, import: what `start` does."""

    def run(*paths):
        drafted = draft_related(paths)
        assert isinstance(drafted, RelatedDraft), drafted
        workspace = Workspace(tmp_path / "workspace")
        workspace.mappings.mkdir(parents=True)
        used = [path for path in paths if path.name in drafted.mapping_texts]
        for path in used:
            (workspace.mappings / mapping_name(path)).write_text(drafted.mapping_texts[path.name], encoding="utf-8")
        states = frozenset(stage.state for stage in drafted.stages)
        reports = import_files(
            workspace, used, facts=PlanFacts(states=states), setup=Setup(Key(bytes(32))), clock=lambda: dt.datetime(2028, 1, 1, tzinfo=dt.UTC),
        )  # fmt: skip
        assert [(one.status, one.records.rejected, one.rejects) for one in reports] == [("done", 0, None)] * len(used)
        return drafted, open_store(workspace)

    return run


def entered(store):
    rows = store.ask(
        "SELECT stage, count(*) AS n, count(DISTINCT subject) AS who FROM stages GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    return {row["stage"]: (row["n"], row["who"]) for row in rows}


def test_two_german_exports_join_on_a_key_that_repeats_and_each_order_is_a_sale(tmp_path, take):
    asked = table(
        tmp_path, "Anfragen.csv", ["Kontakt-Nr.", "Erstkontakt", "Herkunft", "Firma"],
        [(code(n), f"{day(n):%d.%m.%Y}", ["Messe", "Empfehlung", "Newsletter"][n % 3], f"Firma {n}") for n in range(LEADS)], ";",
    )  # fmt: skip
    ordered = table(
        tmp_path, "Aufträge.csv", ["Auftrag", "Kunde", "Auftragsdatum", "Auftragswert (€)"],
        [(f"A-{n}", code(n % 10), f"{day(n + 20):%d.%m.%Y}", f"1.{n:03},50") for n in range(14)], ";",
    )  # fmt: skip
    drafted, store = take(asked, ordered)
    assert drafted.sentence == (
        '14 of 14 rows of Aufträge.csv name a row of Anfragen.csv by "Kunde" (there "Kontakt-Nr."). Anfragen.csv has 40 rows.'
    )
    assert [(one.state, one.column, one.rows) for one in drafted.stages] == [
        ("lead", "Erstkontakt", 40),
        ("won", "Auftragsdatum", 14),
    ]
    assert drafted.win == "won"
    assert any("repeats (4 rows)" in note for note in drafted.notes)
    assert entered(store) == {"lead": (40, 40), "won": (14, 10)}
    money = store.ask("SELECT sum(amount) AS n, min(currency) AS code FROM stages WHERE stage = 'won'").to_pylist()[0]
    assert (float(money["n"]), money["code"]) == (sum(1000 + n + 0.5 for n in range(14)), "EUR")
    assert store.ask("SELECT count(DISTINCT channel) AS n FROM touches").to_pylist()[0]["n"] == 3


def test_no_name_and_no_id_stands_in_the_warehouse_as_it_was_written(tmp_path, take):
    rows = [(f"eva{n}@example.org", f"{day(n)}", "Eva Huber", f"{day(n + 5)}" if n % 2 else "") for n in range(12)]
    _, store = take(table(tmp_path, "people.csv", ["E-mail", "First contact", "Name", "Purchase date"], rows))
    assert entered(store) == {"lead": (12, 12), "won": (6, 6)}
    for name in ("stages", "identities", "touches"):
        assert not any(
            "eva" in str(value).lower()
            for row in store.ask(f"SELECT * FROM {name}").to_pylist()
            for value in row.values()
        )


def test_a_bare_id_is_told_by_the_word_of_its_file_and_numbers_alone_join_nothing(tmp_path):
    leads = [(n, day(n)) for n in range(1, LEADS)]
    deals = [(n, n * 2, day(n + 30)) for n in range(1, 15)]
    parent = table(tmp_path, "leads.csv", ["id", "created"], leads)
    drafted = draft_related([table(tmp_path, "deals.csv", ["id", "lead_id", "signed on"], deals), parent])
    assert drafted.sentence.startswith('14 of 14 rows of deals.csv name a row of leads.csv by "lead_id" (there "id")')
    apart = draft_related([parent, table(tmp_path, "invoices.csv", ["no", "paper", "paid on"], deals)])
    assert isinstance(apart, NotUnderstood)
    assert apart.reason == "no column of one table holds the keys of another"


def test_a_single_table_with_a_day_per_stage_is_a_funnel_and_an_empty_day_is_no_reject(tmp_path, take):
    path = tmp_path / "suivi.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet, form = book.add_worksheet("Clients"), book.add_format({"num_format": "dd/mm/yyyy"})
    for at, name in enumerate(["Référence", "Date de la demande", "Devis envoyé", "Contrat signé", "Relance prévue"]):
        sheet.write(0, at, name)
    for n in range(12):
        sheet.write(n + 1, 0, code(n))
        for at, number in enumerate([n, n + 5, n + 9, n + 90], 1):
            if n % at == 0:
                sheet.write_datetime(n + 1, at, dt.datetime.combine(day(number), dt.time()), form)
    book.close()
    drafted, store = take(path)
    assert [(one.state, one.rows) for one in drafted.stages] == [("lead", 12), ("offer", 6), ("won", 4)]
    assert entered(store) == {"lead": (12, 12), "offer": (6, 6), "won": (4, 4)}


def test_a_closing_date_is_won_or_lost_as_the_status_says(tmp_path, take):
    rows = [(code(n), day(n), day(n + 9) if n % 3 else "", ["offen", "gewonnen", "verloren"][n % 3]) for n in range(15)]
    drafted, store = take(table(tmp_path, "chancen.csv", ["ID", "Angelegt am", "Abschluss", "Status"], rows))
    assert [(one.state, one.rows) for one in drafted.stages] == [("lead", 15), ("won", 5)]
    assert entered(store) == {"lead": (15, 15), "lost": (5, 5), "won": (5, 5)}


def test_what_only_a_person_knows_is_asked_and_not_filled_in(tmp_path):
    leads = table(tmp_path, "leads.csv", ["lead_id", "created"], [(code(n), day(n)) for n in range(LEADS)])
    deals = [(code(n), day(n - 3), 100 + n) for n in range(9)] + [(code(500), day(9), 5)]
    drafted = draft_related([leads, table(tmp_path, "closed.csv", ["lead_id", "date", "value"], deals)])
    assert drafted.win == "won"
    assert drafted.open_questions == (
        'Is "won" (date of closed.csv) the sale? Its day is the last one known.',
        "1 row of closed.csv cannot be found in leads.csv: is an older export missing?",
        'In which currency is "value" of closed.csv? The file does not name one, so no amount is read yet.',
    )
    assert drafted.notes == ('9 rows are dated "won" before "lead", by up to 3 days: they are kept as the files say',)
    assert "amount" not in drafted.mapping_texts["closed.csv"]


@pytest.mark.parametrize(
    ("header", "rows", "why"),
    [
        (["lead_id", "Expected close date"], [(code(n), day(n)) for n in range(9)], "fewer than two stages"),
        (["lead_id", "won"], [(code(n), f"0{n % 9 + 1}/02/2027") for n in range(9)], "day/month or month/day"),
        (
            ["who", "won"],
            [(code(n + 100), day(n)) for n in range(9)],
            "no column of one table holds the keys of another",
        ),
    ],
)
def test_without_a_shared_key_or_a_stage_there_is_no_draft_but_a_reason(tmp_path, header, rows, why):
    leads = table(tmp_path, "leads.csv", ["lead_id", "created"], [(code(n), day(n)) for n in range(LEADS)])
    found = draft_related([leads, table(tmp_path, "second.csv", header, rows)])
    assert isinstance(found, NotUnderstood)
    assert why in found.reason


def test_a_numbered_list_of_activities_with_days_of_its_own_work_is_no_funnel(tmp_path):
    rows = [(n, f"Messe {n}", day(n), day(n + 5), day(n + 9)) for n in range(1, 9)]
    found = draft_related([table(tmp_path, "plan.csv", ["Nr.", "Maßnahme", "Anfrage am", "Angebot", "Auftrag"], rows)])
    assert isinstance(found, NotUnderstood)


def test_tables_in_which_nothing_tells_the_rows_apart_are_not_joined(tmp_path):
    rows = [("x", day(n % 2)) for n in range(9)]
    found = draft_related([table(tmp_path, name, ["lead", "won"], rows) for name in ("a.csv", "b.csv")])
    assert isinstance(found, NotUnderstood)
    assert "nothing can be joined" in found.reason


def test_a_third_file_that_belongs_to_nothing_is_named(tmp_path):
    leads = table(tmp_path, "leads.csv", ["lead_id", "created"], [(code(n), day(n)) for n in range(LEADS)])
    deals = table(tmp_path, "deals.csv", ["lead_id", "won"], [(code(n), day(n + 4)) for n in range(9)])
    other = table(tmp_path, "plan.csv", ["Campaign", "Start"], [(f"c{n}", day(n)) for n in range(9)])
    drafted = draft_related([leads, deals, other])
    assert drafted.unused == (("plan.csv", "no column of it holds the keys of leads.csv"),)


def test_names_made_to_break_out_of_the_mapping_stay_names(tmp_path):
    odd, key = "won: {const: x}\\' ] #", "lead\ntables: []\nid"
    rows = [(code(n), day(n), day(n + 1)) for n in range(9)]
    path = table(tmp_path, "crm\nmapping: 9.csv", [f'"{key}"', "created", odd], rows, "\t")
    drafted = draft_related([path])
    target = tmp_path / "crm.mapping.yaml"
    target.write_text(drafted.mapping_texts[path.name], encoding="utf-8")
    mapped = parse_mapping(load_mapping(target), "crm")
    assert [entry.columns["entered_at"].columns for entry in mapped.entries] == [("created",), (odd,)]
    assert {entry.identifiers["crm"] for entry in mapped.entries} == {key}


@pytest.mark.proof
@pytest.mark.slow
def test_the_two_files_of_olist_give_the_mapping_a_person_wrote_for_them(shared, take):
    files = sorted((shared / "examples" / "olist" / "data").glob("*.csv"))
    drafted, store = take(*files)
    assert drafted.sentence == (
        '842 of 842 rows of closed_deals.csv name a row of qualified_leads.csv by "mql_id". qualified_leads.csv has 8,000 rows.'
    )
    assert entered(store) == {"lead": (8000, 8000), "won": (842, 842)}
    assert drafted.notes == ('1 row is dated "won" before "lead", by up to 2 days: they are kept as the files say',)
    assert any("zero or blank in 797 of 842 sales" in question for question in drafted.open_questions)
    origins = store.ask(
        "SELECT COALESCE(l.origin, '') AS origin, count(*) AS leads, count(w.subject) AS won FROM stages AS l "
        "LEFT JOIN stages AS w ON w.subject = l.subject AND w.stage = 'won' WHERE l.stage = 'lead' GROUP BY 1"
    ).to_pylist()
    assert {row["origin"]: (row["leads"], row["won"]) for row in origins} == {
        "organic search": (2296, 271), "paid search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179), "direct traffic": (499, 56),
        "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6), "other publicities": (65, 3), "": (60, 14),
    }  # fmt: skip
    channels = store.ask("SELECT COALESCE(channel, '') AS channel, count(*) AS n FROM touches GROUP BY 1").to_pylist()
    assert {row["channel"]: row["n"] for row in channels} == {
        "Organic Search": 2296, "Paid Search": 1586, "Social": 1350, "Direct": 499, "Email": 493, "Referral": 284, "Other": 150, "Display": 118,
        "Other publicities": 65, "": 1099 + 60,
    }  # fmt: skip
