"""Blocks become one HTML file that needs nothing else: no font, no request, readable offline and on paper.

The content policy in its head forbids everything but its own style sheet and, on a page with amounts to turn, the one
script that reckons what they change (both by hash). Jinja escapes every text; only drawings that `charts` has cleaned go
in as markup.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from leadline.report import blocks, charts, theme
from leadline.report.linking import nowhere
from leadline.report.printable import together_page, unturned_page

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

# Rows shown before "show all" (style guide 2.5).
MOST_ROWS = 12


def render_html(page: blocks.Page) -> str:
    """Return the page as one HTML document; the same page gives the same bytes."""
    from markupsafe import Markup

    css, script = style_sheet(page.foot), play_script() if page.plays else ""
    scripts = f" script-src {_hashed(script)};" if script else ""
    policy = f"default-src 'none'; style-src {_hashed(css)};{scripts} base-uri 'none'; form-action 'none'"
    template = environment().get_template("page.html")
    written = template.render(page=page, css=Markup(css), script=Markup(script), policy=policy)  # noqa: S704 (our own sheet and script; the one foreign text is escaped)
    return together_page(unturned_page(written))


def _hashed(text: str) -> str:
    """Return a source of a content policy: exactly this text (W3C Content Security Policy 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def play_script() -> str:
    """Return the script of pages with amounts to turn; it reads the page it stands in and asks for nothing."""
    return (files("leadline.report") / "templates" / "play.js").read_text(encoding="utf-8")


def style_sheet(foot: str = "") -> str:
    """Return tokens and rules as one style sheet; foot: the running line at the bottom of every printed sheet."""
    rules = (files("leadline.report") / "templates" / "page.css").read_text(encoding="utf-8")
    return theme.css_tokens() + rules.replace("__FOOT__", css_text(foot))


def css_text(text: str) -> str:
    r"""Return a text as a CSS string; everything but plain letters and digits is written by its code point.

    >>> css_text('a"</b')
    '"a\\22 \\3c \\2f b"'
    """
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'


def draw(picture: blocks.Picture, spec: blocks.Spec) -> Markup:
    """Return a specification of a picture as markup; one that was drawn before is not drawn again."""
    from markupsafe import Markup

    before = picture.drawn[0 if spec is picture.wide else 1]
    drawn = before or charts.draw(spec, title=picture.title, description=picture.sentence)
    return Markup(drawn)  # noqa: S704 (only known elements and attributes are left in it)


def _drawing(drawn: blocks.Picture | blocks.Slider) -> Markup:
    from markupsafe import Markup

    return Markup(drawn.drawing)  # noqa: S704 (a map or a curve, finished by charts)


def coded(text: str) -> Markup:
    """Return a text with what stands between backticks set as code, the rest escaped as ever.

    >>> str(coded("name it (`delivers`) <b>"))
    'name it (<code>delivers</code>) &lt;b&gt;'
    """
    from markupsafe import Markup, escape

    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


@cache
def environment() -> jinja2.Environment:
    """Return the templates of a self-contained page; the web app shows the same blocks in its own frame."""
    import jinja2
    from markupsafe import escape

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("leadline.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"kind": lambda block: type(block).__name__, "coded": coded, "said": escape}
    made.globals |= {
        "href": nowhere,
        "why": nowhere,
        "draw": draw,
        "drawing": _drawing,
        "sign": theme.sign,
        "most_rows": MOST_ROWS,
    }
    return made
