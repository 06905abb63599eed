"""Exports as they should not be: samples cut, shuffled, spliced, re-encoded and filled with what no cell should hold."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile

HUGE = 300_000  # signs of a cell far over what people write
BEYOND = (1 << 20) + 10  # signs of a cell over the limit of 1 MiB
VALUES = (
    "", " ", "0", "-0", "1e999", "-1e999", "1E-400", "NaN", "Infinity", "1.234,56", "1,234.56", "1,234", "1.5.6", "٣٤", "１２", "²", "9" * 40, "-1",
    "99999999999999999.9999", "0001-01-01", "0000-00-00", "9999-12-31", "9999-12-31T23:59:59.999999+00:00", "0001-01-01T00:00:00+14:00", "2027-02-30",
    "31.2.2027", "13/13/2027", "1/1/0001", "31/12/9999", "Tue, Mar 2, 2027", "Mar 01, 2027 09:30 am", "12:00", "2027-03-28 02:30:00", "20270230",
    "All time", "Total", "Total: x", " --", "null", "true", "[]", "{}", "=1+1", "@SUM(A1)", "'", '"', '""', '"a""b', "a;b;c", "a,b", "a\tb", "line\nbreak",
    "a\r\nb", "\ufeff", "a\ufeffb", "\x00", "a\x00b", "\x1f", "\u2028", "\x85", "\ud800", "\U0001f600", "ı", "ß", "e\u0301", "€ 5", "5 €", "50 %", "<5", "a@b.example",
    "A@B.EXAMPLE ", "x@y", "a@b.example; c@d.example", "http://[", "https://x.example/?utm_source=%ff&utm_medium=%00", "javascript:x", "1970-01-01", "-62135596800000000",
    "253402300799999999", "9223372036854775807", "9223372036854775808", "1e18", "1e308", "utm_source: x\nutm_medium: y", "P1D", "EUR", "XXX", "€", "USD EUR",
)  # fmt: skip
JSON_VALUES = (
    None, True, False, 0, -1, 0.5, 1e308, 10**30, -(2**63), 2**63, [], {}, [None], {"": None}, [[[]]], {"value": {"value": {"string_value": 5}}}, "x", "",
    {"key": "a"}, [{"key": 5, "value": 5}], 1.0, 1802500000000000, "1802500000000000", -1e15, 3e14, "false", [1, "a", None], {"int_value": "x"}, [{"key": "a", "value": {"int_value": "9" * 30}}],
)  # fmt: skip
RAW_JSON = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "9" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    "[" * 3000 + "]" * 3000,
    '{"a":' * 400 + "1" + "}" * 400,
    "01",
    "tru",
)
ENCODINGS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "utf-32",
    "cp1251",
    "shift_jis",
    "utf-7",
    "cp037",
)
ENDS = ("\n", "\r\n", "\r", "\n\n", "\r\r\n", "\u2028", "\x0b")
MARKUP = (
    "<![CDATA[x]]>", "<!-- x", "]]>", "&amp;", "&lt;p&gt;", "&x;", "&#0;", "&#x110000;", "&#xD800;", "<a/>", "</a>", "<?x y?>", '<a href="http://[">x</a>', "<!DOCTYPE x>", "\x00", "\x0c",
    "<item></item>", "<entry/>", "<pubDate>Tue, 31 Feb 2027 25:61:00 +9999</pubDate>", "<updated>9999-12-31T24:00:00Z</updated>", '<x xmlns="y">', "xmlns:z='q'", "<" * 50,
)  # fmt: skip


def damaged(data: bytes, name: str, rng: random.Random, other: bytes) -> bytes:
    """Return a damaged copy of a sample; other: another sample's bytes, to splice with."""
    kind = name.rsplit(".", 1)[-1]
    wise = {
        "csv": of_table,
        "json": of_json,
        "jsonl": of_lines,
        "xml": of_markup,
        "parquet": of_parquet,
        "xlsx": of_archive,
    }
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        draw = rng.random()
        if draw < 0.65 and kind in wise:
            data = wise[kind](data, rng)
        elif draw < 0.9 or kind in {"parquet", "xlsx"}:
            data = of_bytes(data, rng, other)
        else:
            data = of_encoding(data, rng)
    return data


def of_bytes(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """Cut, repeat, overwrite, insert or splice bytes."""
    size = max(1, len(data))
    at, end = sorted((rng.randrange(size), rng.randrange(size)))
    piece = rng.choice(
        (
            b"\x00",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b'"',
            b"\n",
            b"\r",
            b"\x1a",
            b"\x80\x81",
            rng.randbytes(8),
            rng.choice(VALUES).encode("utf-8", "replace"),
        )
    )
    match rng.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:end] + data[at:]
        case 3:
            return data[:at] + piece + data[at:]
        case 4:
            return data[:at] + piece + data[at + len(piece) :]
        case 5:
            return data[:at] + other[rng.randrange(len(other)) :]
        case 6:
            return data + rng.choice((b"", b"\n", b"\r\n", b"\xef\xbb\xbf")) + rng.choice((data, other))
        case _:
            changed = bytearray(data)
            for _ in range(rng.randrange(1, 12)):
                changed[rng.randrange(size) : rng.randrange(size) + 1] = bytes([rng.randrange(256)])
            return bytes(changed[: size * 3])


