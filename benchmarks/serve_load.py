"""Twenty people read every page of the sample company while one edits its plan: server time of each page, and errors.

    python benchmarks/serve_load.py [--demo FOLDER] [--seconds 300]
    python benchmarks/serve_load.py --flat-out --seconds 60

The load is made by `hey` (Debian package `hey`: apt-get install hey), one process for each reader at a time: it goes
through all pages, ten requests of each, one every half second, which is more than twenty people read. Beside them one
writer changes the cost of a tactic through its form every second and reads the page it is sent to, and asks for a review
of the workspace each minute, which runs as the child process that it is. With --flat-out readers do not wait at all:
that is no figure of a page but of the whole server, for twenty requests are then always under way on its one core.

Server time is hey's `response-delay`: from the request being written to the first byte of the answer. Client and server
share this machine's cores. The bar: no error, and 95 of 100 requests of the paced readers within 150 ms (issue 4).
"""

from __future__ import annotations

import argparse
import csv
import http.client
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from served import ADDRESSES, Served, serve

BAR = 0.150  # seconds of server time, 95 of 100 requests of paced readers (issue 4)
READERS = 20  # issue 4
A_SECOND = 2  # requests of one reader who is paced; a person who reads asks less often
VISIT = 10  # requests of one page before a reader goes on: twenty readers start four processes a second, not more
EDIT_EVERY = 1.0  # seconds from the begin of one edit to the begin of the next
REVIEW_EVERY = 60.0  # seconds; by itself a review waits until nobody has edited for a while, which is never here
EDITED = "/plan/tactics/search"
COST = "budget"
DELAY = "Response-delay"  # column of hey's CSV: from the request being written to the first byte of the answer
MISSING = {"/nowhere": 404}  # every other page answers 200


# How much later than asked a process that does nothing else is woken: what the machine alone adds to every answer.
PROBE = """
import sys, time
late = []
while True:
    begun = time.perf_counter()
    time.sleep(0.02)
    late.append(time.perf_counter() - begun - 0.02)
    if len(late) % 50 == 0:
        ranked = sorted(late)
        print(*(f"{1000 * ranked[int(share * (len(late) - 1))]:.1f}" for share in (0.5, 0.95, 1)), flush=True)
"""


@dataclass
class Told:
    """What was measured. times: address → seconds of server time · errors: what did not answer as it should, in words."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, address: str, seconds: Sequence[float], errors: Sequence[str] = ()) -> None:
        """Add what one visit gave."""
        with self.lock:
            self.times.setdefault(address, []).extend(seconds)
            self.errors.extend(errors)


class Form(HTMLParser):
    """The fields of the form that edits an element, as a browser would send them. action: where to."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.fields = action, list[tuple[str, str]]()
        self._inside, self._name, self._chosen, self._text = False, "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take hidden fields, inputs and ticked boxes as they are opened."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self.action
        name = given.get("name", "")
        if not self._inside:
            return
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((name, given.get("value", "")))
        elif tag in ("select", "textarea"):
            self._name, self._text, self._chosen = name, "", ""
        elif tag == "option" and "selected" in given:
            self.fields.append((self._name, given["value"])) if given["value"] else None

    def handle_data(self, data: str) -> None:
        """Collect the text of a text area."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Take a text area as it is closed; leave the form with its end."""
        if self._inside and tag == "textarea":
            self.fields.append((self._name, self._text.removeprefix("\n")))
        elif tag == "form":
            self._inside = False


