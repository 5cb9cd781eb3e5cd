"""The files that declare what a graph holds: those that Dagster reads (a test holds the two together), found without it
for sensors and plans, which look in homes without any, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aieco_assets.core.errors import AiecoError

NAMES = ("defs.yaml", "defs.yml", "component.yaml")  # in one folder the first that there is
_HOLDS_OTHERS = "DefsFolderComponent"  # the one type that does not end the search in its folder


def declaration_files(defs: Path) -> Iterator[Path]:
    """Of the folder and those below it, linked ones too, in order. Raises AiecoError where a folder can't be read."""
    return _below(defs, frozenset())


def declaration_text(path: Path, place: str) -> str:
    """What a file says, `place` being what messages call it. Raises AiecoError where it can't be read or is no
    declaration of anything."""
    mend = "or remove its folder"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise AiecoError(f"{place} is not in UTF-8: save it so, {mend}.") from None
    except OSError as error:
        raise AiecoError(f"{place} cannot be read ({error.strerror}): make it a file that can be, {mend}.") from None
    if "type" not in text:
        raise AiecoError(f"{place} declares nothing: write its `type` and its `attributes` into it, {mend}.")
    return text


def refuse_unread_place(folder: Path, defs: Path) -> None:
    """Raises AiecoError for a folder in which a declaration would lie unread."""
    if ".." in folder.parts or not folder.is_relative_to(defs) or folder == defs:
        raise AiecoError(f"{folder} does not lie below {defs}, where declarations are read: give a path below it.")
    below = folder.relative_to(defs).parts
    if hidden := next((name for name in below if _is_passed_over(name)), ""):
        raise AiecoError(f"Nothing in a folder {hidden} is read: take another name.")
    for above in (defs.joinpath(*below[:depth]) for depth in range(1, len(below))):
        if (found := _file(above)) and not _holds_others(found):
            raise AiecoError(f"Nothing below {above} is read, as it has a {found.name}: take a folder beside it.")


def _below(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    try:
        here, file, inside = folder.resolve(), _file(folder), sorted(folder.iterdir())
    except (OSError, RuntimeError) as error:
        raise AiecoError(f"{folder} cannot be read ({error}): mend its permissions, or move it away.") from None
    if here in above:
        raise AiecoError(f"{folder} leads back to a folder that it lies in, and never ends: remove the link.")
    if file:
        yield file
        if not _holds_others(file):
            return
    for one in inside:
        if one.is_dir() and not _is_passed_over(one.name):
            yield from _below(one, above | {here})


def _file(folder: Path) -> Path | None:
    return next((path for path in (folder / name for name in NAMES) if path.exists()), None)


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _holds_others(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False  # which is said where the file is read
    if _HOLDS_OTHERS not in text:
        return False
    from aieco_assets.core.yaml_file import read_yamls

    said = read_yamls(text, str(path), "remove its folder")
    return any(isinstance(one, dict) and str(one.get("type")).endswith(f".{_HOLDS_OTHERS}") for one in said)
