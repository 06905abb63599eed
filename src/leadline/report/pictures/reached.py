"""The hundred of a start: without a plan, each 100 of the money by the furthest state that data reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.report.pictures.canvas import WIDE, Paint
from leadline.report.pictures.hundred import bar
from leadline.words import money

if TYPE_CHECKING:
    from leadline.review.by_channel import StartHundred

# Darker = further; nothing of it is proven, so no part is solid. What reaches nothing is an empty cell, as in the plan's.
_PAINT: dict[str, Paint] = {
    "sale": Paint(fill="grade-a", stroke="grade-a", opacity=0.55),
    "person": Paint(fill="grade-c", stroke="grade-c", opacity=0.45),
    "visit": Paint(fill="series-2", stroke="series-2", opacity=0.3),
    "nothing": Paint(fill=None, stroke="line-strong", dash=(2, 2)),
}
_SEEN = {
    "sale": "seen up to a sale",
    "person": "up to somebody named",
    "visit": "up to a visit",
    "nothing": "not seen further",
}


@dataclass(frozen=True, slots=True)
class ReachedBar:
    """Each 100 of one currency's spend by how far its channel can be followed, drawn."""

    found: StartHundred

    def parts(self) -> list[tuple[str, int, str]]:
        """Return key, whole number and words of the parts; the numbers add up to 100."""
        return [(reach, self.found.parts[reach], words) for reach, words in _SEEN.items()]  # type: ignore[index]  # the keys are reaches

    def title(self) -> str:
        """Return the finding, what is lost from sight first."""
        lost = self.found.parts["nothing"] + self.found.parts["visit"]
        currency, total = self.found.currency, money(self.found.total, self.found.currency)
        if lost == 0:
            return f"All of {total} can be followed to somebody named"
        verb = "is" if lost == 1 else "are"
        return f"{lost} of each 100 {currency} {verb} lost from sight before anybody is known by name"

    def sentence(self) -> str:
        """Return the hundred in one line."""
        return self.found.sentence()

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the bar with its labels."""
        return bar(self.parts(), _PAINT, width=width).spec()