class Person:
    """One person's connection. cookie: of the session they came in with."""

    def __init__(self, served: Served, cookie: str = "") -> None:
        self.base = served.base
        self.cookie = cookie or self._come_in(served.address)

    def ask(self, address: str, form: Sequence[tuple[str, str]] | None = None) -> tuple[int, str, str]:
        """Ask for an address, or send a form to it; return status, text, and where the browser is sent."""
        host = urllib.parse.urlsplit(self.base).netloc
        connection = http.client.HTTPConnection(host, timeout=60)
        headers = {"cookie": self.cookie, "origin": self.base, "sec-fetch-site": "same-origin"}
        try:
            if form is None:
                connection.request("GET", address, headers=headers)
            else:
                headers["content-type"] = "application/x-www-form-urlencoded"
                connection.request("POST", address, urllib.parse.urlencode(form), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace"), answer.getheader("location", "")
        finally:
            connection.close()

    def _come_in(self, address: str) -> str:
        parts = urllib.parse.urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        connection.request("GET", f"{parts.path}?{parts.query}")
        cookie = connection.getresponse().getheader("set-cookie", "")
        connection.close()
        return cookie.partition(";")[0]


def read(person: Person, told: Told, number: int, *, until: float, paced: bool) -> None:
    """Go through the pages until the time is over, beginning where no other reader begins."""
    at = number * len(ADDRESSES) // READERS
    while time.monotonic() < until:
        address = ADDRESSES[at % len(ADDRESSES)]
        at += 1
        command = ["hey", "-n", str(VISIT), "-c", "1", "-o", "csv", "-disable-redirects", "-t", "60"]
        command += ["-q", str(A_SECOND)] if paced else []
        command += ["-H", f"Cookie: {person.cookie}", person.base + address]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        rows = list(csv.DictReader(io.StringIO(made.stdout)))
        due = str(MISSING.get(address, 200))
        wrong = [f"{address}: {row['status-code']}" for row in rows if row["status-code"] != due]
        wrong += [f"{address}: no answer"] * (VISIT - len(rows))
        told.add(address, [float(row[DELAY]) for row in rows], wrong)


def write(person: Person, told: Told, *, until: float) -> None:
    """Edit the plan each second through the form, read what it did, and ask for a review now and then."""
    begun = next_review = time.monotonic()
    edits = 0
    while time.monotonic() < until:
        if time.monotonic() >= next_review:
            next_review += REVIEW_EVERY
            _timed(person, told, "POST /review", address="/review", form=[], due=303)
        _, text, _ = person.ask(EDITED)
        form = Form(EDITED)
        form.feed(text)
        typed = [(name, f"{20_000 + edits} EUR" if name == COST else value) for name, value in form.fields]
        edits += 1
        to = _timed(person, told, f"POST {EDITED}", address=EDITED, form=typed, due=303)
        if "done=" in to:
            _timed(person, told, f"GET {EDITED}?done=…", address=to, form=None, due=200)
        else:
            told.add(f"POST {EDITED}", [], [f"edit {edits} was not written"])
        time.sleep(max(0.0, begun + edits * EDIT_EVERY - time.monotonic()))


def _timed(
    person: Person, told: Told, name: str, *, address: str, form: Sequence[tuple[str, str]] | None, due: int
) -> str:
    """Ask, and note how long it took and whether it answered as it should; return where the browser is sent."""
    start = time.perf_counter()
    try:
        status, _, to = person.ask(address, form)
    except OSError as error:
        told.add(name, [], [f"{name}: {error}"])
        return ""
    told.add(name, [time.perf_counter() - start], [] if status == due else [f"{name}: {status}"])
    return to


def at(times: Sequence[float], share: float) -> float:
    """Return the time within which a share of the requests was answered (nearest rank)."""
    ranked = sorted(times)
    return ranked[min(len(ranked) - 1, max(0, -int(-share * len(ranked) // 1) - 1))]


def show(name: str, times: Sequence[float]) -> None:
    """Print one row."""
    figures = (statistics.median(times), at(times, 0.95), max(times))
    print(f"{name:<34} {len(times):>8} " + " ".join(f"{1000 * one:>8.1f}" for one in figures))


def warm(person: Person) -> None:
    """Read each page once before the clock starts: what is measured is a server that is up."""
    for address in ADDRESSES:
        status, _, _ = person.ask(address)
        if status != MISSING.get(address, 200):
            raise SystemExit(f"{address} answered {status} before any load; nothing was measured")


def load(person: Person, *, seconds: float, paced: bool) -> tuple[Told, Told, float]:
    """Put the load on a server; return what readers and writer met, and how long it lasted in seconds."""
    readers, writer, begun = Told(), Told(), time.monotonic()
    until = begun + seconds
    threads = [threading.Thread(target=write, args=(person, writer), kwargs={"until": until})]
    threads += [
        threading.Thread(target=read, args=(person, readers, number), kwargs={"until": until, "paced": paced})
        for number in range(READERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return readers, writer, time.monotonic() - begun


def prepared(demo: Path, folder: Path) -> Path:
    """Return a copy of the sample company, reviewed, its pages kept."""
    made = folder / "demo"
    if demo.is_dir():
        shutil.copytree(demo, made)
    else:
        subprocess.run([sys.executable, "-m", "leadline", "demo", str(made)], check=True, stdout=subprocess.DEVNULL)
    return made


def reviewed(person: Person, folder: Path) -> None:
    """Let the server review the workspace where no pages are kept yet, and wait until it has."""
    if (folder / "results" / "pages" / "latest.json").is_file():
        return
    _, _, job = person.ask("/review", [])
    until = time.monotonic() + 300
    while json.loads(person.ask(f"/api{job}")[1])["state"] != "done":
        if time.monotonic() > until:
            raise SystemExit("the sample company was not reviewed within five minutes; nothing was measured")
        time.sleep(0.5)


def noise(probe: subprocess.Popen[str]) -> str:
    """End the probe; return by how many milliseconds it was woken late: median, p95, most."""
    probe.terminate()
    said, _ = probe.communicate(timeout=10)
    return ", ".join(said.splitlines()[-1].split()) if said.strip() else "not known"


def server_state(process: int) -> str:
    """Return the memory and the CPU time of a process in words, nothing where the system does not tell."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        resident = int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return f"{resident:.0f} MB, {cpu:.1f} s of CPU"
    return ""


def main() -> int:
    """Print the tables; return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description="Twenty readers and one writer on one server.")
    parser.add_argument("--demo", type=Path, default=Path("demo"), help="sample company; made anew where absent")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--flat-out", action="store_true", help="readers do not wait between requests")
    given = parser.parse_args()
    if shutil.which("hey") is None:
        print("hey is absent, and nothing was measured. It is Debian's package `hey`: apt-get install hey.")
        return 2
    with tempfile.TemporaryDirectory() as scratch, serve(folder := prepared(given.demo, Path(scratch))) as served:
        person = Person(served)  # the address opens once
        reviewed(person, folder)
        warm(person)
        before = (os.getloadavg(), server_state(served.process.pid))
        halfway = list[str]()
        half = threading.Timer(given.seconds / 2, lambda: halfway.append(server_state(served.process.pid)))
        half.start()
        probe = subprocess.Popen([sys.executable, "-S", "-c", PROBE], stdout=subprocess.PIPE, text=True)
        readers, writer, lasted = load(person, seconds=given.seconds, paced=not given.flat_out)
        late = noise(probe)
        after = (os.getloadavg(), server_state(served.process.pid))
    print(f"{'milliseconds of server time':<34} {'requests':>8} {'median':>8} {'p95':>8} {'most':>8}")
    for address in ADDRESSES:
        if readers.times.get(address):
            show(address, readers.times[address])
    every = [one for times in readers.times.values() for one in times]
    show("all that is read", every)
    for name, times in writer.times.items():
        if times:
            show(f"the writer: {name}", times)
    errors = readers.errors + writer.errors
    pace = "flat out" if given.flat_out else f"{A_SECOND} requests a second each"
    print(f"\n{READERS} readers, {pace}, and one writer for {lasted:.0f} s: {len(every) / lasted:.0f} pages a second")
    print(f"errors: {len(errors)}" + "".join(f"\n  {one}" for one in errors[:20]))
    print(f"{os.cpu_count()} cores; load average {before[0][0]:.1f} before, {after[0][0]:.1f} after")
    print(f"a process that only sleeps was woken late by {late} ms (median, p95, most)")
    print(f"server: {before[1]} before, {''.join(halfway)} halfway, {after[1]} after")
    return int(bool(errors) or (not given.flat_out and at(every, 0.95) > BAR))


if __name__ == "__main__":
    sys.exit(main())
