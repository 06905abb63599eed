"""What a page may ask: the workspace, the plan as it stands, the texts, the clock, who is in.

site = site_of(request)
site.plan.now().document
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from leadline.web.entering import Entry, Session
from leadline.web.guarding import Address
from leadline.web.reading import PlanReader
from leadline.web.texts import Texts, read_texts
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from starlette.requests import Request


def _utc() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)


@dataclass
class Site:
    """One workspace in the browser.

    address: the hosts it answers to · entry: the way in · clock: the moment, UTC without zone · by: who writes, in ledgers
    debug: show stack traces in the terminal
    as_of, seed: on which day everything is judged, and by which random numbers; None takes the workspace's settings
    shared: what pages keep for themselves across requests (caches), by the page's name
    """

    workspace: Workspace
    address: Address
    entry: Entry = field(default_factory=Entry)
    texts: Texts = field(default_factory=read_texts)
    clock: Callable[[], dt.datetime] = _utc
    by: str = ""
    debug: bool = False
    as_of: dt.date | None = None
    seed: int | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    plan: PlanReader = field(init=False)

    def __post_init__(self) -> None:
        self.plan = PlanReader(self.workspace, as_of=self.as_of, seed=self.seed)

    @property
    def asked(self) -> dict[str, object]:
        """Return day and seed as an order of a job names them."""
        return {"as_of": self.as_of.isoformat() if self.as_of else None, "seed": self.seed}

    @property
    def today(self) -> dt.date:
        """Return the day."""
        return self.clock().date()


def site_of(request: Request) -> Site:
    """Return the site a request came to."""
    return cast("Site", request.app.state.site)


def session_of(request: Request) -> Session:
    """Return the session of a request that passed the guard."""
    return cast("Session", request.scope["session"])


def tell(request: Request, text: str, *, level: str) -> None:
    """Show a text at the top of the next page this browser gets. level: ok, note, warn or error."""
    session_of(request).told.append((level, site_of(request).workspace.shortened(text)))
