"""The evidence page: files dropped into the browser, what came of them, and names that want to be paths."""

from __future__ import annotations

import html
import io
import re
import resource
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from leadline.errors import UsageError
from leadline.evidence.store import open_store
from leadline.web import warehouse
from leadline.web.app import make_app
from leadline.web.bounding import LEAST_BYTES, bounded_memory
from leadline.web.pages.jobs import jobs_of
from leadline.web.receiving import LONGEST_NAME, safe_name
from leadline.web.renewing import Watch
from leadline.web.site import Site
from leadline.web.tasks import import_task

ADS = b"Day,Campaign,Campaign ID,Cost,Currency code\n2026-05-01,Repair,77,12.50,GBP\n2026-05-02,Repair,77,1.00,GBP\n"
POISON = (
    b"Day,Campaign,Cost,Currency code\n2026-05-01,<script>alert(1)</script>,5.00,GBP\nnever,=1+1,7.00,GBP\n"
    + b"".join(b"2026-05-%02d,Repair,1.00,GBP\n" % day for day in range(2, 20))
)
HOST = "http://127.0.0.1:8137"
NAMES = [
    "../../x.csv", "..\\..\\x.csv", "C:\\x.csv", "/etc/passwd", "%2e%2e%2fx.csv", "x\0.csv", "n" * 300 + ".csv", "con.csv", "AUX", ".hidden",
    "...", "", "a\r\nSet-Cookie: b.csv", "<img src=x onerror=alert(1)>.csv", "\u202egpj.csv", "lpt1.tar.gz",
]  # fmt: skip


