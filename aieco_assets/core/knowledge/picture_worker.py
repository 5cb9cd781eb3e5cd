"""The process that draws a page nobody vouches for: `python -m aieco_assets.core.knowledge.picture_worker`.

Request on stdin: a JSON line {"bytes", "page", "quote", "before"} and the PDF. Reply on stdout: a JSON line, empty or
{"refused": reason}, and the PNG. It has limits, no secrets in its environment, and may write no file.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import unicodedata
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.reader_worker import MEMORY_BYTES, limit
from aieco_assets.core.knowledge.right_to_left import reading_order

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage, PdfTextPage

CPU_SECONDS = 10
WIDTH = 1_100  # pixels; enough to read on any screen, and some 100 kB
MAX_HEIGHT = 4_000
_MARK = (255, 229, 120)
_PARTS = re.compile(r"\n| \| |: | / | \(")  # how rows and notes are joined in the text of a page
_MOST_OCCURRENCES, _FAR = 200, 1e9
Box = tuple[float, float, float, float]  # left, bottom, right, top in points


class Refused(Exception):
    """Why there is no picture."""


def main() -> None:
    limit(resource.RLIMIT_AS, MEMORY_BYTES)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, CPU_SECONDS)
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read(request["bytes"])
    picture, reply = b"", {}
    try:
        picture = draw(data, request["page"], request["quote"], request["before"])
    except Refused as reason:
        reply = {"refused": str(reason)}
    except Exception as error:  # the library raises anything at all on hostile bytes
        reply = {"refused": f"its painter failed ({type(error).__name__})"}
    sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n" + picture)


def draw(data: bytes, number: int, quote: str, before: str) -> bytes:
    """PNG of page `number` (from 1) with the quote marked; `before`: the cleaned text of the page up to the quote."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(data)
    if not 1 <= number <= len(pdf):
        raise Refused("the document has no such page")
    page = pdf[number - 1]
    boxes = quote_boxes(page.get_textpage(), quote, before)
    if not boxes:
        raise Refused("the quote is not in the page's own text")
    width, height = page.get_size()
    scale = min(WIDTH / width, MAX_HEIGHT / height)
    image = page.render(scale=scale).to_pil().convert("RGB")
    out = io.BytesIO()
    _marked(image, page, boxes, scale).save(out, "PNG", optimize=False)
    return out.getvalue()


def quote_boxes(text: PdfTextPage, quote: str, before: str) -> list[Box]:
    """Where the quote stands, a box per line. Found by its letters alone: cleaning changed spaces and hyphens."""
    from pypdfium2.raw import FPDFText_GetUnicode

    letters: list[str] = []
    places: list[int] = []
    told = "".join(chr(FPDFText_GetUnicode(text, place)) for place in range(text.count_chars()))
    for place in reading_order(told, text.get_charbox):
        for letter in _letters(told[place]):
            letters.append(letter)
            places.append(place)
    page, wanted = "".join(letters), "".join(map(_letters, quote))
    at = -1
    for _ in range("".join(map(_letters, before)).count(wanted) + 1 if wanted else 0):
        following = page.find(wanted, at + 1)
        if following < 0:
            break  # cleaning left more of them than there are: the last one it is
        at = following
    if at >= 0:
        return _boxes(text, places[at : at + len(wanted)])
    return _boxes_of_parts(text, page, places, quote)


def _boxes_of_parts(text: PdfTextPage, page: str, places: list[int], quote: str) -> list[Box]:
    """Of a quote that does not stand in one piece on the page: rows with their headings, lines with a note between.

    A part that is found least often says where; of the others those nearest to its height are marked.
    """
    parts = [part for one in _PARTS.split(quote) if (part := "".join(map(_letters, one)))]
    found = [[_boxes(text, places[at : at + len(part)]) for at in _occurrences(page, part)] for part in parts]
    if not parts or not all(found):
        return []
    least = min(map(len, found))
    # The lowest of them: headings stand above their values.
    height = min((some[0][0][1] for some in found if len(some) == least and some[0]), default=0.0)
    nearest = [min(some, key=lambda boxes: abs(boxes[0][1] - height) if boxes else _FAR) for some in found]
    return [box for boxes in nearest for box in boxes]


def _occurrences(page: str, part: str) -> list[int]:
    at, found = page.find(part), []
    while at >= 0 and len(found) < _MOST_OCCURRENCES:
        found.append(at)
        at = page.find(part, at + 1)
    return found


def _boxes(text: PdfTextPage, quoted: list[int]) -> list[Box]:
    first, last = min(quoted), max(quoted)
    return [text.get_rect(index) for index in range(text.count_rects(first, last - first + 1))]


def _letters(character: str) -> str:
    """What of a character survives any cleaning: letters and digits, in their plain form."""
    return "".join(one for one in unicodedata.normalize("NFKC", character) if one.isalnum())


def _marked(image: Image, page: PdfPage, boxes: list[Box], scale: float) -> Image:
    """The image with the boxes in the colour of a marker pen: what is dark stays dark."""
    from PIL import Image as images
    from PIL import ImageChops, ImageDraw

    colour = images.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(colour)
    left, bottom, right, top = page.get_bbox()
    across, up = image.width / max(right - left, 1), image.height / max(top - bottom, 1)
    for one in boxes:
        pen.rectangle(
            (
                (one[0] - left) * across - 2 * scale,
                (top - one[3]) * up - scale,
                (one[2] - left) * across + 2 * scale,
                (top - one[1]) * up + scale,
            ),
            fill=_MARK,
        )
    return ImageChops.multiply(image, colour)


if __name__ == "__main__":
    main()
