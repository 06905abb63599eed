"""A made-up person is planted in every format that is read; forgotten, they stand in no file but the user's own."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
from dataclasses import replace
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.evidence.forgetting import Eraser
from leadline.evidence.imports import import_files
from leadline.evidence.privacy import Key, Pseudonyms, normal_form, workspace_key
from leadline.evidence.sources.records import ImportOptions
from leadline.evidence.store import open_store
from leadline.plan.source import read_plan
from leadline.review.importing import setup_of
from leadline.review.new_workspace import write_example
from leadline.review.plan_facts import plan_facts
from leadline.settings import read_settings
from leadline.web import tasks
from leadline.workspace import Workspace

NOW = dt.datetime.fromisoformat("2027-04-01T00:00")
MAIL, NAME, PHONE = "canary.person@quillfeather.example", "Canaria Quillfeather", "+43 1 555 0101777"
KEY = "00" * 32
IDS = {
    "email": MAIL, "phone": PHONE, "crm": "987650177", "anonymous": "canary-anon-0001", "user": "canary-user-0077",
    "visitor": "ca9a51e5c0ffee01", "domain_user": "canary-duid-0001", "ga": "canary.ga.0001",
    "author": "social.example/canaria_q77",
}  # fmt: skip
FURTHER = f"author:molkerei-blog.example/{NAME}"
PLANTED = {  # what a sample says → what it says of the canary
    "eva.huber@alpenmolkerei.example": MAIL, "Eva.Huber@AlpenMolkerei.example": MAIL.title(), "Eva Huber": NAME,
    "501,Eva,Huber": "987650177,Canaria,Quillfeather", "501;502": "987650177;502", "+43 1 555 0101": PHONE,
    '"an-1"': '"canary-anon-0001"', '"u-77"': '"canary-user-0077"', '"d1"': '"canary-duid-0001"',
    '"a1b2c3d4e5f60001"': '"ca9a51e5c0ffee01"', '"p1"': '"canary.ga.0001"', "meister_42": "canaria_q77", "R. Alm": NAME,
    "Nordbräu - PumpWatch": f"Nordbräu - {NAME}", "Seal video A": f"{NAME} video", "Seal test, live": f"Thanks {NAME}",
    "Twelve plants, no unplanned stop.": f"{NAME} says hello.", "retrofit - wave 1": f"retrofit - {NAME}",
    "search--compare": f"search--{NAME}", "gk1a2,thought": f"gk1a2,{NAME}", "Messe Köln": NAME, "Thought": NAME, "thought": NAME,
}  # fmt: skip
NO_PERSON = {
    "channels",
    "ga4-report",
    "spreadsheet",
}  # rules, sums, and a workbook of meta-ads, which is planted as such
COUNTED = (
    "SELECT currency, sum(amount) AS amount, count(*) AS n FROM spend GROUP BY currency ORDER BY currency",
    "SELECT currency, sum(net) AS net, count(*) AS n FROM orders GROUP BY currency ORDER BY currency",
    "SELECT source, class, count(*) AS n, sum(value) AS value FROM touches GROUP BY source, class ORDER BY source, class",
    "SELECT stage, subject_kind, count(DISTINCT subject) AS n FROM stages GROUP BY stage, subject_kind ORDER BY 1, 2",
    "SELECT status, count(*) AS n, sum(amount) AS amount FROM deals GROUP BY status ORDER BY status",
    "SELECT venue, own, count(*) AS n, sum(reactions) AS reactions FROM posts GROUP BY venue, own ORDER BY venue, own",
    "SELECT metric, sum(value) AS value, count(*) AS n FROM metrics GROUP BY metric ORDER BY metric",
)


def planted(text):
    for before, after in sorted(PLANTED.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(before, after)
    return text


def plant(source, target):
    """Write a sample with the canary in it; return whether they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".parquet":
        rows = json.loads(planted(json.dumps(pq.read_table(source).to_pylist(), default=str)))
        pq.write_table(pa.Table.from_pylist(rows), target)
        return "canary.ga.0001" in json.dumps(rows)
    data = source.read_bytes()
    for code in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "cp1252"):
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        target.write_bytes(planted(text).encode(code))
        return planted(text) != text
    return False


