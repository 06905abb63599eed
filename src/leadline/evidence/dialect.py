"""The few verbs that differ between engines, and the binding of parameters.

SQL is written once, in `queries/*.sql`. A few verbs look like functions there and become the engine's
own text here (one more, merge, is a method of the store); `:name` becomes the engine's parameter mark;
`@query` becomes the text of another named query. All of it happens outside literals and comments.
Never translate one engine's SQL into the other's: the order inside a list aggregate is lost without an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from leadline.errors import UsageError

Verb = Callable[..., str]

DUCKDB: Mapping[str, Verb] = {
    "ordered_list": lambda value, by: f"list({value} ORDER BY {by})",
    # Of the row that is smallest by the rest, which must tell all rows apart; nulls included.
    "first_of": lambda value, *by: f"min(row({', '.join(by)}, {value}))[{len(by) + 1}]",
    "join_text": lambda items, separator: f"array_to_string({items}, {separator})",
    "key60": lambda text: f"CAST('0x' || substr(md5({text}), 1, 15) AS BIGINT)",
    # Days belong to the plan's zone: cut nothing into days, weeks or months that did not pass through here.
    "local": lambda moment: f"((CAST({moment} AS TIMESTAMP) AT TIME ZONE 'UTC') AT TIME ZONE :zone)",
    "micros": lambda moment: f"epoch_us({moment})",
    "pick": lambda items, key: f"list_filter({items}, lambda p: p.key = {key})[1]",
}
SPARK: Mapping[str, Verb] = {
    "ordered_list": lambda value, by: f"array_sort(collect_list(struct({by}, {value} AS _v)))._v",
    "first_of": lambda value, *by: f"min(struct({', '.join(by)}, {value} AS _v))._v",
    "join_text": lambda items, separator: f"array_join({items}, {separator})",
    "key60": lambda text: f"CAST(conv(substr(md5({text}), 1, 15), 16, 10) AS BIGINT)",
    "local": lambda moment: f"convert_timezone('UTC', :zone, CAST({moment} AS TIMESTAMP_NTZ))",
    "micros": lambda moment: f"unix_micros(CAST({moment} AS TIMESTAMP_LTZ))",  # the session's zone is UTC
    "pick": lambda items, key: f"try_element_at(filter({items}, p -> p.key = {key}), 1)",
}

SPARK_TYPES: Mapping[str, str] = {"TEXT": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"}  # the rest are spelled alike

APART = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
_PARAMETER = re.compile(APART + r"|(?<![:\w]):([a-z_][a-z0-9_]*)", re.DOTALL)
_LAST_ORDER = re.compile(r"\nORDER BY (?![^\n]*\bLIMIT\b)[^\n]*\s*\Z")  # a line of its own at the end of a query
_INCLUDE = re.compile(APART + r"|@([a-z_][a-z0-9_]*)", re.DOTALL)


def bind(sql: str, spelled: Callable[[str], str] = "${}".format) -> tuple[str, tuple[str, ...]]:
    """Return the text with `:name` as the engine spells a parameter, and the names used, each once, in order.

    >>> bind("SELECT ':no' WHERE day <= :as_of")
    ("SELECT ':no' WHERE day <= $as_of", ('as_of',))
    """
    names: dict[str, None] = {}

    def swap(found: re.Match[str]) -> str:
        if not found.group(1):
            return found.group(0)
        names[found.group(1)] = None
        return spelled(found.group(1))

    return _PARAMETER.sub(swap, sql), tuple(names)


def include(sql: str, text_of: Callable[[str], str]) -> str:
    """Return the text with every `@query` replaced by that query in brackets, to any depth; its last ORDER BY is left out."""

    def swap(found: re.Match[str]) -> str:
        if not found.group(1):
            return found.group(0)
        # Rows inside brackets have no order, and engines sort them all the same.
        text = _LAST_ORDER.sub("", text_of(found.group(1)))
        return f"(\n{include(text, text_of)}\n)"

    return _INCLUDE.sub(swap, sql)


def expand(sql: str, verbs: Mapping[str, Verb] = DUCKDB) -> str:
    """Return the text with the verbs in the engine's own words.

    >>> expand("SELECT ordered_list(channel, position) FROM steps")
    'SELECT list(channel ORDER BY position) FROM steps'
    """
    pattern = re.compile(APART + rf"|\b({'|'.join(verbs)})\(", re.DOTALL)
    out, place = [], 0
    while (found := pattern.search(sql, place)) is not None:
        out.append(sql[place : found.start()])
        if not found.group(1):
            out.append(found.group(0))
            place = found.end()
            continue
        arguments, place = _arguments(sql, found.end())
        out.append(verbs[found.group(1)](*(expand(argument, verbs) for argument in arguments)))
    return "".join([*out, sql[place:]])


def retype(sql: str, types: Mapping[str, str] = SPARK_TYPES) -> str:
    """Return the text with the types of its casts as the engine spells them.

    >>> retype("SELECT CAST(a AS TEXT), 'AS TEXT' FROM t AS text")
    "SELECT CAST(a AS STRING), 'AS TEXT' FROM t AS text"
    """
    pattern = re.compile(APART + rf"|\bAS ({'|'.join(types)})(?=\))", re.DOTALL)
    return pattern.sub(lambda found: f"AS {types[found.group(1)]}" if found.group(1) else found.group(0), sql)


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """Return the arguments of the call whose bracket opened just before `start`, and where it ends."""
    depth, argument = 0, start
    arguments: list[str] = []
    for found in re.compile(APART + r"|[(),\[\]]", re.DOTALL).finditer(sql, start):
        sign = found.group(0)
        if sign in "([":
            depth += 1
        elif sign == ")" and depth == 0:
            return [*arguments, sql[argument : found.start()].strip()], found.end()
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth == 0:
            arguments.append(sql[argument : found.start()].strip())
            argument = found.end()
    raise UsageError(f"The bracket of a verb is never closed: {sql[start - 30 : start + 30]!r}. Close it in the query.")
