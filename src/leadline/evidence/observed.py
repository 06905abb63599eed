"""From the warehouse to the mathematics: purchases, tests and posts. Nobody is named, and numbers say nothing of nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leadline.evidence.frames import AsOf, answer
from leadline.evidence.numbering import classes, numbers
from leadline.evidence.store import Store
from leadline.inputs import Experiment, Floats, Orders, Posts, Tests


def orders(store: Store, *, at: AsOf, currency: str = "EUR") -> Orders:
    """Return one row per customer and day with a purchase, customers numbered by what they bought.

    Money in another currency counts at its dated rate; a day with an order without one has no value, and a note says so.
    """
    rows = answer(store, "order_days", params={"currency": currency}, at=at)
    day = np.array([row["day"] for row in rows], dtype="datetime64[D]")
    value = np.array(
        [np.nan if row["unrated"] or row["net"] is None else float(row["net"]) for row in rows], dtype=np.float64
    )
    content = classes([day, value])
    customer = numbers(np.array([row["person"] for row in rows], dtype=np.int64), content)
    order = np.lexsort((content, customer))
    unrated = sum(row["unrated"] for row in rows)
    notes = (
        (f"{unrated} orders have no rate to {currency} on their day: the value of these days is not known",)
        if unrated
        else ()
    )
    names = np.array([f"customer {number}" for number in customer[order]], dtype=np.str_)
    return Orders(names, day[order], value[order], at.day, currency, notes)


def trials(store: Store, *, at: AsOf, currency: str = "EUR", experiments: Sequence[Experiment] = ()) -> Tests:
    """Return what followed in every unit of every test up to the as-of day.

    experiments: finished tests as estimates, such as the plan's; costs of another currency are left out, and a note says so
    """
    rows = answer(store, "trial_outcomes", params={"currency": currency}, at=at)
    foreign = sum(row["cost"] is not None and row["currency"] != currency for row in rows)

    def texts(name: str) -> npt.NDArray[np.str_]:
        return np.array([row[name] or "" for row in rows], dtype=np.str_)

    cost = [np.nan if row["cost"] is None or row["currency"] != currency else float(row["cost"]) for row in rows]
    notes = (f"{foreign} costs are in another currency than {currency}: they are left out",) if foreign else ()
    return Tests(
        test=texts("test"), unit_kind=texts("unit_kind"), unit=texts("unit"), arm=texts("arm"),
        period=np.array([row["period"] for row in rows], dtype="datetime64[D]"),
        exposed=np.array([bool(row["exposed"]) for row in rows], dtype=np.bool_), outcome=texts("outcome"),
        value=_numbers([row["value"] for row in rows]), cost=_numbers(cost),
        experiments=tuple(experiments), currency=currency, notes=notes,
    )  # fmt: skip


def posts(store: Store, brands: Sequence[str], *, at: AsOf) -> Posts:
    """Return every post, oldest first, with the brands of the panel that it names; reposts are no posts of their own."""
    rows = answer(store, _POSTS, at=at)
    told = [row["author"] for row in rows]
    number = {name: place for place, name in enumerate(dict.fromkeys(name for name in told if name is not None))}
    named = [[brand in (row["brands"] or "").split(",") for brand in brands] for row in rows]

    def texts(name: str) -> npt.NDArray[np.str_]:
        return np.array([row[name] or "" for row in rows], dtype=np.str_)

    return Posts(
        at=np.array([row["published_at"] for row in rows], dtype="datetime64[us]"), venue=texts("venue"),
        author=np.array([-1 if name is None else number[name] for name in told], dtype=np.int64),
        own=np.array([bool(row["own"]) for row in rows], dtype=np.bool_), text=texts("text"), language=texts("language"),
        brands=tuple(brands), named=np.array(named, dtype=np.bool_).reshape(len(rows), len(brands)),
        reactions=_numbers([row["reactions"] for row in rows]), as_of=at.moment,
    )  # fmt: skip


_POSTS = """SELECT published_at, venue, author, own, text, language, brands, reactions FROM posts
WHERE published_at < :as_of AND kind <> 'Announce' ORDER BY published_at, source, source_key"""


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