def spelled():
    """Return every form of everything by which the canary is known, as this test makes them: not as the program does."""
    pseudonyms, found = Pseudonyms(Key(bytes.fromhex(KEY))), set()
    known = {**IDS, "author ": FURTHER.partition(":")[2]}
    for kind, value in known.items():
        plain = normal_form(kind.strip(), value)
        pseudonym, node = pseudonyms.of(kind.strip(), plain)
        found |= {value, plain, pseudonym, str(node)}
    found |= {NAME, "canaria_q77", "Quillfeather, Canaria", "Quillfeather Canaria"}
    forms = set()
    for one in found:
        for text in (one, one.lower(), quote(one), quote(one, safe="")):
            forms |= {text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode().hex().encode()}
            forms |= {
                base64.b64encode(text.encode()).rstrip(b"="),
                base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
            }
    return forms


def found_in(folder, forms, *, apart):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    own = [path for path in files if path.relative_to(folder).as_posix() not in apart]
    return sorted({path.relative_to(folder).as_posix() for path in own for form in forms if form in path.read_bytes()})


@pytest.fixture
def company(shared, tmp_path, monkeypatch):
    """Give a workspace with the canary in the exports of every format, and the names of the user's own files."""
    monkeypatch.setenv("LEADLINE_KEY", KEY)
    write_example(tmp_path, "halden-pumps")
    formats = set()
    for source in sorted((shared / "exports").glob("*/*")):
        target = tmp_path / "exports" / source.parent.name / source.name
        if source.suffix == ".yaml" or source.parent.name in NO_PERSON:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        elif source.name != "expected.json" and plant(source, target):
            formats.add(source.parent.name)
    for extra in ("channels", "ga4-report/expected.json", "spreadsheet/expected.json"):
        shutil.rmtree(tmp_path / "exports" / extra, ignore_errors=True)
        (tmp_path / "exports" / extra).unlink(missing_ok=True)
    assert formats == {path.name for path in (shared / "exports").iterdir() if path.is_dir()} - NO_PERSON
    own = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    return Workspace(tmp_path), own


def take(workspace, *, again=False):
    """Import every export, the first time review and keep the pages; return the formats that were read."""
    plan = read_plan(workspace.plan).plan
    setup = setup_of(plan, read_settings(workspace.settings))
    options = ImportOptions(currency="EUR", accept_rejects=True, again=again)
    files = [
        path
        for path in sorted(workspace.exports.rglob("*"))
        if path.is_file() and not path.name.endswith(".mapping.yaml")
    ]
    reports = import_files(
        workspace, files, facts=plan_facts(plan), setup=replace(setup, options=options), clock=lambda: NOW
    )
    if not again:
        tasks.review_task(workspace, {}, tell=lambda *_, **__: None)
    return {report.recognised_as for report in reports if report.status == "done"}


@pytest.mark.proof
def test_a_forgotten_person_stands_in_no_file_that_leadline_wrote(company):
    workspace, own = company
    folder, forms, store = workspace.folder, spelled(), open_store(workspace)
    assert len(take(workspace)) >= 18
    assert list(workspace.results.glob("*/*")), "pages and results were kept"
    assert found_in(folder, forms, apart=own), "the search finds the canary where they are"
    before = [store.ask(query).to_pylist() for query in COUNTED]
    for subject in (*(f"{kind}:{value}" for kind, value in IDS.items()), FURTHER):
        receipt = Eraser(workspace, workspace_key("halden-pumps"), lambda: NOW).forget(subject)
        assert set(receipt.still_hold) <= own
    assert found_in(folder, forms, apart=own) == []
    assert [store.ask(query).to_pylist() for query in COUNTED] == before
    take(workspace, again=True)
    assert found_in(folder, forms, apart=own) == [], "nor does importing everything again revive them"
    assert [store.ask(query).to_pylist() for query in COUNTED] == before
