"""Text of pages that are pictures, by tesseract where that is installed. Runs in the worker process only."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsed import UnreadableDocument

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_PAGES = 100  # of one document; at some seconds a page the reader's time would not do for more
_DPI, _MAX_SIDE = 200, 5_000  # pixels
_SECONDS = 60
_NOT_LANGUAGES = {"osd", "equ"}  # tesseract lists its models of page layout and of formulas among them


@cache
def languages() -> tuple[str, ...]:
    """What tesseract can read here, such as ("deu", "eng"); none when it is not installed."""
    if not shutil.which("tesseract"):
        return ()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=_SECONDS)
    return tuple(sorted(set(listed.stdout.splitlines()[1:]) - _NOT_LANGUAGES))


def text_of_picture(page: PdfPage) -> str:
    """What stands on a page without text. Raises UnreadableDocument when tesseract gives up."""
    scale = min(_DPI / 72, _MAX_SIDE / max(page.get_size()))
    bitmap = page.render(scale=scale, grayscale=True)  # pyright: ignore[reportArgumentType]
    pixels = memoryview(bitmap.buffer).cast("B")
    rows = (pixels[at : at + bitmap.width] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    image = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(rows)
    try:
        read = subprocess.run(
            ["tesseract", "stdin", "stdout", "--dpi", str(round(scale * 72)), "-l", "+".join(languages())],
            input=image,
            capture_output=True,
            timeout=_SECONDS,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise UnreadableDocument(f"a page is a picture that tesseract can't read ({type(error).__name__})") from None
    return read.stdout.decode("utf-8", "replace")