@pytest.fixture
def quiet(planned: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give a site whose jobs are only noted: a test does their work itself, with a key of its own."""
    monkeypatch.setenv("LEADLINE_KEY", "11" * 32)
    return planned


def browser(site: Site) -> TestClient:
    """Come in without starting what works the queue."""
    client = TestClient(
        make_app(site), base_url=HOST, headers={"sec-fetch-site": "same-origin", "origin": HOST}, follow_redirects=False
    )
    assert client.get("/enter", params={"key": site.entry.new_key()}).status_code == 200
    return client


def drop(client: TestClient, *files: tuple[str, bytes]) -> str:
    answer = client.post("/evidence/files", files=[("files", one) for one in files])
    assert answer.headers["location"] == "/evidence", answer.text
    return client.get("/evidence").text


def work(site: Site) -> list[dict[str, object]]:
    """Do the imports that wait, as their child process would; return what became of each file."""
    reports = []
    for job in reversed(jobs_of(site).all()):
        if job.kind == "import" and not job.is_over:
            result = import_task(site.workspace, job.arguments, tell=lambda *_: None)
            jobs_of(site)._tell(job.id, "begun")
            jobs_of(site)._tell(job.id, "done", result=result)
            reports += result["files"]
    return reports


@pytest.mark.parametrize("given", NAMES)
def test_no_name_of_a_file_is_a_path(given: str) -> None:
    name = safe_name(given)
    assert name
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name.encode()) <= LONGEST_NAME
    assert name.isprintable()
    assert not set(name) & set('<>:"/\\|?*')
    assert name.split(".")[0].casefold() not in {"con", "aux", "nul", "prn", "lpt1"}


@given(st.text(max_size=400))
def test_a_plain_name_stays_as_it_is_when_it_comes_again(given: str) -> None:
    assert safe_name(safe_name(given)) == safe_name(given)


def test_dropped_files_lie_in_exports_under_plain_names_and_are_imported(quiet: Site) -> None:
    client = browser(quiet)
    page = drop(client, ("../../plan.yaml", b"plan: stolen"), ("ads.csv", ADS))
    assert sorted(path.name for path in quiet.workspace.exports.iterdir()) == ["ads.csv", "plan.yaml"]
    assert "Tidewater" in quiet.workspace.plan.read_text(encoding="utf-8")
    assert [job.kind for job in jobs_of(quiet).all()] == ["review", "import"]
    assert "Coming in now" in page
    statuses = {report["file"]: report["status"] for report in work(quiet)}
    assert statuses == {"ads.csv": "done", "plan.yaml": "refused"}
    page = client.get("/evidence").text
    assert "One file brought 2 records" in page
    assert "plan.yaml" in page
    assert "Of one file nothing was written" in page


def test_the_same_bytes_are_known_and_another_file_of_that_name_is_kept_beside(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("ads.csv", ADS))
    page = drop(client, ("renamed.csv", ADS))
    assert "byte for byte" in page
    drop(client, ("ads.csv", ADS.replace(b"12.50", b"13.50")), ("ads.mapping.yaml", b"mapping: 1\n"))
    assert sorted(path.name for path in quiet.workspace.exports.iterdir()) == [
        "ads (2).csv", "ads (2).mapping.yaml", "ads.csv",
    ]  # fmt: skip
    assert (quiet.workspace.exports / "ads.csv").read_bytes() == ADS


def test_a_file_refused_for_want_of_a_currency_comes_in_once_it_is_said(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("ads.csv", b"Day,Campaign,Cost\n2026-05-01,Repair,12.50\n"))
    assert work(quiet)[0]["reason"] == "no_currency"
    page = client.get("/evidence").text
    assert 'name="currency"' in page
    assert 'value="ads.csv"' in page
    assert "--currency" not in page, "whoever has no terminal has no options"
    client.post("/evidence/again", data={"file": "ads.csv", "currency": "pounds"})
    assert "is no currency" in client.get("/evidence").text
    client.post("/evidence/again", data={"file": "../plan.yaml", "currency": "gbp"})
    assert "is not known" in client.get("/evidence").text
    client.post("/evidence/again", data={"file": "ads.csv", "currency": "gbp"})
    assert work(quiet)[0]["status"] == "done"
    page = client.get("/evidence").text
    assert '<input type="hidden" name="file" value="ads.csv">' not in page
    assert "12.5\N{NO-BREAK SPACE}GBP" in page


def test_work_that_failed_is_told_on_the_page_and_a_plan_that_cannot_be_read_is_no_fault_of_it(quiet: Site) -> None:
    client = browser(quiet)
    quiet.workspace.plan.write_text("plan: [", encoding="utf-8")
    drop(client, ("ads.csv", ADS))
    for job in jobs_of(quiet).all():
        jobs_of(quiet)._tell(job.id, "failed", reason="refused", error="plan.yaml:1: <i>no end</i>")
    page = client.get("/evidence")
    assert page.status_code == 200
    assert "&lt;i&gt;no end" in page.text
    assert "See where it breaks" in page.text
    quiet.workspace.plan.unlink()
    assert client.get("/evidence").headers["location"] == "/start"


def test_what_stands_in_an_imported_file_is_text_on_the_page(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("<b>.csv", POISON))
    assert work(quiet)[0]["status"] == "done"
    page = client.get("/evidence").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_campaign_of_nobody_is_written_into_the_plan(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client, asked = browser(quiet), []
    drop(client, ("ads.csv", ADS))
    work(quiet)
    ask = warehouse.ask
    monkeypatch.setattr(warehouse, "ask", lambda *how: asked.append(how) or ask(*how))
    for _ in range(2):
        assert "Repair" in client.get("/evidence").text
    plan = quiet.workspace.plan
    plan.write_text(plan.read_text(encoding="utf-8") + "\n# a word to colleagues\n", encoding="utf-8")
    assert "Repair" in client.get("/evidence").text
    assert len(asked) == 1  # neither a second look nor an edit of something else asks the warehouse again
    first = quiet.plan.now().document.plan.tactics.list[0]
    tactic = first.id
    client.post("/evidence/belongs", data={"kind": "campaign", "name": "Repair", "tactic": tactic})
    page = client.get("/evidence").text
    assert f"Repair belongs to {first.name} now" in html.unescape(page)
    assert ", from the next review on" in page
    assert len(asked) == 2
    tracked = quiet.plan.now().document.plan.tactics.list[0].tracked_as
    assert "Repair" in tracked["campaign"]
    client.post("/evidence/belongs", data={"kind": "campaign", "name": "a, b: *", "tactic": tactic})
    assert "Write it at the tactic itself" in client.get("/evidence").text


def test_while_somebody_writes_the_page_shows_what_was_read_before_and_says_so(quiet: Site) -> None:
    import duckdb

    client = browser(quiet)
    drop(client, ("ads.csv", ADS))
    work(quiet)
    assert "Repair" in client.get("/evidence").text
    with duckdb.connect(str(quiet.workspace.warehouse)) as connection:
        connection.execute("INSERT INTO meta VALUES ('another', 'state')")
        connection.execute("CHECKPOINT")
        page = client.get("/evidence")
        assert page.status_code == 200
        assert "Repair" in page.text
        assert "is writing at this moment" in page.text
    assert "is writing at this moment" not in client.get("/evidence").text


def test_an_upload_larger_than_the_page_takes_is_refused_before_it_is_read(quiet: Site) -> None:
    client = browser(quiet)
    answer = client.post("/evidence/files", headers={"content-length": str(600 << 20)}, content=b"x")
    assert answer.status_code == 413


def test_a_packed_bomb_is_refused_as_a_file(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadline.evidence.sources.sheet_bounds.UNPACKED_LIMIT", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b" " * (3 << 20))
    client = browser(quiet)
    drop(client, ("bomb.xlsx", packed.getvalue()))
    report = work(quiet)[0]
    assert report["status"] == "refused"
    assert "unpacks to more than" in str(report["message"])


ODD = (
    b"Day,Campaign,Cost,Currency code\n"
    + b"".join(b"2026-05-%02d,Repair,1.00,GBP\n" % day for day in range(1, 25))
    + (b'2026-05-32,"=cmd|\'/C calc\'!A0",7.00,GBP\n2026-05-30,"<i>Shop, two",much,GBP\n')
)


def test_rejects_are_mended_in_the_browser_and_what_is_still_wrong_comes_back(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("odd.csv", ODD))
    named = str(work(quiet)[0]["import_id"])
    address = f"/evidence/rejects/{named}"
    assert address in client.get("/evidence").text
    page = client.get(address).text
    assert "&lt;i&gt;Shop, two" in page
    assert "<i>Shop" not in page
    form = dict(re.findall(r'name="((?:line|was|cell)[.\w]*)" value="([^"]*)"', page))
    lines = re.findall(r'name="line" value="(\d+)"', page)
    assert lines == ["26", "27"]
    form = {name: html.unescape(value) for name, value in form.items() if name != "line"}
    first, second = lines
    changed = {**form, "line": lines, f"cell.{first}.0": "2026-05-31", f"cell.{second}.2": "a lot"}
    assert client.post(f"{address}/mend", data=changed).headers["location"] == address
    report = work(quiet)[0]
    assert report["records"] == {"read": 2, "accepted": 1, "rejected": 1, "skipped": {}, "merged": 0}
    page = client.get(address).text
    assert f'id="line-{first}"' not in page
    assert "a lot" in page
    asked = warehouse.ask(quiet, lambda store: store.ask("SELECT campaign FROM spend WHERE line = 26").to_pylist())
    assert asked == [{"campaign": "=cmd|'/C calc'!A0"}], "the guard against formulas never changes a record"
    assert client.post(f"{address}/mend", data=changed).status_code == 303
    assert "Meanwhile changed elsewhere" in client.get(address).text
    assert not work(quiet)
    assert "a lot" in client.get(f"{address}.csv").text


@pytest.mark.parametrize("name", ["0" * 16, "..%2f..%2fplan", "x", "0" * 300])
def test_rejects_of_no_import_are_not_found(quiet: Site, name: str) -> None:
    client = browser(quiet)
    assert client.get(f"/evidence/rejects/{name}").status_code in (403, 404)
    assert client.get(f"/evidence/rejects/{name}.csv").status_code in (403, 404)


OWN_LIST = b"Tag,Was,Summe\n2026-05-01,Radio,120\n2026-05-02,Radio,80\n"
MAPPING = """mapping: 1
table: spend
columns: {day: Tag, campaign: Was, amount: Summe, currency: {const: GBP}}
"""


def test_a_mapping_is_drafted_completed_and_never_written_over(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("unser büro.csv", OWN_LIST))
    assert work(quiet)[0]["reason"] == "not_recognised"
    page = client.get("/evidence").text
    address = re.findall(r'href="(/evidence/mapping/[^"]+)"', page)[0]
    page = client.get(address).text
    assert "mapping: 1" in page
    assert "Summe" in page
    wrong = client.post(f"{address}/save", data={"text": "mapping: 1\ntabel: spend\n", "version": ""})
    assert wrong.status_code == 422
    assert "tabel" in wrong.text
    assert client.post(f"{address}/save", data={"text": MAPPING, "version": ""}).status_code == 303
    assert work(quiet)[0]["status"] == "done"
    lost = client.post(f"{address}/save", data={"text": "mapping: 1 # mine", "version": ""})
    assert lost.status_code == 409
    assert "amount: Summe" in lost.text
    assert "# mine" in lost.text
    beside = quiet.workspace.exports / "unser büro.mapping.yaml"
    assert beside.read_text(encoding="utf-8") == MAPPING
    version = re.findall(r'name="version" value="(\w+)"', client.get(address).text)[0]
    nameless = client.post(f"{address}/save", data={"text": MAPPING, "version": version, "keep": "1"})
    assert "says by which columns" in nameless.text
    matching = MAPPING + 'match: {header: ["Tag", "Was", "Summe"]}\n'
    kept = client.post(f"{address}/save", data={"text": matching, "version": version, "keep": "1"})
    assert kept.status_code == 303
    assert not beside.exists()
    assert (quiet.workspace.mappings / beside.name).read_text(encoding="utf-8") == matching
    assert "for every export with these columns" in client.get(address).text
    drop(client, ("later.csv", OWN_LIST.replace(b"120", b"121")))
    assert {report["file"]: report["status"] for report in work(quiet)}["later.csv"] == "done"


@pytest.mark.parametrize("name", ["..%2fplan.yaml", "nothing.csv", "%2fetc%2fpasswd", "a" * 300])
def test_only_what_lies_in_exports_has_a_mapping(quiet: Site, name: str) -> None:
    client = browser(quiet)
    assert client.get(f"/evidence/mapping/{name}").status_code == 404
    assert client.post(f"/evidence/mapping/{name}/save", data={"text": MAPPING}).status_code == 404


def test_a_file_read_in_the_wrong_currency_is_read_again_in_the_right_one(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("ads.csv", b"Day,Campaign,Cost\n2026-05-01,Repair,12.50\n"))
    work(quiet)
    for currency in ("usd", "gbp", "usd"):
        client.post("/evidence/again", data={"file": "ads.csv", "currency": currency, "again": "1"})
        (report,) = work(quiet)
        assert report["status"] == "done"
        rows = open_store(quiet.workspace).ask("SELECT amount, currency FROM spend").to_pylist()
        assert [row["currency"] for row in rows] == [currency.upper()], "one row, in the currency said last"
    assert '<option value="ads.csv">' in client.get("/evidence").text


def test_a_refused_file_is_put_aside_with_its_mapping_and_taken_back(quiet: Site) -> None:
    client, folder = browser(quiet), quiet.workspace.folder
    drop(client, ("odd ü.csv", b"a,b\n1,2\n"), ("odd ü.mapping.yaml", b"mapping: 1\n"))
    work(quiet)
    assert "Put it aside" in client.get("/evidence").text
    assert client.post("/evidence/aside", data={"file": "odd ü.csv"}).headers["location"] == "/evidence"
    assert {path.name for path in (folder / "exports-aside").iterdir()} == {"odd ü.csv", "odd ü.mapping.yaml"}
    assert list((folder / "exports").iterdir()) == []
    page = client.get("/evidence").text
    assert "Which files are not in?" not in page
    assert "odd ü.csv is put aside now" in page
    assert client.post("/evidence/back", data={"file": "odd ü.csv"}).headers["location"] == "/evidence"
    assert {path.name for path in (folder / "exports").iterdir()} == {"odd ü.csv", "odd ü.mapping.yaml"}
    waiting = [(one.kind, one.arguments) for one in jobs_of(quiet).all() if not one.is_over]
    assert waiting == [("review", {}), ("import", {"files": ["exports/odd ü.csv"]})]  # the last one asked for first


@pytest.mark.parametrize("name", ["../plan.yaml", "/etc/passwd", "", "absent.csv", "x.mapping.yaml"])
def test_only_what_lies_in_exports_is_put_aside(quiet: Site, name: str) -> None:
    (quiet.workspace.exports).mkdir()
    (quiet.workspace.exports / "x.mapping.yaml").write_text("mapping: 1\n", encoding="utf-8")
    client = browser(quiet)
    assert client.post("/evidence/aside", data={"file": name}).status_code == 422
    assert client.post("/evidence/back", data={"file": name}).status_code == 422
    assert (quiet.workspace.folder / "plan.yaml").exists()
    assert not (quiet.workspace.folder / "exports-aside").exists()


def test_a_stopped_import_takes_its_review_along_and_says_what_is_not_in(quiet: Site) -> None:
    client = browser(quiet)
    drop(client, ("ads.csv", ADS))
    jobs = jobs_of(quiet)
    (job,) = (one for one in jobs.all() if one.kind == "import")
    client.post(f"/jobs/{job.id}/cancel")
    assert [one.state for one in jobs.all()] == ["cancelled", "cancelled"]
    page = client.get("/evidence").text
    assert "ads.csv: Its import did not come to its end" in page
    watch = Watch(0)
    assert [watch.look(quiet) for _ in range(4)] == [False] * 4  # what was stopped is not begun again by itself
    (quiet.workspace.settings).write_text("[paths]\nwindow_days = 30\n", encoding="utf-8")
    assert [watch.look(quiet) for _ in range(4)] == [False] * 4  # a review would take the file in
    drop(client, ("more.csv", ADS.replace(b"77", b"78")))
    for one in jobs.all()[:2]:  # its import tells of another file; the one that was stopped is still out
        jobs._tell(one.id, "done", result={"files": [{"file": "more.csv", "status": "done"}]})
    assert "ads.csv: Its import did not come to its end" in client.get("/evidence").text
    assert [watch.look(quiet) for _ in range(4)] == [False] * 4
    client.post("/evidence/again", data={"file": "ads.csv"})
    work(quiet)
    for one in jobs.all():
        jobs._tell(one.id, "done", result={})
    assert "did not come to its end" not in client.get("/evidence").text
    assert any(watch.look(quiet) for _ in range(4))


def test_memory_is_bound_only_while_files_are_read() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with bounded_memory():
        assert resource.getrlimit(resource.RLIMIT_AS)[0] >= LEAST_BYTES

    def swell() -> None:
        with bounded_memory():
            raise MemoryError

    with pytest.raises(UsageError, match="more memory than this machine has"):
        swell()
    assert resource.getrlimit(resource.RLIMIT_AS) == before
