"""Renew the pictures of every page of the web app: 1280 and 390 pixels wide, light and dark.

    .venv/bin/python docs/pictures/pages.py          writes docs/pictures/pages/*.png and docs/pictures/pages/README.md

Needs chromium and the proofs' requirements (`make proofs` installs both). The workspace is the sample company.
"""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from leadline.report.kept import keep_pages  # noqa: E402 - the path to tests/ is set first
from leadline.review.material import material  # noqa: E402 - the path to tests/ is set first
from leadline.review.run import Request, review  # noqa: E402 - the path to tests/ is set first
from leadline.workspace import Workspace  # noqa: E402 - the path to tests/ is set first
from served import ADDRESSES, serve  # noqa: E402 - the path to tests/ is set first

TARGET = Path(__file__).parent / "pages"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
NOW = dt.datetime(2027, 10, 1, 9, tzinfo=dt.UTC).replace(tzinfo=None)  # as if the sample company looked today
COLOURS = 32  # enough for ink, paper and six series; a fifth of the bytes
TALLEST = 2200  # pixels: the first three screens of a page say how it looks


def name_of(address: str) -> str:
    """Return the file name of a page's picture."""
    return address.strip("/").replace("/", "-").replace(":", "-") or "front"


def shrunk(picture: bytes) -> bytes:
    """Return a picture with few colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, TALLEST)))
    made = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


def take(folder: Path) -> None:
    """Serve the sample company and take every page four times."""
    from playwright.sync_api import sync_playwright

    told = material(review(Workspace(folder), Request(now=lambda: NOW)), Workspace(folder))
    keep_pages(told, Workspace(folder), made_at=NOW)
    with serve(folder) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context()
        page = context.new_page()
        served.come_in(page)
        state = context.storage_state()
        for width in (1280, 390):
            for scheme in ("light", "dark"):
                window = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=state,
                    reduced_motion="reduce",
                )  # fmt: skip
                page = window.new_page()
                for address in ADDRESSES:
                    page.goto(served.base + address)
                    picture = page.screenshot(full_page=True)
                    (TARGET / f"{name_of(address)}-{width}-{scheme}.png").write_bytes(shrunk(picture))
                window.close()
        browser.close()


def gallery() -> str:
    """Return the page that shows all pictures."""
    lines = ["# Every page of the web app", "", "Made by `docs/pictures/pages.py` from the sample company.", ""]
    for address in ADDRESSES:
        name = name_of(address)
        shots = [
            f"![{address}, {width} pixels, {scheme}]({name}-{width}-{scheme}.png)"
            for width in (1280, 390)
            for scheme in ("light", "dark")
        ]
        lines += [f"## `{address}`", "", *shots, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(made) / "halden-pumps"
        if len(sys.argv) < 2:
            made_here = [sys.executable, "-m", "leadline", "demo", str(folder), "--quiet"]
            subprocess.run(made_here, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        take(folder)
    (TARGET / "README.md").write_text(gallery(), encoding="utf-8")
