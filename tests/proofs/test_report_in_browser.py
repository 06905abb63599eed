"""The demo's report in a real browser, from a file, as somebody gets it by mail: readable, quiet, printable.

Widths 320 (200 % zoom of a small window), 390 (a telephone) and 1280 (a desk), in the light and in the dark.
"""

from __future__ import annotations

import itertools
import re
import zlib

import pytest

from contrast import contrast, luminance

pytestmark = pytest.mark.proof
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
SETTINGS = [(width, scheme) for width in (320, 390, 1280) for scheme in ("light", "dark")]

# Every visible text of the page with its colour and the colour behind it, as the browser computed them.
TEXTS = """
() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    const node = walk.currentNode.parentElement;
    if (!text || node.closest('style, title, desc, [hidden], [aria-hidden="true"]')) continue;
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    if (!box.width || style.visibility === 'hidden' || !node.checkVisibility()) continue;
    const svg = node.namespaceURI.endsWith('svg');
    const colour = parse(svg ? style.fill : style.color);
    found.push({text: text.slice(0, 60), colour: colour.slice(0, 3), alpha: colour[3] ?? 1, behind: behind(node),
      place: [Math.round(box.left), Math.round(box.top)],
      size: parseFloat(style.fontSize) * (svg && node.getScreenCTM ? node.getScreenCTM().a : 1)});
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def report(demo_workspace):
    return (demo_workspace.folder / "reports" / "review.html").as_uri()


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda setting: f"{setting[0]}-{setting[1]}")
def seen(request, browser, report, watched):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield watched(context, report)
    context.close()


@pytest.fixture(scope="module")
def desk(browser, report, watched):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=True)
    yield watched(context, report)
    context.close()


def test_nothing_is_asked_for_beside_the_file_and_nothing_complains(seen, report):
    assert seen.requests == [report]
    assert seen.complaints == []


def test_the_page_never_scrolls_sideways(seen):
    wide, window = seen.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window


def test_every_text_stands_out_from_what_is_behind_it(seen):
    texts = seen.page.evaluate(TEXTS)
    assert len(texts) > 200
    ratios = [((one["text"], *one["place"]), contrast(one["colour"], one["behind"])) for one in texts]
    strong = {where for where, ratio in ratios if ratio >= TEXT_CONTRAST}
    # a label over lines is drawn twice, first as its own halo in the colour of the paper: its second drawing counts
    weak = {(where, round(ratio, 2)) for where, ratio in ratios if ratio < TEXT_CONTRAST and where not in strong}
    assert weak == set()


def test_no_text_of_the_page_is_smaller_than_13_pixels(seen):
    small = [one for one in seen.page.evaluate(TEXTS) if one["size"] < 12.99]
    drawn = {one["text"] for one in small}
    words = seen.page.evaluate(
        "() => [...document.querySelectorAll('svg text, svg tspan')].map(one => one.textContent.trim())"
    )
    assert {text for text in drawn if not any(word.startswith(text) for word in words)} == set()


def test_dark_is_dark_and_light_is_light(browser, report, watched):
    found = {}
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme=scheme) as context:
            page = watched(context, report).page
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            found[scheme] = luminance([int(part) for part in re.findall(r"\d+", colour)[:3]])
    assert found["light"] > 0.8
    assert found["dark"] < 0.05


def test_a_policy_forbids_scripts_and_everything_from_outside(desk):
    policy = desk.page.evaluate("document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]').content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (
        desk.page.evaluate("document.querySelectorAll('script, iframe, object, embed, link[rel=stylesheet]').length")
        == 0
    )
    assert desk.page.evaluate("document.querySelectorAll('[onclick], [onload], [href^=javascript]').length") == 0


def test_a_script_slipped_into_the_page_does_not_run(browser, demo_workspace, tmp_path, watched):
    text = (demo_workspace.folder / "reports" / "review.html").read_text(encoding="utf-8")
    file = tmp_path / "tampered.html"
    file.write_text(text.replace("</main>", "<script>document.title = 'changed'</script></main>"), encoding="utf-8")
    with browser.new_context() as context:
        seen = watched(context, file.as_uri())
        assert seen.page.title() != "changed"
        assert any("Content Security Policy" in one for one in seen.complaints)


def test_headings_are_an_outline_with_one_top(desk):
    levels = desk.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_page_names_its_language_and_its_landmarks(desk):
    assert desk.page.evaluate("document.documentElement.lang") == "en"
    for landmark in ("main", "header", "footer", "nav[aria-label]"):
        assert desk.page.evaluate(f"document.querySelectorAll('{landmark}').length") == 1


def test_every_table_has_heads_that_say_what_they_head(desk):
    tables = desk.page.evaluate(
        """() => [...document.querySelectorAll('table')].map(one => ({
          heads: one.querySelectorAll('th').length,
          scoped: one.querySelectorAll('th[scope=col], th[scope=row], th[scope=rowgroup], th[scope=colgroup]').length,
          named: Boolean(one.caption || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')
            || one.closest('figure, details, section[aria-labelledby]'))}))"""
    )
    assert len(tables) > 5
    assert all(one["heads"] and one["heads"] == one["scoped"] and one["named"] for one in tables)


def test_every_picture_has_a_text_that_stands_for_it(desk):
    pictures = desk.page.evaluate(
        """() => [...document.querySelectorAll('svg, img')].filter(one => !one.closest('[aria-hidden="true"]')
          && !one.parentElement.closest('svg')).map(one => {
          const named = (one.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
            .map(id => document.getElementById(id)?.textContent || '').join(' ');
          return {role: one.getAttribute('role'), text: one.getAttribute('aria-label') || named || one.getAttribute('alt')
            || one.querySelector(':scope > title')?.textContent || ''};})"""
    )
    assert len(pictures) > 5
    assert [one for one in pictures if len(one["text"].split()) < 3 or one["role"] != "img"] == []


def test_no_id_stands_twice_and_every_inner_link_leads_somewhere(desk):
    twice, lost = desk.page.evaluate(
        """() => {
          const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
          const links = [...document.querySelectorAll('a[href^="#"]')].map(one => one.getAttribute('href').slice(1));
          return [ids.filter((id, at) => ids.indexOf(id) !== at), links.filter(id => !document.getElementById(id))];}"""
    )
    assert (twice, lost) == ([], [])


def test_the_keyboard_reaches_the_skip_link_first_and_opens_every_table_of_numbers(browser, report, watched):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = watched(context, report).page
        page.keyboard.press("Tab")
        first = page.evaluate(
            "({text: document.activeElement.className, box: document.activeElement.getBoundingClientRect().top})"
        )
        assert first["text"] == "skip"
        assert first["box"] >= 0  # it shows itself where it has the focus
        page.keyboard.press("Enter")
        page.wait_for_url("**#answer", timeout=5000)
        reached = set()
        stops = page.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
        for _ in range(stops + 5):
            page.keyboard.press("Tab")
            at = page.evaluate(
                """() => {
                  const at = document.activeElement, style = getComputedStyle(at);
                  const all = [...document.querySelectorAll('summary')];
                  return {summary: all.indexOf(at), outline: style.outlineStyle, width: parseFloat(style.outlineWidth),
                    body: at === document.body};}"""
            )
            if at["body"]:
                break
            assert at["outline"] != "none"
            assert at["width"] >= 2
            if at["summary"] >= 0 and at["summary"] not in reached:
                reached.add(at["summary"])
                page.keyboard.press("Enter")
        assert reached == set(range(page.evaluate("document.querySelectorAll('summary').length")))
        assert page.evaluate("document.querySelectorAll('details:not([open])').length") == 0


def test_with_every_table_open_the_smallest_window_still_does_not_scroll_sideways(browser, report, watched):
    with browser.new_context(viewport={"width": 320, "height": 800}) as context:
        page = watched(context, report).page
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= window


def test_it_can_be_read_without_javascript(browser, report):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(report)
        assert "Of each 100 EUR" in page.locator("#answer").inner_text().replace("\N{NO-BREAK SPACE}", " ")


def pages_of(pdf):
    """Return the drawing commands of each page of a PDF as chromium writes it."""
    objects = {int(number): body for number, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}
    pages = []
    for body in objects.values():
        if re.search(rb"/Type\s*/Page\b(?!s)", body):
            content = objects[int(re.search(rb"/Contents (\d+) 0 R", body)[1])]
            head, _, stream = content.partition(b"stream\n")
            raw = stream.rpartition(b"\nendstream")[0]
            pages.append(zlib.decompress(raw) if b"FlateDecode" in head else raw)
    return pages


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_on_pages_of_which_none_is_blank(desk, paper):
    pages = pages_of(desk.page.pdf(format=paper, print_background=True))
    assert len(pages) >= 2
    blank = [number for number, commands in enumerate(pages, 1) if len(re.findall(rb"\bT[jJ]\b", commands)) < 3]
    assert blank == []


def test_print_is_light_in_the_dark_too(browser, report, watched):
    with browser.new_context(color_scheme="dark") as context:
        page = watched(context, report).page
        page.emulate_media(media="print")
        colour = page.evaluate("getComputedStyle(document.body).color")
        assert luminance([int(part) for part in re.findall(r"\d+", colour)[:3]]) < 0.1
