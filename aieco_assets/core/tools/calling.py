"""One call of a tool, from what a client sent to what it gets: checked input, bounded output, one sentence of an error.

What a client sends is not repeated in a sentence, nor where anything lies on this machine.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from aieco_assets.core.errors import AiecoError, Unavailable, named
from aieco_assets.core.tools.tool import OUTPUT_BYTES, Platform, Tool

logger = logging.getLogger("aieco.tools")

OUR_FAULT = "Something went wrong on our side: the log says what."
_PATH = re.compile(r"(?<![\w:/.~])~?/(?:[\w.@+-]+/)+(?:[\w.@+-]*[\w@+-])?")
SENTENCE_CHARACTERS = 1_000


@dataclass(frozen=True)
class Refused:
    """A call that came to nothing; the sentence names the thing and the mend."""

    sentence: str


async def call(
    tools: Sequence[Tool], name: str, given: Mapping[str, Any], platform: Platform, may: Callable[[str], bool]
) -> dict[str, Any] | Refused:
    """The tool's output as plain JSON types. `may`: whether the caller's key has a scope. Never raises, but when the
    caller has left."""
    tool = next((one for one in tools if one.name == name), None)
    if tool is None:
        return Refused(f"There is no tool of that name: there are {', '.join(one.name for one in tools)}.")
    if not may(tool.scope):
        return Refused(f"This key may not {tool.scope}: use one with the scope {tool.scope}.")
    try:
        output = await tool.run(platform, tool.takes.model_validate_json(json.dumps(given)))
    except ValidationError as error:
        if error.title != tool.takes.__name__:  # of what we made ourselves
            logger.exception("%s failed", name)
            return Refused(OUR_FAULT)
        return Refused(_sentence(error))
    except AiecoError as error:
        return Refused(_bounded(str(error)))
    except Exception as error:
        if isinstance(told := named(error), Unavailable):
            return Refused(_bounded(str(told)))
        logger.exception("%s failed", name)
        return Refused(OUR_FAULT)
    text = output.model_dump_json()
    if len(text.encode()) > OUTPUT_BYTES:
        return Refused(f"The result is larger than {OUTPUT_BYTES // 1024} KiB: ask for less.")
    return output.model_dump(mode="json")


def _sentence(error: ValidationError) -> str:
    """`question: must not be empty.`"""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:100] or "the arguments"
    return _bounded(f"{place}: {first['msg'].removeprefix('Value error, ')}.")


def _bounded(sentence: str) -> str:
    said = _PATH.sub("(a path on the server)", sentence)
    return said if len(said) <= SENTENCE_CHARACTERS else f"{said[:SENTENCE_CHARACTERS]}…"
