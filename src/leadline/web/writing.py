"""Where the plan of a site is written: what an edit will leave is judged before its files are replaced.

    history_of(site).write(document, splices, saying=saying)

Until then readers get the plan as it was, and from then on the new one without waiting for its checks.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadline.plan.editing.desk import Desk
from leadline.plan.history import History
from leadline.web.judging import foresee

if TYPE_CHECKING:
    from leadline.web.site import Site


def desk_of(site: Site) -> Desk:
    """Return the desk on which elements are edited."""
    return Desk(site.workspace, ahead=partial(foresee, site))


def history_of(site: Site) -> History:
    """Return the edits of the plan, for splices of one's own and for undoing."""
    return History(site.workspace, ahead=partial(foresee, site))
