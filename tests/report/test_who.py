"""The section of who is one person: counts and rules, nobody's name, and small groups hidden."""

from __future__ import annotations

from types import SimpleNamespace

from leadline.evidence.groups import Size
from leadline.evidence.small_cells import HIDDEN
from leadline.evidence.who import Who
from leadline.report.blocks import Notes, TableBlock
from leadline.report.pages.who import who_section
from leadline.report.saying import MISSING

WHO = Who(7972, 6363, (("exact", "contact record", 941), ("probable", "", 12)), {}, {"waits": 3}, "too few")


def section(who, groups=()):
    review = SimpleNamespace(evidence=None if who is None else SimpleNamespace(identity=who), small_cell=10)
    return who_section(SimpleNamespace(review=review, ask=lambda question: groups))


def test_people_rules_and_what_waits_are_said():
    found = section(WHO, (Size(1, 1, 40, 3, 2, 1), Size(2, 2, None, None, None, None), Size(5, None, 9, 0, 4, 5)))
    assert (
        found.answer.replace("\u202f", " ")
        == "6 363 people behind 7 972 identifiers; 3 pairs wait for somebody to say whether they are one."
    )
    rules, groups, notes = found.blocks
    assert rules.rows == (("exact key", "contact record", "941"), ("likeness", MISSING, "12"))
    assert [row[0] for row in groups.rows] == ["1", "2", "5 or more"]
    assert groups.rows[1][1:] == (HIDDEN,) * 4, "fewer than ten people stand behind it"
    assert isinstance(groups, TableBlock)
    assert isinstance(notes, Notes)


def test_without_anybody_known_there_is_no_section():
    assert section(None) is None
    assert section(Who(0, 0, (), {}, {}, "")) is None
