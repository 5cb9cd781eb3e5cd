"""The facts under the nine headings of Annex IV of Regulation (EU) 2024/1689 (technical documentation, Article 11(1)).

It puts what is recorded here where a reader of such documentation looks for it. It judges nothing: whether the
regulation applies, and whether it is met, is for the provider to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version as installed

from aieco_assets.core.governance.compliance import control, data
from aieco_assets.core.governance.compliance.facts import Fact, file, kept_by_hand, setting
from aieco_assets.core.settings import Settings

GENERAL = "1. A general description of the AI system"
ELEMENTS = "2. A detailed description of the elements of the AI system and of the process for its development"
CONTROL = "3. Detailed information about the monitoring, functioning and control of the AI system"
METRICS = "4. A description of the appropriateness of the performance metrics"
RISKS = "5. A detailed description of the risk management system"
CHANGES = "6. A description of relevant changes made by the provider to the system through its lifecycle"
STANDARDS = "7. A list of the harmonised standards applied"
DECLARATION = "8. A copy of the EU declaration of conformity"
POST_MARKET = "9. A description of the system in place to evaluate the performance in the post-market phase"


def of_system(settings: Settings, gathered: dict[str, Sequence[Fact]]) -> list[Fact]:
    """`gathered`: the facts by page (models, approvals, data, rules, monitoring, risks, software)."""
    pages = {
        ELEMENTS: [*gathered["software"], *_under(gathered["data"], data.SOURCES), *_in_production(gathered)],
        CONTROL: [*_under(gathered["rules"], control.RIGHTS, control.POLICIES), *_under(gathered["monitoring"], "")],
        METRICS: _by_gates(gathered["models"]),
        RISKS: [one for one in gathered["risks"] if not one.text.startswith("It is held")],
        CHANGES: gathered["approvals"],
        POST_MARKET: _under(gathered["monitoring"], control.DRIFT, control.INCIDENTS, control.ANSWERS),
    }
    found = [replace(one, heading=GENERAL) for one in _general(settings)]
    for heading in (ELEMENTS, CONTROL, METRICS, RISKS, CHANGES):
        found += _filed(heading, pages[heading])
    found += [_by_hand(settings, STANDARDS, "standards", "list of harmonised standards")]
    found += [_by_hand(settings, DECLARATION, "declaration", "EU declaration of conformity")]
    return [*found, *_filed(POST_MARKET, pages[POST_MARKET])]


def _general(settings: Settings) -> list[Fact]:
    number = installed("aieco")
    model = "a server" if settings.llm_is_server else "this process"
    return [
        Fact("", f"The system is aieco {number}.", (f"package:aieco=={number}",)),
        Fact(
            "",
            "It answers questions from an organisation's documents with citations, and foresees of its customers "
            "purchases, their value and who stays away.",
            (file("README.md"),),
        ),
        _by_hand(settings, "", "intended_purpose", "statement of the intended purpose"),
        Fact("", f"Its language model runs in {model}.", (setting("llm"),)),
        Fact(
            "",
            "Whoever asks is shown the quotes that an answer rests on, or that there is no answer.",
            ("test:tests/core/rag/test_pipeline.py::test_an_unsupported_generated_answer_gives_way_to_the_quote",),
        ),
    ]


def _filed(heading: str, facts: Sequence[Fact]) -> list[Fact]:
    return [replace(one, heading=heading, text=_with(one.heading, one.text)) for one in facts]


def _with(before: str, text: str) -> str:
    return f"{before}: {text}" if before else text


def _under(facts: Sequence[Fact], *headings: str) -> list[Fact]:
    return [one for one in facts if one.heading in headings or headings == ("",)]


def _by_gates(models: Sequence[Fact]) -> list[Fact]:
    """What the gates measured by. A heading of the annex is never left out: without models it says so."""
    told = [one for one in models if one.text.startswith(("Its gate", "No gate"))]
    return told or [one for one in models if "in production" in one.text or one.text.startswith("No model")]


def _in_production(gathered: dict[str, Sequence[Fact]]) -> list[Fact]:
    return [one for one in gathered["models"] if "in production" in one.text or one.text.startswith("It was made")]


def _by_hand(settings: Settings, heading: str, name: str, what: str) -> Fact:
    address, digest = kept_by_hand(settings.home, name)
    named = f"{'an' if what[0] in 'AEIO' else 'a'} {what}"
    if digest:
        return Fact(heading, f"The provider keeps {named} beside this system; its sha256 is {digest}.", (address,))
    told = f"{named[0].upper()}{named[1:]} is not kept here (governance/{name}.* in the home)."
    return Fact(heading, told, (address,))


HEADINGS = (GENERAL, ELEMENTS, CONTROL, METRICS, RISKS, CHANGES, STANDARDS, DECLARATION, POST_MARKET)
