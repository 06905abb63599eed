"""A new waiver: what `leadline waive` writes, and why it refuses to.

    waiver = draft(document.plan, Request("MEA001", "fair", reason=..., approved_by="ines", expires=day), as_of=today)
    after = apply(document, [append_item(document, ("control", "waivers"), value=waiver)])

A waiver that WVR001, WVR002 or WVR004 would find is not written at all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from leadline.align import registry
from leadline.align.waivers import is_waivable
from leadline.errors import UsageError
from leadline.plan.graph import Graph
from leadline.plan.model import Plan
from leadline.plan.naming import new_id, person_id, refuse_unknown_element


@dataclass(frozen=True)
class WaiverRequest:
    """An exception somebody asks for.

    code: code or name of a check; target: id of an element, of a bet, or of the plan; expires: last day on which it holds
    """

    code: str
    target: str
    reason: str
    approved_by: str
    expires: dt.date


def draft(plan: Plan, request: WaiverRequest, *, as_of: dt.date) -> dict[str, str]:
    """Return the mapping of a waiver that holds on this day.

    Raises UsageError for an unknown check or element (with the nearest three), a check that cannot be waived, an empty
    reason, an unknown person, a day that is over.
    """
    rule = registry.find_rule(request.code)
    if not is_waivable(rule):
        raise UsageError(
            f"{rule.code} {rule.name} cannot be waived (WVR004): a promise to a customer, a law and the arithmetic are "
            "not the plan's to give away. Mend what it finds."
        )
    refuse_unknown_element(plan, request.target, also=[plan.plan.id, *(bet.id for bet in Graph(plan).bets)])
    if not request.reason.strip():
        raise UsageError("A waiver without a reason suppresses nothing (WVR001). Write --reason TEXT.")
    if not request.approved_by.strip():
        raise UsageError("A waiver that nobody approved suppresses nothing (WVR001). Write --approved-by NAME.")
    person = person_id(plan, request.approved_by.strip(), option="--approved-by")
    if request.expires < as_of:
        raise UsageError(
            f"The waiver would end on {request.expires}, before {as_of}, and suppress nothing (WVR002). Name a later day."
        )
    name = re.sub(r"[^a-z0-9]+", "-", f"wv-{rule.code}-{request.target}".lower()).strip("-")
    return {
        "id": new_id(plan, name),
        "code": rule.code,
        "target": request.target,
        "reason": " ".join(request.reason.split()),
        "approved_by": person,
        "expires": request.expires.isoformat(),
    }
