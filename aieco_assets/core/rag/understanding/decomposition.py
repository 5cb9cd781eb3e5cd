"""Questions that ask several things: `How big is the deposit, and who looks after the money?`"""

from __future__ import annotations

import re

_ASKS = (
    r"(?:what|which|who|whom|whose|when|where|why|how|(?:do|does|did|is|are|was|were|can|could|may|must|will|would"
    r"|should|has|have)(?!n't|'t))"
)
_JOINT = re.compile(
    rf"(?P<more>(?:[,;]\s*|\s+)(?:and|or)\s+)(?=(?:(?:by|from|until|to|for|on|in|at|with) )?{_ASKS}\b)"
    r"|(?P<over>[.;?!]\s+(?:(?:and|but)\s+)?)",
    re.IGNORECASE,
)
_QUESTION = re.compile(rf"\b{_ASKS}\b", re.IGNORECASE)
_MOST = 3


def asked_parts(question: str) -> list[str]:
    """What is asked, each thing on its own; only the question itself when it asks one thing.

    `I lost my card. Can I get another?` is one: what only sets the scene belongs to what is asked after it.
    """
    found, scene, place = [], "", 0
    for joint in [*_JOINT.finditer(question), None]:
        piece = question[place : joint.start() if joint else len(question)].strip()
        place = joint.end() if joint else place
        told = bool(joint and joint["over"] and not joint["over"].startswith("?"))
        if told or not _QUESTION.search(piece):
            scene = f"{scene} {piece}.".strip()
        elif piece:
            found.append(f"{scene} {piece}".strip())
            scene = ""
    return found if 2 <= len(found) <= _MOST and not scene else [question]
