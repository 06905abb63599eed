"""Why an answer could not be taken: the fact, the expected form, the example."""

from __future__ import annotations

__all__ = ["Refusal"]


class Refusal(Exception):
    """An answer that the plan cannot take as it stands; its text is ready to be shown.

    field: the part of the answer that failed, "" where there is only one
    """

    def __init__(self, fact: str, expected: str, *, field: str = "") -> None:
        """Keep the fact and what would be right, each a sentence."""
        self.fact = fact
        self.expected = expected
        self.field = field
        super().__init__(f"{fact} {expected}".strip())

    def within(self, field: str) -> Refusal:
        """Return the refusal with the part of the answer that it is about."""
        return Refusal(self.fact, self.expected, field=field)
