"""Numbers of a world's file: quantities with units in base units, and estimates drawn once per seed."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from leadline.inputs import stream
from leadline.plan.estimate import Scale, from_triple, quantile
from leadline.units import Estimate, Quantity, Unit, UnitError

_ESTIMATE = re.compile(r"-?[\d.]*\d\.\.-?\d[\d.]*\.\.-?\d[^-]*")


def _in_base_units(dimension: str) -> BeforeValidator:
    """Read a quantity of this dimension (`share`, `time`, `money/time` …); plain numbers are base units already."""

    def read(value: object) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        try:
            quantity = Quantity.parse(value)
        except UnitError as error:
            raise ValueError(str(error)) from None
        unit = Unit.parse(quantity.unit or "count")
        if re.sub(r":[A-Z]{3}", "", unit.dimension) != dimension:
            raise ValueError(f"{quantity} is not of the dimension {dimension}")
        return quantity.value * unit.factor

    return BeforeValidator(read)


Share = Annotated[float, Field(ge=0, le=1), _in_base_units("share")]
Factor = Annotated[float, Field(ge=0), _in_base_units("share")]
Days = Annotated[float, Field(ge=0), _in_base_units("time")]
SomeDays = Annotated[float, Field(gt=0), _in_base_units("time")]
Money = Annotated[float, Field(ge=0), _in_base_units("money")]
SomeMoney = Annotated[float, Field(gt=0), _in_base_units("money")]
MoneyPerDay = Annotated[float, Field(ge=0), _in_base_units("money/time")]
SomeMoneyPerDay = Annotated[float, Field(gt=0), _in_base_units("money/time")]
PerDay = Annotated[float, Field(ge=0), _in_base_units("count/time")]
Growth = Annotated[float, _in_base_units("share/time")]
Amount = Annotated[float, Field(ge=0)]
Count = Annotated[float, Field(gt=0)]


class Known(BaseModel):
    """Anything inside a world: frozen, and closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def drawn(raw: Any, seed: int, *, place: str = "") -> tuple[Any, dict[str, float]]:  # noqa: ANN401 - a tree of YAML
    """Return the tree with every estimate (`low..base..high unit`) replaced by one draw, and the draws by place.

    Each place has a stream of its own, so that an estimate more leaves the others' draws as they were. The draw is in
    the unit written. Raises UnitError or ValueError for an estimate whose base lies outside of it.
    """
    if isinstance(raw, dict):
        parts = {key: drawn(value, seed, place=f"{place}.{key}" if place else str(key)) for key, value in raw.items()}
        return {key: one for key, (one, _) in parts.items()}, {
            k: v for _, found in parts.values() for k, v in found.items()
        }
    if isinstance(raw, list):
        items = [drawn(value, seed, place=f"{place}.{index}") for index, value in enumerate(raw)]
        return [one for one, _ in items], {k: v for _, found in items for k, v in found.items()}
    if not isinstance(raw, str) or not _ESTIMATE.fullmatch(raw.strip()):
        return raw, {}
    estimate = Estimate.parse(raw.strip())
    value = _draw(estimate, stream(seed, f"world: estimate {place}").random())
    return (value if estimate.unit is None else f"{value!r} {estimate.unit}"), {place: value}


def _draw(estimate: Estimate, chance: float) -> float:
    """Return the value below which an estimate lies with this chance, rounded to what a file would write."""
    low, base, high = estimate.low, estimate.base, estimate.high
    if low is None or high is None:
        return base
    per = 100.0 if estimate.unit == "%" else 1.0
    scale: Scale = "signed" if low <= 0 else "share" if per == 100.0 and high < per else "amount"
    belief = from_triple((low / per, base / per, high / per), scale)
    return round(quantile(belief, min(max(chance, 1e-6), 1 - 1e-6)) * per, 6)
