"""What an order brought: its net, to four decimals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

CENT_STEP = Decimal("0.0001")  # design, evidence section 1: money is DECIMAL(18,4)


def net_of(values: Mapping[str, object]) -> Decimal | None:
    """Return an order's net: (gross - tax - shipping) × (gross - refunded) / gross; 0 when cancelled or gross is 0."""
    amounts = {name: decimal_of(values.get(name)) for name in ("gross", "tax", "shipping", "refunded")}
    gross = amounts["gross"]
    if values.get("status") == "cancelled" or gross == 0:
        return Decimal(0)
    if gross is None:
        return None
    tax, shipping, refunded = (amounts[name] or Decimal(0) for name in ("tax", "shipping", "refunded"))
    return ((gross - tax - shipping) * (gross - refunded) / gross).quantize(CENT_STEP, ROUND_HALF_EVEN)


def decimal_of(value: object) -> Decimal | None:
    """Return a number as a decimal, exactly as it is written; None stays None."""
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))
