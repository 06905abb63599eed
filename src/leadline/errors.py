"""Errors: for "cannot go on". Everything that is a judgement is a Finding instead.

Every message tells the fact, the place, the known alternatives and the next step.

    LeadlineError                 exit 2
    ├── UsageError                wrong command line, option or setting
    ├── PlanError                 the plan file cannot be read
    ├── InputError                data handed to a measurement are wrong (collects every problem)
    ├── ImportRefused             one export is refused as a whole; `.reason` is a code of evidence/schema.py
    ├── WarehouseError            the warehouse is locked, of another version, or not whole
    ├── MissingExtra              an optional part is not installed
    └── NothingDone               nothing was checked, imported or measured      exit 4
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class LeadlineError(Exception):
    """Any error that Leadline raises on purpose; its text is ready to be shown to a person."""

    exit_code: int = 2


class UsageError(LeadlineError):
    """The call itself is wrong: an option, a setting, a name that does not exist."""

    @classmethod
    def unknown(cls, kind: str, given: str, *, known: Iterable[str]) -> UsageError:
        """Say that `given` is not a known `kind`, with the nearest names and the whole list."""
        names = sorted(known)
        return cls(f'{kind} "{given}" is not known.{did_you_mean(given, names)} Known: {", ".join(names)}.')


class PlanError(LeadlineError):
    """The plan file cannot be read at all (faults inside a readable plan are findings)."""

    @classmethod
    def at(cls, file: str, position: tuple[int, int], *, text: str) -> PlanError:
        """Say what is wrong at a place of the file; position: line and column, both counted from 1."""
        return cls(f"{file}:{position[0]}:{position[1]}: {text}")


class InputError(LeadlineError):
    """Data given to a measurement are wrong; every problem is listed, nothing was repaired."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep all problems; the text is one line for one problem, a list for several."""
        self.problems: tuple[str, ...] = tuple(problems)
        several = "\n".join(f"  - {problem}" for problem in self.problems)
        text = self.problems[0] if len(self.problems) == 1 else f"{len(self.problems)} problems:\n{several}"
        super().__init__(text)


class ImportRefused(LeadlineError):
    """A whole file is refused; nothing of it was written.

    `reason` is one of the refusal codes of `evidence/schema.py` (such as `no_day`).
    """

    def __init__(self, reason: str, message: str) -> None:
        """Keep the machine-readable reason beside the text for people."""
        self.reason: str = reason
        super().__init__(message)


class WarehouseError(LeadlineError):
    """The warehouse cannot be used now: locked by another process, another version, not whole."""


class MissingExtra(LeadlineError):
    """An optional part of Leadline is needed and is not installed."""

    @classmethod
    def needed(cls, purpose: str, extra: str, *, alternative: str) -> MissingExtra:
        """Name what needs the extra, the extra, and what works without it."""
        return cls(
            f'{purpose} needs the extra "{extra}", which is not installed. Install leadline[{extra}], or {alternative}.'
        )


class NothingDone(LeadlineError):
    """An empty run never looks green: nothing was checked, imported or measured."""

    exit_code = 4


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the nearest known name, or an empty text.

    >>> did_you_mean("chanels", ["channels", "dates"])
    ' Did you mean "channels"?'
    """
    nearest = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{nearest[0]}"?' if nearest else ""
