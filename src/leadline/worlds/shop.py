"""Orders of a shop: what cases of the bridge buy, what others buy anyway, and who comes again (BG/NBD).

A buyer buys again at rate λ ~ Gamma(r, alpha) a day and is gone after each purchase with p ~ Beta(a, b).
Fader, Hardie and Lee, "Counting Your Customers the Easy Way", Marketing Science 2005.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from leadline.inputs import stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Repeat, Shop
from leadline.worlds.people import PRIVATE, Register
from leadline.worlds.spending import calendar_days

FIRST_ORDER = 1001  # order numbers begin here, as shops number them
_OPENS, _OPEN_HOURS = 9, 9  # hours of the counter, local time: own choice


@dataclass(frozen=True)
class Order:
    """One order of one item. Money in cents; `gross` is what was paid, tax inside.

    number: # and a number, by time · buyer: the same for all orders of one person · case: key of the case, "" = none
    """

    number: int
    at: dt.datetime
    buyer: str
    email: str
    item: str
    gross: int
    refunded: int
    web: bool
    case: str = ""
    state: str = ""

    def tax(self, rate: float) -> int:
        """Return the tax inside the price, in cents."""
        return round(self.gross * rate / (1 + rate))

    def net(self, rate: float) -> float:
        """Return what stays after tax and refunds, in cents."""
        return (self.gross - self.tax(rate)) * (self.gross - self.refunded) / self.gross if self.gross else 0.0


def orders_of(company: Company, register: Register) -> tuple[Order, ...]:
    """Return every order up to the world's end, numbered by time; () where the company has no shop."""
    shop = company.world.shop
    if shop is None:
        return ()
    found = [*_of_cases(company, shop, register), *_of_others(company, shop)]
    found.sort(key=lambda order: (order.at, order.buyer))
    return tuple(_returned(company, replace(order, number=FIRST_ORDER + place)) for place, order in enumerate(found))


def _of_cases(company: Company, shop: Shop, register: Register) -> Iterator[Order]:
    for case in company.cases:
        for state, item in shop.sells.items():
            if state in case.entered:
                person = register.askers.get(case.key)
                cents = round(case.worth.get(state, 0.0) * 100)
                buyer = f"P-{person.record}" if person else case.key
                email = person.email if person else ""
                yield Order(0, case.entered[state], buyer, email, item, cents, 0, web=False, case=case.key, state=state)


def _of_others(company: Company, shop: Shop) -> Iterator[Order]:
    random, end = stream(company.seed, "world: buyers"), company.end
    arrivals = random.poisson(shop.buyers * company.demand)
    days = calendar_days(company.world)
    for number, index in enumerate(np.repeat(np.arange(len(days)), arrivals), start=1):
        own = stream(company.seed, "world: buyer", index=number)
        web = bool(own.random() < shop.web)
        for at in purchases(shop.repeat, _counter_time(days[int(index)], own), end=end, random=own):
            items = list(shop.goods.items())
            item, price = items[int(own.integers(len(items)))]
            cents = round(100 * price * float(np.exp(shop.spread * own.normal())))
            yield Order(0, at, f"B-{number}", f"b{number}@{PRIVATE.domain}", item, max(100, cents), 0, web=web)


def purchases(
    repeat: Repeat | None, first: dt.datetime, *, end: dt.datetime, random: np.random.Generator
) -> list[dt.datetime]:
    """Return the times of all purchases of one buyer, from the first up to the end."""
    if repeat is None:
        return [first]
    rate, leaves = random.gamma(repeat.r, 1 / repeat.alpha), random.beta(repeat.a, repeat.b)
    found, at = [first], first
    while random.random() >= leaves:
        # Rates near zero would overflow a date; nobody waits longer than a hundred years.
        days = min(float(random.exponential(1 / max(rate, 1e-9))), 36_500.0)
        at = _counter_time((at + dt.timedelta(days=max(days, 1.0))).date(), random)
        if at > end:
            break
        found.append(at)
    return found


def _counter_time(day: dt.date, random: np.random.Generator) -> dt.datetime:
    second = int((_OPENS + random.random() * _OPEN_HOURS) * 3600)
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)


def _returned(company: Company, order: Order) -> Order:
    """Take some orders back, wholly or half of the money."""
    random = stream(company.seed, f"world: refund of {order.buyer} {order.at}")
    if random.random() >= company.world.noise.refunds:
        return order
    return replace(order, refunded=order.gross if random.random() < 0.5 else order.gross // 2)
