"""Results kept by what they depend on: parquet and manifest.json under `results/<kind>/<hash>/`.

A result is a frozen dataclass of numbers, texts, dates and arrays. Arrays go to `arrays.parquet`,
everything else to `manifest.json` with its type named, and only types on an explicit list are ever
read back: a kept file is input like any other and can make nothing but those values.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from leadline.errors import LeadlineError

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
MISSING = object()
FORMAT = 1  # of kept files; raised when their layout changes (house)


class KeptFileError(LeadlineError):
    """A kept result cannot be read back; it is computed again instead."""


@cache
def versions() -> dict[str, str]:
    """Return the versions on which numbers depend."""
    return {name: metadata.version(name) for name in ("leadline", "numpy", "scipy", "duckdb")}


def key_of(kind: str, parts: Mapping[str, object]) -> str:
    """Return 16 hex digits over kind, inputs, options and versions: equal keys, equal results."""
    text = json.dumps({"kind": kind, "format": FORMAT, "versions": versions(), **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value: object) -> object:
    """Return a value of numbers, texts, days and collections of them as a key writes it: a set in its order."""
    return _encode(value, [])


class Keep:
    """The kept results of one workspace."""

    def __init__(self, folder: Path, types: Sequence[type]) -> None:
        self._folder = folder
        self._types = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in types}
        self.computed: list[str] = []
        self.found: list[str] = []

    def knowing(self, types: Sequence[type]) -> Keep:
        """Return the same results with other types that may be read back: those of a result that is rarely asked for."""
        other = Keep(self._folder, types)
        other.computed, other.found = self.computed, self.found
        return other

    def get(self, kind: str, parts: Mapping[str, object], *, compute: Callable[[], T]) -> T:
        """Return the kept result for these inputs, or compute and keep it."""
        key = key_of(kind, parts)
        place = self._folder / kind / key
        found: T = self.known(kind, parts, missing=MISSING)
        if found is not MISSING:
            return found
        value = compute()
        try:
            self._write(place, value, {"kind": kind, "key": key, "inputs": dict(parts), "versions": versions()})
        except OSError as problem:
            if problem.errno not in READ_ONLY:
                raise
            return value  # whoever may only look on computes each time, and gets the same answer
        self.computed.append(f"{kind}/{key}")
        return value

    def known(self, kind: str, parts: Mapping[str, object], *, missing: object = None) -> Any:  # noqa: ANN401 - whatever was kept
        """Return the kept result for these inputs, `missing` where there is none; nothing is computed."""
        key = key_of(kind, parts)
        place = self._folder / kind / key
        if not (place / "manifest.json").exists():
            return missing
        try:
            value = self._read(place)
        except (KeptFileError, OSError, ValueError, KeyError, TypeError):
            return missing  # a damaged file costs a computation, never an answer
        self.found.append(f"{kind}/{key}")
        return value

    def has(self, kind: str) -> bool:
        """Return whether any result of a kind was ever kept, whatever it depends on."""
        return (self._folder / kind).is_dir()

    def _write(self, place: Path, value: object, manifest: dict[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        arrays: list[np.ndarray[Any, Any]] = []
        document = {**manifest, "result": _encode(value, arrays)}
        place.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # as evidence/: what was found in it
        place.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".writing-") as scratch:
            columns = {f"a{index}": pa.array([array.ravel().tolist()]) for index, array in enumerate(arrays)}
            pq.write_table(pa.table(columns or {"none": pa.array([0])}), Path(scratch) / "arrays.parquet")
            text = json.dumps(document, indent=1, sort_keys=True, default=str)
            (Path(scratch) / "manifest.json").write_text(text + "\n", encoding="utf-8")
            place.mkdir(exist_ok=True)
            for name in ("arrays.parquet", "manifest.json"):  # the manifest last: its presence means all is there
                (Path(scratch) / name).replace(place / name)

    def _read(self, place: Path) -> Any:  # noqa: ANN401 - whatever was kept
        import pyarrow.parquet as pq

        document = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        table = pq.read_table(place / "arrays.parquet").to_pydict()
        return self._decode(document["result"], {name: column[0] for name, column in table.items()})

    def _decode(self, value: object, arrays: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever was kept
        import numpy as np

        if isinstance(value, list):
            return tuple(self._decode(item, arrays) for item in value)
        if not isinstance(value, dict):
            return value
        match value.get("__is"):
            case "array":
                return np.array(arrays[value["column"]], dtype=value["dtype"]).reshape(value["shape"])
            case "float":
                return float(value["text"])
            case "date":
                return dt.date.fromisoformat(value["text"])
            case "datetime":
                return dt.datetime.fromisoformat(value["text"])
            case "decimal":
                return Decimal(value["text"])
            case "mapping":
                return {key: self._decode(item, arrays) for key, item in value["items"]}
            case "frozenset":
                return frozenset(self._decode(item, arrays) for item in value["items"])
            case str(name) if name in self._types:
                return self._types[name](**{key: self._decode(item, arrays) for key, item in value["fields"].items()})
        raise KeptFileError(f"a kept result names the type {value.get('__is')!r}, which is not one of ours")


def _encode(value: object, arrays: list[np.ndarray[Any, Any]]) -> object:
    import numpy as np

    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else {"__is": "float", "text": str(number)}
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.ndarray):
        arrays.append(
            value.astype(str) if value.dtype.kind in "UO" else value.view("int64") if value.dtype.kind == "M" else value
        )
        return {"__is": "array", "column": f"a{len(arrays) - 1}", "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, dt.datetime):
        return {"__is": "datetime", "text": value.isoformat()}
    if isinstance(value, dt.date):
        return {"__is": "date", "text": value.isoformat()}
    if isinstance(value, Decimal):
        return {"__is": "decimal", "text": str(value)}
    if isinstance(value, Mapping):
        return {"__is": "mapping", "items": [[key, _encode(item, arrays)] for key, item in value.items()]}
    if isinstance(value, frozenset):
        return {"__is": "frozenset", "items": [_encode(item, arrays) for item in sorted(value)]}
    if isinstance(value, (list, tuple)):
        return [_encode(item, arrays) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        fields = {
            field.name: _encode(getattr(value, field.name), arrays) for field in dataclasses.fields(value) if field.init
        }
        return {"__is": f"{kind.__module__}.{kind.__qualname__}", "fields": fields}
    raise TypeError(
        f"{type(value).__qualname__} cannot be kept: results are dataclasses of numbers, texts, dates and arrays"
    )
