"""Strategy: what, before how."""

from __future__ import annotations

from typing import Literal

from leadline.plan.parts import AnyLink, Element, Links, Part, Texts, about, several
from leadline.plan.quantities import Day, Number, Quantity


class Level(Element):
    """One level of strategy, or a sibling function's strategy."""

    level: (
        Literal[
            "corporate",
            "business_unit",
            "market",
            "communications",
            "social",
            "product",
            "sales",
            "customer_service",
            "hr",
        ]
        | None
    ) = about("level or sibling function")
    parent: AnyLink | None = about("id of the level above", meaning=True)
    statement: str | None = about("one sentence", meaning=True)
    direction: Literal["retrenchment", "stability", "growth"] | None = about("corporate: which way", meaning=True)
    growth: Literal["penetration", "market_development", "product_development", "diversification"] | None = about(
        "business unit: how it grows", meaning=True
    )
    advantage: Literal["cost", "differentiation", "focus"] | None = about("business unit: why it wins", meaning=True)
    posture: Literal["reactive", "proactive"] | None = about("communications, social: who speaks first", meaning=True)
    not_doing: Texts = several("what is left out on purpose", meaning=True)
    aligned_with: Links = several("sibling strategies it agrees with")


class Offering(Element):
    """What is sold."""

    price: Quantity | None = about("price of one")
    margin: Quantity | None = about("contribution margin as a share")
    status: Literal["new", "existing"] | None = about("is it sold already")
    delivery_quality: Number | None = about("0..100")


class Position(Element):
    """Why this segment should choose this offering."""

    segment: str | None = about("id of the segment")
    offering: str | None = about("id of the offering")
    against: str | None = about("competitor id or words")
    difference: str | None = about("the difference that counts")
    proof: Texts = several("ids of evidence elements")


class Message(Element):
    """What is said to a segment."""

    segment: str | None = about("id of the segment", meaning=True)
    position: str | None = about("id of the position it speaks from")
    claim: str | None = about("the claim in one sentence", meaning=True)
    proof: Texts = several("ids of evidence elements", meaning=True)
    tone: str | None = about("tone of voice")
    call_to_action: str | None = about("what to do next")
    expires: Day | None = about("day after which it is not used")


class Strategy(Part):
    """What, before how."""

    levels: tuple[Level, ...] = several("corporate, business unit, market and their siblings")
    offerings: tuple[Offering, ...] = several("what is sold")
    positions: tuple[Position, ...] = several("why us")
    messages: tuple[Message, ...] = several("what is said")