def of_encoding(data: bytes, rng: random.Random) -> bytes:
    """Write the text in another encoding, with or without its mark, packed, or with NULs between."""
    text = decoded(data)
    match rng.randrange(4):
        case 0:
            return gzip.compress(data)[: rng.choice((None, None, -5))]
        case 1:
            return rng.choice((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) + data
        case _:
            return text.encode(rng.choice(ENCODINGS), "replace")


def decoded(data: bytes) -> str:
    """Return the text of a sample, whatever its encoding."""
    return (
        data.decode("utf-16", "replace")
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        else data.decode("utf-8-sig", "replace")
    )


def value(rng: random.Random) -> str:
    """Return what no cell should hold."""
    draw = rng.random()
    if draw < 0.02:
        return "x" * HUGE
    if draw < 0.03:
        return "1" * BEYOND
    return rng.choice(VALUES)


def of_table(data: bytes, rng: random.Random) -> bytes:
    """Change lines, cells, columns and line ends of a delimited text."""
    lines = decoded(data).replace("\r\n", "\n").split("\n")
    delimiter = max("\t;,", key=lambda sign: max(line.count(sign) for line in lines))
    at = rng.randrange(len(lines))
    change = rng.randrange(10)
    if change == 0:
        rng.shuffle(lines)
    elif change == 1:
        lines[at:at] = [rng.choice(lines)] * rng.choice((1, 2, 40))
    elif change == 2:
        del lines[at : at + rng.randrange(1, 4)]
    elif change == 3:
        lines[at:at] = rng.choice(
            ([""], [delimiter * 9], ["  "], ["Total: x" + delimiter + "5"], ["# Start date: 20270301"], ['"'])
        )
    elif change == 4:  # a whole column
        place, new = rng.randrange(12), value(rng)
        lines = [
            delimiter.join(
                new if where == place and number else cell for where, cell in enumerate(line.split(delimiter))
            )
            for number, line in enumerate(lines)
        ]
    elif change == 5:  # two columns change places, or one goes, or stands twice
        place, there = rng.randrange(10), rng.choice((None, rng.randrange(10)))
        lines = [delimiter.join(moved(line.split(delimiter), place, there)) for line in lines]
    elif change == 6:
        return "".join(line + rng.choice(ENDS) for line in lines).encode(
            "utf-8", "surrogatepass" if rng.random() < 0.3 else "replace"
        )
    else:
        for _ in range(rng.choice((1, 1, 3, 10))):
            at = rng.randrange(len(lines))
            cells = lines[at].split(delimiter)
            new = value(rng)
            cells[rng.randrange(len(cells))] = '"' + new.replace('"', '""') + '"' if rng.random() < 0.5 else new
            lines[at] = delimiter.join(cells)
    return "\n".join(lines).encode("utf-8", "replace" if rng.random() < 0.7 else "surrogatepass")


def moved(cells: list[str], place: int, there: int | None) -> list[str]:
    """Return cells with one of them gone, or put in another's place."""
    if place >= len(cells):
        return cells
    if there is None:
        return cells[:place] + cells[place + 1 :]
    return [*cells[:there], cells[place], *cells[there:]]


def of_json(data: bytes, rng: random.Random) -> bytes:
    """Change values, names and shape of a JSON document."""
    try:
        document = json.loads(decoded(data))
    except (ValueError, RecursionError):
        return of_markup(data, rng)
    for _ in range(rng.choice((1, 1, 3, 10))):
        document = changed(document, rng)
    mark = "@@here@@"
    if rng.random() < 0.3:
        document = changed(document, rng, mark)
    text = json.dumps(document, ensure_ascii=rng.random() < 0.8, indent=rng.choice((None, None, 1)))
    return text.replace(f'"{mark}"', rng.choice(RAW_JSON)).encode("utf-8", "replace")


def changed(document: object, rng: random.Random, new: object = None) -> object:
    """Return a document with one value changed somewhere below, a name dropped, or an item repeated."""
    if isinstance(document, dict) and document and rng.random() < 0.93:
        name = rng.choice(list(document))
        if new is None and rng.random() < 0.15:
            return {key: one for key, one in document.items() if key != name}
        return {**document, name: changed(document[name], rng, new)}
    if isinstance(document, list) and document and rng.random() < 0.93:
        at = rng.randrange(len(document))
        if new is None and rng.random() < 0.2:
            return [
                *document[:at],
                *[rng.choice(document)] * rng.choice((1, 2, 30)),
                *document[at + rng.randrange(2) :],
            ]
        return [*document[:at], changed(document[at], rng, new), *document[at + 1 :]]
    return new if new is not None else rng.choice((value(rng), rng.choice(JSON_VALUES)))


def of_lines(data: bytes, rng: random.Random) -> bytes:
    """Change one object of JSON lines, or the lines themselves."""
    if rng.random() < 0.25:
        return of_table(data, rng)
    lines = data.splitlines()
    at = rng.randrange(len(lines) or 1)
    if lines:
        lines[at] = of_json(lines[at], rng)
    return b"\n".join(lines) + rng.choice((b"", b"\n"))


def of_markup(data: bytes, rng: random.Random) -> bytes:
    """Put texts, elements and depth between the tags of a feed."""
    text = decoded(data)
    places = [at for at, sign in enumerate(text) if sign in "<>"] or [0]
    at = rng.choice(places)
    match rng.randrange(6):
        case 0:
            return (text[:at] + "<a>" * 3000 + text[at:]).encode("utf-8", "replace")
        case 1:
            return (text[:at] + "<a>" * 900 + "x" + "</a>" * 900 + text[at:]).encode("utf-8", "replace")
        case 2:
            end = rng.choice(places)
            return (text[: max(at, end)] + text[min(at, end) :]).encode("utf-8", "replace")
        case 3:
            end = text.find("<", at + 1)
            return (
                text[: at + 1] + value(rng).replace("<", "&lt;").replace("&", "&amp;") + text[max(at + 1, end) :]
            ).encode("utf-8", "replace")
        case _:
            return (text[:at] + rng.choice(MARKUP) + text[at:]).encode("utf-8", "replace")


def of_parquet(data: bytes, rng: random.Random) -> bytes:
    """Write the rows with other types, without columns, or with values no export holds."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(data))
        rows = table.to_pylist()
        for _ in range(rng.choice((1, 2, 5))):
            at = rng.randrange(len(rows) or 1)
            rows[at : at + 1] = [changed(row, rng) for row in rows[at : at + 1]]
        name = rng.choice(table.column_names)
        kind = rng.randrange(4)
        if kind == 0:
            table = table.drop_columns([name])
        elif kind == 1:
            new = rng.choice((value(rng), *JSON_VALUES, b"\xff\x00"))
            table = table.set_column(table.column_names.index(name), name, pa.array([new] * table.num_rows))
        elif kind == 2:
            table = pa.concat_tables([table, table.slice(rng.randrange(table.num_rows or 1))])
        else:
            table = pa.Table.from_pylist(rows)
        target = io.BytesIO()
        parquet.write_table(table, target)
        return target.getvalue()
    except (pa.ArrowException, ValueError, TypeError, OverflowError, OSError, AttributeError, UnicodeError, IndexError):
        return of_bytes(data, rng, data)  # no parquet file can be made of it


def of_archive(data: bytes, rng: random.Random) -> bytes:
    """Change one part inside a workbook."""
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            parts = [one for one in source.infolist() if one.file_size]
            chosen = rng.choice(
                [one for one in parts if "sheet" in one.filename.lower()] if rng.random() < 0.7 else parts
            )
            for one in source.infolist():
                part = source.read(one)
                archive.writestr(one.filename, of_part(part, rng) if one is chosen else part)
    except (zipfile.BadZipFile, OSError, IndexError, ValueError, NotImplementedError, EOFError):
        return of_bytes(data, rng, data)
    except Exception as error:  # noqa: BLE001 - zlib's and struct's own, of bytes damaged before
        del error
        return of_bytes(data, rng, data)
    return target.getvalue()


def of_part(part: bytes, rng: random.Random) -> bytes:
    """Change the values, places or types of cells in a sheet's XML."""
    text = part.decode("utf-8", "replace")
    swaps = (
        ("<v>", "<v>" + rng.choice(("1e999", "-1e308", "NaN", "99999999", "-5", "2958466", "1e20", "", "x", "0.1"))), (' t="s"', rng.choice((' t="e"', ' t="b"', ' t="d"', ' t="n"', ""))),
        ("<c ", rng.choice(('<c t="e" ', '<c t="str" ', "<c><v>5</v></c><c "))), ('r="', rng.choice(('r="XFD1048576" q="', 'r="A0" q="', 'r="ZZZZ9" q="', 'q="'))), ("<t>", "<t>" + value(rng).replace("<", "").replace("&", "")),
        ("<row ", rng.choice(('<row r="1048576" x="', "<row><c/></row><row "))), ('s="', rng.choice(('s="99999" y="', 's="-1" y="'))),
    )  # fmt: skip
    old, new = rng.choice(swaps)
    places = text.split(old)
    at = rng.randrange(1, len(places)) if len(places) > 1 else 0
    if not at or rng.random() < 0.2:
        return of_markup(part, rng)
    return (old.join(places[:at]) + new + old.join(places[at:])).encode("utf-8", "replace")
