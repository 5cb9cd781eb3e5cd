"""Files that were read, kept until they are landed: small ones in memory, large ones on disk, where the landing, which
may be another process than the one that planned it, finds them again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from aieco_assets.core.retail.rows import DayPart, ParsedFile
from aieco_assets.core.retail.shop.mapping import Shop

_IN_MEMORY = 128 * 2**20  # bytes of source files whose rows are kept
_LARGE = 8 * 2**20
_LINES, _REJECTS, _ABOUT = "lines.arrow", "rejects.arrow", "about.json"


class ParsedFiles:
    """Rows by the hash of the file that they are from. `rules`: what it was read by; those of others are not found.
    `on_disk`: whether large files may be kept there."""

    def __init__(self, folder: Path, rules: str, on_disk: bool = True) -> None:
        self.folder, self._rules, self._on_disk = folder, rules, on_disk
        self._kept: dict[str, ParsedFile] = {}
        self._bytes = 0
        self._last: tuple[str, ParsedFile] | None = None

    def get(self, digest: str) -> ParsedFile | None:
        if digest not in self._kept and (place := self._place(digest)).is_dir():
            if self._last is None or self._last[0] != digest:  # its days follow each other
                self._last = (digest, _read(place))
            return self._last[1]
        return self._kept.get(digest)

    def put(self, digest: str, parsed: ParsedFile, size: int) -> None:
        """`size`: bytes of the file. What is neither small nor can be written is read again when it is landed."""
        if size < _LARGE:
            if self._bytes + size <= _IN_MEMORY:
                self._bytes += size
                self._kept[digest] = parsed
            return
        place = self._place(digest)
        if not self._on_disk or place.is_dir():
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(dir=self.folder, prefix=".writing-"))
            try:
                _write(new, parsed)
                os.replace(new, place)
            finally:
                shutil.rmtree(new, ignore_errors=True)
        except OSError:
            return

    def clear(self) -> None:
        """Forget all rows: they are landed."""
        self._kept.clear()
        self._last = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, digest: str) -> Path:
        return self.folder / sha256(f"{digest} {self._rules}".encode()).hexdigest()


def _write(folder: Path, parsed: ParsedFile) -> None:
    parsed.accepted.write_ipc(folder / _LINES)
    parsed.rejected.write_ipc(folder / _REJECTS)
    about: dict[str, Any] = {
        "days": {str(day): (part.rows, part.sha256) for day, part in parsed.days.items()},
        "read_again_on": parsed.read_again_on and str(parsed.read_again_on),
        "shop": parsed.shop.model_dump(mode="json"),
        "layout": [parsed.shop.layout, parsed.shop.default_currency],
        "added": parsed.added,
        "cut": parsed.cut,
        "currency": parsed.currency,
        "named": parsed.named,
    }
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def _read(folder: Path) -> ParsedFile:
    import polars as pl

    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    layout, currency = about["layout"]
    again = about["read_again_on"]
    return ParsedFile(
        pl.read_ipc(folder / _LINES),
        pl.read_ipc(folder / _REJECTS),
        {date.fromisoformat(day): DayPart(*part) for day, part in about["days"].items()},
        date.fromisoformat(again) if again else None,
        Shop(layout=layout, default_currency=currency, **about["shop"]),
        tuple(about["added"]),
        about["cut"],
        about["currency"],
        about.get("named", True),  # kept by a version that did not look: it may be
    )
