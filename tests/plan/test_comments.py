"""Comments on elements: said, answered, closed; they follow a renamed element."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from leadline.errors import LeadlineError
from leadline.plan.comments import LONGEST, Comments
from leadline.workspace import Workspace

NOW = dt.datetime.fromisoformat("2027-03-01T09:30")


def test_a_comment_is_said_answered_and_closed_and_follows_its_element(tmp_path: Path) -> None:
    comments = Comments(Workspace(tmp_path))
    first = comments.say("ads", " Still ours?\r\n<b>Really</b> ", at=NOW, by="mara")
    comments.say("ads", "Yes.", at=NOW, by="ines", answers=first.id)
    comments.say("fair", "No.", at=NOW, by="ines")
    comments.close(first.id, at=NOW, by="ines")
    found = comments.of("posters", moved={"ads": "posters"})
    assert [(one.text, one.answers) for one in found] == [("Still ours?\n<b>Really</b>", ""), ("Yes.", first.id)]
    assert found[0].closed == (NOW, "ines")
    assert comments.of("ads", moved={"ads": "posters"}) == ()


def test_a_comment_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    comments = Comments(Workspace(tmp_path))
    with pytest.raises(LeadlineError, match="empty"):
        comments.say("ads", " \n ", at=NOW, by="mara")
    with pytest.raises(LeadlineError, match=str(LONGEST)):
        comments.say("ads", "x" * (LONGEST + 1), at=NOW, by="mara")
    with pytest.raises(LeadlineError, match="not there"):
        comments.say("ads", "x", at=NOW, by="mara", answers="nobody")
    with pytest.raises(LeadlineError, match="no open comment"):
        comments.close("nobody", at=NOW, by="mara")
    assert comments.all() == ()
