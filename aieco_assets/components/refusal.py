"""Why the graph does not load, where a `defs.yaml` is to blame: one sentence that names the file and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dagster import DagsterInvalidDefinitionError
from dagster.components.resolved.errors import ResolutionException
from dagster_shared.error import DagsterUnresolvableSymbolError
from pydantic import ValidationError
from yaml import MarkedYAMLError

from aieco_assets.core.declarations import declaration_files, declaration_text
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.yaml_file import read_yamls

_COMPONENT = re.compile(r"component (\S+?)\[\d+\]")
# As Dagster says where: "attributes.grain at FILE:3", " at FILE:1" of a document that is a single word.
_PLACED = re.compile(r"(?:attributes\.)?(?P<name>\w*)[^\s']* at (?P<file>[^']+):(?P<line>\d+)")
_NO_TYPE = ("Invalid component type name", "Component type ")


def refusal(error: BaseException, root: Path) -> AiecoError | None:
    """The sentence of an error of loading; None where no declaration is to blame."""
    found = _COMPONENT.search(str(error))
    file = f"aieco_assets/defs/{found[1]}/defs.yaml" if found else "A defs.yaml"
    causes = [*_causes(error)]
    for cause in causes:
        if isinstance(cause, AiecoError):
            return cause
    if said := _unreadable(root):
        return said
    for cause in causes:
        if said := _sentence(cause, file):
            return AiecoError(said.replace(f"{root}/", ""))
    return _unreadable(root, parsed=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _unreadable(root: Path, parsed: bool = False) -> AiecoError | None:
    """Dagster names no file where one has another encoding, says nothing at all or is a folder: which one is it?

    `parsed`: also whether what each says is YAML.
    """
    try:
        for path in declaration_files(root / "aieco_assets" / "defs"):
            text = declaration_text(path, place := str(path.relative_to(root)))
            if parsed:
                read_yamls(text, place, "remove its folder")
    except AiecoError as error:
        return error
    return None


def _sentence(cause: BaseException, file: str) -> str:
    if isinstance(cause, MarkedYAMLError) and cause.problem_mark is not None:
        mark = cause.problem_mark
        return f"{mark.name}, line {mark.line + 1} is no YAML: {cause.problem}."
    if isinstance(cause, DagsterUnresolvableSymbolError):
        return f"A defs.yaml names a type that there is not ({cause}): `dg list components` lists those that there are."
    if isinstance(cause, ValueError | DagsterInvalidDefinitionError) and str(cause).strip().startswith(_NO_TYPE):
        said = str(cause).strip().splitlines()[0].rstrip(".")
        return f"A defs.yaml names a type that is none ({said}): `dg list components` lists those that there are."
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
    if name in ("", "attributes"):
        return f"{where}: write a `type` there and, under `attributes`, a value for each."
    message = first["msg"]
    return f"{where}: mend {name}: {message[0].lower()}{message[1:]}."
