"""Every page of the report, one row each: its name, what lists of pages call it, and which function lays it out.

A further page is one file beside this one and one row here; the command line and the browser both go through it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.report.blocks import Page
    from leadline.report.linking import Href
    from leadline.review.material import Material


@dataclass(frozen=True, slots=True)
class PageKind:
    """One page, or one kind of pages of which there are many.

    name: as `--page` takes it · title: in lists of pages · word: in a navigation, empty where it stands in none
    lays_out: `module:function` of (Material), of (Material, id) where `each` is said
    of: what it is made from; `review` needs no look into the warehouse · each: whose members have a page each
    maps: whether its drawings link to elements, so that the function takes `href=` as well
    """

    name: str
    title: str
    lays_out: str
    word: str = ""
    of: Literal["review", "material"] = "material"
    each: Literal["", "tactics", "deals"] = ""
    maps: bool = False

    @property
    def shown_as(self) -> str:
        """Return the name as help texts write it.

        >>> PageKind("tactic", "", "", each="tactics").shown_as
        'tactic:ID'
        """
        return f"{self.name}:ID" if self.each else self.name


_IN = "leadline.report.pages."

PAGES: tuple[PageKind, ...] = (
    PageKind("review", "The review", _IN + "review:whole_review", "Review", of="review", maps=True),
    PageKind("objectives", "Objectives and their forecasts", _IN + "objectives:objectives_page", "Objectives"),
    PageKind("bridge", "The bridge to the sale", _IN + "bridge:bridge_page", "Bridge"),
    PageKind("journeys", "Journeys and credit", _IN + "journeys:journeys_page", "Journeys"),
    PageKind("mix", "What each channel brought", _IN + "mix_sheet:mix_sheet", "Mix"),
    PageKind("deals", "Deals worth reading", _IN + "deals:deals_page", "Deals"),
    PageKind("deal", "One deal", _IN + "deal:deal_page", each="deals"),
    PageKind("evidence", "Evidence", _IN + "evidence:evidence_page", "Evidence"),
    PageKind("control", "Control", _IN + "control:control_page", "Control"),
    PageKind("board", "The board's page", _IN + "board:board_page", "Board"),
    PageKind("audit", "Own channels and competitors", _IN + "audit:audit_page", "Audit"),
    PageKind("sites", "Venues and segments", _IN + "sites:sites_page", "Venues"),
    PageKind("roadmap", "Roadmap by quarter", _IN + "roadmap:roadmap_page", "Roadmap"),
    PageKind("money", "Money by month", _IN + "money:money_page", "Money"),
    PageKind("tactic", "One tactic", _IN + "tactic:tactic_page", each="tactics"),
    PageKind("month", "The month", _IN + "month:month_page", "Month"),
    PageKind("touchpoints", "Touch point map", _IN + "touchpoints:touchpoints_page", "Touch points", maps=True),
)  # fmt: skip


def kind_of(name: str) -> PageKind:
    """Return the kind of a page's name (`tactic:search` is of the kind `tactic`); raises UsageError naming the known."""
    kind, colon, named = name.partition(":")
    for one in PAGES:
        if one.name == kind and bool(one.each) == bool(named) and bool(colon) == bool(named):
            return one
    raise UsageError.unknown("page", name, known=[one.shown_as for one in PAGES])


def lay_out(name: str, material: Material, *, href: Href | None = None) -> Page:
    """Return a page by its name. href: addresses of elements, where drawings shall link to them.

    Raises UsageError for a name that is no page, or whose tactic or deal is not known.
    """
    kind = kind_of(name)
    module, _, function = kind.lays_out.partition(":")
    make = cast("Callable[..., Page]", getattr(importlib.import_module(module), function))
    links = {"href": href} if kind.maps and href is not None else {}
    if kind.each:
        return make(material, name.partition(":")[2], **links)
    return make(material, **links)


def kept_names(material: Material) -> Iterator[tuple[str, str]]:
    """Yield name and title of every page that is kept ready; of deals, which are many, those worth reading."""
    for kind in PAGES:
        if not kind.each:
            yield kind.name, kind.title
        for identity, title in _members(kind, material):
            yield f"{kind.name}:{identity}", title


def _members(kind: PageKind, material: Material) -> Iterator[tuple[str, str]]:
    if kind.each == "tactics":
        yield from ((one.id, one.name or one.id) for one in material.case.plan.tactics.list)
    if kind.each == "deals":
        from leadline.review.deals import stories_worth_reading

        found = material.ask(stories_worth_reading) or {}
        yield from ((identity, f"Deal {deal.number}") for identity, (deal, _) in found.items())
