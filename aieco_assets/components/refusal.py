"""Why the graph does not load, where a `defs.yaml` is to blame: one sentence that names the file and the mend."""

from __future__ import annotations

import re
from pathlib import Path

from dagster.components.resolved.errors import ResolutionException
from dagster_shared.error import DagsterUnresolvableSymbolError
from pydantic import ValidationError
from yaml import MarkedYAMLError

from aieco_assets.core.errors import AiecoError

_COMPONENT = re.compile(r"component (\S+?)\[\d+\]")
_PLACED = re.compile(r"attributes(?:\.(?P<name>\w+)\S*)? at (?P<file>\S+):(?P<line>\d+)")


def refusal(error: BaseException, root: Path) -> AiecoError | None:
    """The sentence of an error of loading; None where no declaration is to blame."""
    cause: BaseException | None = error
    found = _COMPONENT.search(str(error))
    file = f"aieco_assets/defs/{found[1]}/defs.yaml" if found else "A defs.yaml"
    while cause is not None:
        if isinstance(cause, AiecoError):
            return cause
        if said := _sentence(cause, file):
            return AiecoError(said.replace(f"{root}/", ""))
        cause = cause.__cause__ or cause.__context__
    return None


def _sentence(cause: BaseException, file: str) -> str:
    if isinstance(cause, MarkedYAMLError) and cause.problem_mark is not None:
        mark = cause.problem_mark
        return f"{mark.name}, line {mark.line + 1} is no YAML: {cause.problem}."
    if isinstance(cause, DagsterUnresolvableSymbolError):
        return f"A defs.yaml names a type that there is not ({cause}): `dg list components` lists those that there are."
    if isinstance(cause, ResolutionException):
        told = str(cause.__cause__ or cause.__context__ or cause).strip().splitlines()[-1].rstrip(".")
        mend = "write the value itself, or '{{ env.NAME }}' of a variable that is set"
        return f"{file} holds a template that can't be read ({told}): {mend}."
    return _of_attributes(cause, file) if isinstance(cause, ValidationError) else ""


def _of_attributes(cause: ValidationError, file: str) -> str:
    """What is wrong first; a name that is none before the one that is missed because of it."""
    wrong = sorted(cause.errors(), key=lambda one: one["type"] != "extra_forbidden")
    first = wrong[0]
    placed = _PLACED.search(str(first["loc"]))
    # Of a list, the attribute and not the number in it.
    said = [one for one in first["loc"] if isinstance(one, str)]
    name = placed["name"] if placed else said[-1] if said else ""
    where = f"{placed['file']}, line {placed['line']}" if placed else file
    missing = [found["name"] if (found := _PLACED.search(str(one["loc"]))) else str(one["loc"][-1])
               for one in wrong if one["type"] == "missing"]  # fmt: skip
    if first["type"] == "extra_forbidden":
        mend = f"{', '.join(missing)} is needed" if missing else "remove it"
        return f"{where}: there is no attribute {name}; {mend}."
    if first["type"] == "missing":
        return f"{where}: the attribute {name} is missing; add it."
    message = first["msg"]
    return f"{where}: mend {name}: {message[0].lower()}{message[1:]}."
