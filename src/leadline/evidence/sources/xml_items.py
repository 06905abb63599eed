"""The items of an XML feed, one after the other, from a file that nobody vouches for.

A document type with entities is never read: it may name files of this machine, or unfold to any size. Memory holds one
item; text beyond what a cell may hold is dropped and the item says so.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Head
from leadline.evidence.sources.text import BOMS, CELL_LIMIT, RAW_SHOWN, opened

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = frozenset({"item", "entry"})  # RSS 2.0 and Atom (RFC 4287)
DEEPEST = 200  # nested elements; own, as of JSON documents
MOST_ELEMENTS = 20_000  # of one item; own: far above any post, far below what memory holds
READ = 1 << 16  # bytes handed to the parser at once; own
XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(slots=True)
class Item:
    """One item and what its feed says. number: from 1 · feed: the element around it, as far as it was read."""

    number: int
    element: Element
    feed: Element | None
    too_long: bool = False

    def raw(self, *, base: str, language: str) -> str:
        """Return the item as XML of its own, with what it takes from its feed: address and language, where it has them."""
        element = self.element
        for name, value in (("base", base), ("lang", language)):
            if value:
                element.set(f"{XML}{name}", value)
        element.tail = None
        return tostring(element, encoding="unicode")[: RAW_SHOWN * 10]


class _Refused(Exception):
    """What makes a file unsafe."""


class _Builder(TreeBuilder):
    """Builds elements within bounds: the text of an item, its elements, and how deep they lie.

    It runs ahead of who takes the items, by what the parser was handed at once: so it keeps for each item, in order,
    whether text of it was dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.elements = self.size = 0
        self.within = 0  # depth of the item that is being built, 0 between items
        self.too_long = False
        self.cut: deque[bool] = deque()

    def start(self, tag: Any, attrs: Any, /) -> Element:  # noqa: ANN401 - as the base class has it
        self.depth += 1
        if not self.within and local(tag) in ITEMS:
            self.within, self.elements, self.size, self.too_long = self.depth, 0, 0, False
        self.elements += 1
        self.size += sum(len(value) for value in attrs.values())
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise _Refused(f"elements lie deeper than {DEEPEST}, or an item has more than {MOST_ELEMENTS:,}")
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:  # noqa: ANN401
        if self.within == self.depth:
            self.cut.append(self.too_long)
            self.within = self.elements = self.size = 0
        self.depth -= 1
        return super().end(tag)

    def data(self, data: Any, /) -> None:  # noqa: ANN401
        self.size += len(data)
        if self.size > CELL_LIMIT:
            self.too_long = True
            return
        super().data(data)


def feed_items(head: Head) -> Iterator[Item]:
    """Yield the items of an RSS or Atom file, or of a file that holds bare items one after the other.

    Raises ImportRefused: `unsafe_xml` (a document type with entities, elements without end), `truncated` (not whole), `not_recognised` (an encoding
    that is not known).
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, iterparse

    builder = _Builder()
    parser = DefusedXMLParser(target=builder, encoding="utf-8" if _is_recoded(head) else None)
    try:
        with opened(head.path, compressed=head.compressed) as stream:
            yield from _items(iterparse(_source(stream, head), ("start", "end"), parser), builder)
    except (DefusedXmlException, _Refused) as error:
        raise _unsafe(head.path, error) from error
    except (ParseError, UnicodeError) as error:
        raise ImportRefused(
            "truncated", f"{head.path.name} is an XML file that is not whole ({error}). Download it again."
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that the parser does not know
        raise ImportRefused(
            "not_recognised", f"{head.path.name} cannot be decoded ({error}). Next step: save it as UTF-8."
        ) from error


def _items(events: Iterator[tuple[str, Element]], builder: _Builder) -> Iterator[Item]:
    """Yield items as they end, and forget them."""
    above: list[Element] = []
    number = 0
    for event, element in events:
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if local(element.tag) in ITEMS and not any(local(one.tag) in ITEMS for one in above):
            number += 1
            feed = above[-1] if above and local(above[-1].tag) != "items" else None
            yield Item(number, element, feed, builder.cut.popleft())
            if above:
                above[-1].remove(element)


def _unsafe(path: Path, error: Exception) -> ImportRefused:
    """Say why a file is not read at all."""
    told = (
        f"{error}"
        if isinstance(error, _Refused)
        else "the file declares a document type with entities, which Leadline does not read"
    )
    return ImportRefused(
        "unsafe_xml", f"{path.name}: {told}. Next step: take the feed from its maker again, or save it without them."
    )


def local(tag: object) -> str:
    """Return an element's name without its namespace; comments and instructions have none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def is_bare(head: Head) -> bool:
    """Return whether a file holds items without a feed around them: mended rejects."""
    return bool(head.keys) and head.keys[0].rpartition(":")[2] in ITEMS


def _is_recoded(head: Head) -> bool:
    """Return whether the bytes are turned into UTF-8 first: their marks say more than the declaration."""
    return is_bare(head) or str(head.encoding) in BOMS or str(head.encoding).startswith("utf-16")


def _source(stream: IO[bytes], head: Head) -> IO[bytes]:
    """Return the bytes that the parser sees."""
    return io.BufferedReader(_Recoded(stream, head), READ) if _is_recoded(head) else stream


class _Recoded(io.RawIOBase):
    """A stream in UTF-8, whatever its encoding was; bare items get an element around them."""

    def __init__(self, inner: IO[bytes], head: Head) -> None:
        codec = "utf-8" if head.encoding in {None, "utf-8-sig"} else str(head.encoding)
        self._inner, self._decoder = inner, codecs.getincrementaldecoder(codec)()
        self._rest, self._after = (b"<items>", b"</items>") if is_bare(head) else (b"", b"")
        self._first = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        while not self._rest:
            block = self._inner.read(READ)
            text = self._decoder.decode(block, final=not block)
            if self._first and text:
                text, self._first = text.removeprefix("\ufeff"), False
            self._rest = text.encode()
            if not block:
                self._rest, self._after = self._rest + self._after, b""
                break
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)
