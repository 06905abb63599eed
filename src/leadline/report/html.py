"""Blocks become one HTML file that needs nothing else: no script, no font, no request, readable offline and on paper.

The content policy in its head forbids everything but its own style sheet (by hash). Jinja escapes every text; only
drawings that `charts` has cleaned go in as markup.
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

    css = style_sheet(page.foot)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = environment().get_template("page.html")
    written = template.render(page=page, css=Markup(css), policy=policy)  # noqa: S704 (our own sheet; its one foreign text is escaped)
    return together_page(unturned_page(written))


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


def _drawing(picture: blocks.Picture) -> Markup:
    from markupsafe import Markup

    return Markup(picture.drawing)  # noqa: S704 (a map, finished by charts)


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
