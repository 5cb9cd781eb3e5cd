"""Reading `policies/*.yaml`: all of them or none, one sentence for whatever is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.canary import CanaryRules
from aieco_assets.core.policy.chains import refuse_cycles
from aieco_assets.core.policy.schema import Policy, PolicyFile
from aieco_assets.core.settings import Settings
from aieco_assets.core.yaml_file import read_yaml

if TYPE_CHECKING:
    from pydantic import ValidationError

SHIPPED = Path(__file__).parents[3] / "policies"
_SUFFIXES = (".yaml", ".yml")


def load_policies(settings: Settings) -> tuple[Policy, ...]:
    """The policies of AIECO_POLICIES (default: those of the project), by name.

    Raises AiecoError that names file, entry and mend: one that is not valid, two of one name, a cycle of actions.
    """
    return together([file for _, file in _files(settings)])


def load_canary(settings: Settings) -> CanaryRules:
    """The rules of challengers on live questions: those of AIECO_POLICIES, else the project's. Raises AiecoError."""
    found = [(name, file.canary) for name, file in _files(settings) if file.canary]
    if len(found) > 1:
        raise AiecoError(f"Both {found[0][0]} and {found[1][0]} have rules under `canary`: leave one out.")
    return found[0][1] if found else shipped_rules()


@cache
def shipped_rules() -> CanaryRules:
    """Those of the project's own policies/canary.yaml."""
    return read_policy_file(SHIPPED / "canary.yaml").canary or CanaryRules.model_validate({})


def checked(settings: Settings, path: Path | None) -> tuple[list[str], tuple[Policy, ...]]:
    """The files and policies of a folder (None: those in force), or of one file that joins those in force.

    Raises AiecoError as reading them does, and where there is none.
    """
    if path and not path.is_dir():
        found = with_file(load_policies(settings), path)
        return [path.name], tuple(policy for policy in found if policy.file == path.name)
    here = settings.model_copy(update={"policies": str(path)}) if path else settings
    found = load_policies(here)
    load_canary(here)
    folder = Path(here.policies) if here.policies else SHIPPED
    names = [file.name for file in policy_files(folder)]
    if not names:
        raise AiecoError(f"{folder} holds no policy file: write one, such as policies/drift.yaml.")
    return names, found


def with_file(in_force: Sequence[Policy], path: Path) -> tuple[Policy, ...]:
    """The policies as they were with the file among them: for the one of its name, and for policies of its names."""
    read = read_policy_file(path)
    named = {policy.name for policy in read.policies}
    stay = [policy for policy in in_force if policy.file != path.name and policy.name not in named]
    return together([PolicyFile.model_construct(policies=tuple(stay), canary=None), read])


def _files(settings: Settings) -> list[tuple[str, PolicyFile]]:
    folder = Path(settings.policies) if settings.policies else SHIPPED
    if not folder.is_dir():
        raise AiecoError(f"AIECO_POLICIES names {folder}, which is no folder: mend it, or leave it unset.")
    return [(path.name, read_policy_file(path)) for path in policy_files(folder)]


def policy_files(folder: Path) -> list[Path]:
    """The policy files of a folder, by name; what an editor hides beside them is none."""
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))


def read_policy_file(path: Path) -> PolicyFile:
    """One file. Raises AiecoError for what is no file that can be read, or as `read_policies` does."""
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise OSError("it is no file")
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise AiecoError(f"{path.name} is no text in UTF-8: save it in that encoding.") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise AiecoError(f"{path} can't be read ({why}): name a policy file, such as policies/drift.yaml.") from None
    return read_policies(text, path.name)


def together(files: Sequence[PolicyFile]) -> tuple[Policy, ...]:
    """The policies of several files, by name. Raises AiecoError where they don't fit together."""
    found: dict[str, Policy] = {}
    for policy in (policy for file in files for policy in file.policies):
        if other := found.get(policy.name):
            where = other.file if other.file == policy.file else f"{other.file} and {policy.file}"
            raise AiecoError(f"Two policies are called {policy.name} ({where}): rename one.")
        found[policy.name] = policy
    refuse_cycles(found)
    return tuple(found[name] for name in sorted(found))


def read_policies(text: str, name: str) -> PolicyFile:
    """One file. Raises AiecoError that names the file, the entry and what it must be."""
    from pydantic import ValidationError

    data = read_yaml(text, name, "look at docs/policies.md")
    if not isinstance(data, dict):
        raise AiecoError(f"{name} holds no policies: begin with `policies:`; docs/policies.md has an example.")
    try:
        read = PolicyFile.model_validate(data)
    except ValidationError as error:
        raise AiecoError(f"{name} is not valid: {_first(error, data)}. docs/policies.md has every entry.") from None
    named = tuple(policy.model_copy(update={"file": name}) for policy in read.policies)
    return read.model_copy(update={"policies": named})


def _first(error: ValidationError, data: Mapping[str, Any]) -> str:
    found = error.errors()[0]
    place = _place(found["loc"], data)
    said = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        return f"{place} is no entry of it: leave it out"
    if found["type"] == "model_type":
        return f"{place} has no entries: write them as `entry: value`"
    if found["type"] == "string_pattern_mismatch":
        return f"{place} {found['input']!r} is no name: write small letters, digits and _, a letter first"
    if found["type"] == "missing":
        return f"{place} is missing: write it"
    entry, _, rest = said.partition(": ")
    if rest and " " not in entry and entry.isidentifier():  # a rule over several entries says which it is about
        return f"{place}.{entry}: {rest}"
    return f"{place}: {said[:1].lower()}{said[1:]}"


def _place(location: Sequence[int | str], data: Any) -> str:
    """`retrain_on_drift.triggers[1].above`: a policy by its name where it has one."""
    told, rest = "", list(location)
    if len(rest) > 1 and rest[0] == "policies" and isinstance(rest[1], int):
        policy = data["policies"][rest[1]]
        named = policy.get("name") if isinstance(policy, dict) else None
        told, rest = (named, rest[2:]) if isinstance(named, str) and rest[2:] != ["name"] else ("", rest)
    for part in rest:
        told += f"[{part}]" if isinstance(part, int) else f".{part}" if told else str(part)
    return told or "it"
