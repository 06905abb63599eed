"""What people say about an element of the plan: kept beside it, answered, closed, never changed.

    comments = Comments(workspace)
    comments.say("search", "Is this still ours?", at=now, by="mara")
    comments.of("search", moved=renames(plan))

`ledger/comments.jsonl` is only appended to; a comment follows its element through renames.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from leadline.errors import LeadlineError
from leadline.plan.journal import append_line, read_lines
from leadline.workspace import Workspace

__all__ = ["Comment", "Comments"]

ID_BYTES = 6  # house: 48 bits name a comment of one plan
LONGEST = 4_000  # letters; longer is a document, which belongs to the evidence (house)


@dataclass(frozen=True)
class Comment:
    """One comment. element: the id it was written about · answers: the comment it answers · closed: when and by whom."""

    id: str
    at: dt.datetime
    by: str
    element: str
    text: str
    answers: str = ""
    closed: tuple[dt.datetime, str] | None = None


class Comments:
    """The comments of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        """Name the workspace; nothing is read yet."""
        self.workspace = workspace

    def all(self) -> tuple[Comment, ...]:
        """Return every comment in the order of time; a line that is none is passed over."""
        found: dict[str, Comment] = {}
        for record in read_lines(self.workspace.comments)[0]:
            try:
                at, by = dt.datetime.fromisoformat(record["at"]), str(record["by"])
                if record.get("closes") in found:
                    found[record["closes"]] = replace(found[record["closes"]], closed=(at, by))
                elif "text" in record:
                    one = Comment(
                        str(record["id"]),
                        at,
                        by,
                        str(record["element"]),
                        str(record["text"]),
                        str(record.get("answers") or ""),
                    )
                    found[one.id] = one
            except (KeyError, TypeError, ValueError):
                continue
        return tuple(found.values())

    def of(self, element: str, *, moved: Mapping[str, str]) -> tuple[Comment, ...]:
        """Return what was said of an element, also under older ids. moved: old id -> present id (`diff.renames`)."""
        return tuple(one for one in self.all() if moved.get(one.element, one.element) == element)

    def say(self, element: str, text: str, *, at: dt.datetime, by: str, answers: str = "") -> Comment:
        """Add a comment. Raises LeadlineError for an empty or endless text, or an answer to nothing."""
        said = text.replace("\r\n", "\n").strip()
        if not said:
            raise LeadlineError("The comment is empty. Write what should be said, then send it.")
        if len(said) > LONGEST:
            raise LeadlineError(f"The comment has {len(said)} letters; at most {LONGEST} are kept. Say it in fewer.")
        if answers and all(one.id != answers for one in self.all()):
            raise LeadlineError("The comment that this answers is not there. Write it as a comment of its own.")
        one = Comment(secrets.token_hex(ID_BYTES), at, by, element, said, answers)
        record = {"id": one.id, "at": at.isoformat(timespec="seconds"), "by": by, "element": element, "text": said}
        append_line(self.workspace.comments, record | ({"answers": answers} if answers else {}))
        return one

    def close(self, identity: str, *, at: dt.datetime, by: str) -> None:
        """Say that a comment is dealt with. Raises LeadlineError where there is none, or it was closed before."""
        found = next((one for one in self.all() if one.id == identity), None)
        if found is None or found.closed is not None:
            raise LeadlineError("There is no open comment of that name. Load the page again: it may be closed already.")
        append_line(self.workspace.comments, {"closes": identity, "at": at.isoformat(timespec="seconds"), "by": by})
