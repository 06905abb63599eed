"""Asking on a terminal: question, why, example, prompt, in the order a screen reader reads them; a pipe answers as well."""

from __future__ import annotations

import datetime as dt
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO

from leadline.plan.interview import Desk, Judged, Outcome, Prompt, Session
from leadline.plan.interview.refusal import Refusal
from leadline.words import harmless

__all__ = ["Talk", "lines_of"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)
LABEL = 9  # columns of the first column: the longest label and a space
HELP = (
    "?          you do not know: it is noted as open, nothing is made up",
    "n/a        it does not apply to you: say why in one sentence",
    "Enter      leave it open for now",
    "back       take the last answer back",
    "list       what is still open",
    "go ID      ask that question, also where it is answered",
    "id NEW     another id for what was just written",
    "stop       go on another day; everything is kept",
)


@dataclass
class Talk:
    """One conversation: where lines come from, where they go, and whether it is kept short.

    desk: keeps each answer; None keeps nothing (the triage) · quiet: only questions and what went wrong
    """

    desk: Desk | None
    source: TextIO
    out: TextIO
    quiet: bool = False

    def hold(self, session: Session) -> Session:
        """Ask until nothing is open, somebody stops, or the input ends; return the session as it then stands."""
        if session.flow.intro and not self.quiet:
            self._say(*textwrap.wrap(session.flow.intro, WIDTH))
        made: tuple[str, ...] = ()
        while (prompt := session.next()) is not None:
            self._say("", *lines_of(prompt, quiet=self.quiet))
            line = self._read()
            if line is None or line.strip().lower() in ("stop", "quit", "exit"):
                self._say("", "Stopped; everything is kept." if self.desk else "Stopped; nothing was written.")
                return session
            outcome = self._step(session, line.strip(), made)
            if outcome is None:
                continue
            session = outcome.session
            made = outcome.made or made
            self._say(*(part for text in outcome.says for part in _wrapped(text, 2)))
            if outcome.judged is not None and not self.quiet:
                self._say(*_judged(outcome.judged))
        return session

    def _step(self, session: Session, line: str, made: tuple[str, ...]) -> Outcome | None:
        """Return what a line does, None where it only showed something."""
        command, _, rest = line.partition(" ")
        if line.lower() in ("help", "h"):
            self._say(*(f"  {text}" for text in HELP))
            return None
        if line.lower() == "list":
            self._say(*_listed(session))
            return None
        if line.lower() == "back":
            return self._act(session, lambda current: current.back())
        if command.lower() == "go" and "." in rest:
            return self._go(session, rest.strip())
        if command.lower() == "id" and rest and made:
            return self._act(session, lambda current: current.rename(made[0], rest.strip()))
        return self._act(session, lambda current: current.reply(line))

    def _go(self, session: Session, identity: str) -> Outcome | None:
        try:
            return Outcome(session.go(identity), "noted")
        except KeyError:
            self._say(f"  No question is called {identity}. The list shows them all: list.")
            return None

    def _act(self, session: Session, step: Callable[[Session], Outcome]) -> Outcome:
        try:
            if self.desk is None:
                return step(session)
            return self.desk.act(session, step, now=dt.datetime.now(tz=dt.UTC))
        except Refusal as refusal:
            return Outcome(session, "refused", (str(refusal),))

    def _read(self) -> str | None:
        """Return the next line, None at the end of the input or on Ctrl-C."""
        try:
            line = self.source.readline()
        except KeyboardInterrupt:
            self._say("")
            return None
        if not self.source.isatty():
            self._say(line.rstrip("\n"))  # what was piped in stands where a person would see it
        return line.rstrip("\r\n") if line else None

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.out.write(harmless(f"{line}\n") if line != _PROMPT else line)
        self.out.flush()


_PROMPT = "> "
_TOGETHER = "\x00"  # stands between a number and its word, so that no line ends there


def lines_of(prompt: Prompt, *, quiet: bool = False) -> Iterator[str]:
    """Yield a prompt's lines, none wider than 80 columns, the last one where the answer is written."""
    if prompt.number and not quiet:
        yield f"{prompt.number} of {prompt.total} · {prompt.block}"
    yield from textwrap.wrap(prompt.text, WIDTH)
    for line in prompt.lines:
        yield from _wrapped(line, 2)
    if not quiet:
        if prompt.why:
            yield from _labelled("why", prompt.why)
        for name, words in prompt.choices.items():
            listed = ", ".join(f"{number}{_TOGETHER}{word}" for number, word in enumerate(words, start=1))
            lines = _labelled("choose" if len(prompt.choices) == 1 else name, listed)
            yield from (line.replace(_TOGETHER, " ") for line in lines)
        if prompt.example:
            yield from _labelled("example", prompt.example)
    if prompt.present:
        yield from _labelled("so far", ", ".join(_plain(value) for value in prompt.present.values()))
    yield from textwrap.wrap(f"{prompt.prompt}:", WIDTH) if prompt.prompt else ()
    yield _PROMPT


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _listed(session: Session) -> Iterator[str]:
    asks = [ask for ask in session.open(missing=True) if not ask.another]
    if not asks:
        yield "  Nothing is open."
    for ask in asks:
        yield from textwrap.wrap(f"{ask.key}  {ask.text}", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _judged(judged: Judged) -> Iterator[str]:
    if judged.findings or judged.scores:
        yield ""
    for finding in judged.findings:
        yield from _wrapped(f"{finding.code} {finding.element}: {finding.text}", 2)
        yield from _wrapped(f"fix: {finding.fix}", 4)
    for name, text in judged.scores.items():
        yield from _wrapped(f"{name}: {text}" if name != "the hundred" else text, 2)


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {label:<{LABEL}}", subsequent_indent=" " * (LABEL + 2))


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2))


def on_terminal(*, json: bool) -> tuple[TextIO, TextIO]:
    """Return where lines come from and where they go: with a document on standard output, talk goes to standard error."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin, sys.stderr if json else sys.stdout
