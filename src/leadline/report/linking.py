"""Addresses that pages write where they link to each other: an element of the plan, or another page.

A file that stands alone links nowhere: its writer knows no addresses, and its bytes do not change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

# Returns the address of an element's id or a page's name; an empty text where there is nothing to lead to.
Href = Callable[[str], str]

ELEMENT, PAGE = "/plan/of/", "/show/"
_PAGE_NAME = re.compile(r"(?:tactic|deal):.+")


def address(target: str) -> str:
    """Return where the browser shows an element of the plan (its id) or a page (`deal:1042`); nothing for nothing.

    >>> address("grow sales/2027"), address("deal:1042"), address("")
    ('/plan/of/grow%20sales%2F2027', '/show/deal:1042', '')
    """
    if not target:
        return ""
    return PAGE + quote(target, safe=":") if _PAGE_NAME.fullmatch(target) else ELEMENT + quote(target, safe="")


def nowhere(_: str) -> str:
    """Return no address: in a file of its own there is nothing to lead to."""
    return ""
