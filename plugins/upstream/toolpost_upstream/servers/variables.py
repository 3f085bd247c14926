"""The variables in other programs' files: of the environment, and those that the programs know by themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REFERENCE = re.compile(r"\$\{(?:(?P<kind>[A-Za-z]+):)?(?P<name>[A-Za-z_][\w.-]*|/)(?::-(?P<default>[^}]*))?\}")
WAY = "export it, or give a default with ${{{name}:-…}}"


@dataclass(frozen=True)
class Place:
    """A file, with what its variables stand for; `inputs` are the questions that VS Code would ask, by id."""

    path: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def workspace(self) -> Path:
        """The folder that a file of a project is about."""
        folder = self.path.absolute().parent
        return folder.parent if folder.name in (".vscode", ".cursor") else folder

    def value(self, found: re.Match[str]) -> str:
        """What a reference stands for.

        Raises:
            ValueError: for nothing; with the way out.
        """
        kind, name = found["kind"], found["name"]
        own = self._own(name) if kind is None else None
        if own is not None:
            return own
        if kind == "input":
            return self._input(name)
        if kind not in (None, "env"):
            raise ValueError(f"${{{kind}:{name}}} is known to another program alone; write out what it stands for")
        value = self.environ.get(name) or found["default"]
        if value is None:
            raise ValueError(f"variable {name} is not set; {WAY.format(name=name)}")
        return value

    def reference(self, found: re.Match[str]) -> str:
        """The same as our own configuration writes it: `${NAME}`, or what it stands for where that is no variable."""
        kind, name = found["kind"], found["name"]
        if kind == "input":
            return f"${{{variable_for(name)}}}"
        if (kind is None and self._own(name) is not None) or kind not in (None, "env"):
            return escaped(self.value(found))
        default = f":-{found['default']}" if found["default"] is not None else ""
        return f"${{{name}{default}}}"

    def _own(self, name: str) -> str | None:
        """What VS Code and Cursor know by themselves."""
        known: Mapping[str, Callable[[], str]] = {
            "userHome": lambda: str(Path.home()),
            "workspaceFolder": lambda: str(self.workspace),
            "workspaceFolderBasename": lambda: self.workspace.name,
            "pathSeparator": lambda: os.sep,
            "/": lambda: os.sep,
        }
        return known[name]() if name in known else None

    def _input(self, name: str) -> str:
        variable = variable_for(name)
        value = self.environ.get(variable) or self.inputs.get(name, {}).get("default")
        if not isinstance(value, str):
            raise ValueError(f"it asks for {name!r}, and nobody is there to answer; set variable {variable}")
        return value


def filled(value: Any, place: Place) -> Any:
    """A value with each variable in it replaced."""
    return _mapped(value, lambda text: REFERENCE.sub(place.value, text))


def rewritten(value: Any, place: Place) -> Any:
    """A value as our own configuration would have it, with its variables and its dollar signs."""
    return _mapped(value, lambda text: _rewritten(text, place))


def escaped(text: str) -> str:
    """A text that is to stand as it is in our own configuration."""
    return text.replace("$", "$$")


def variable_for(name: str) -> str:
    """The variable of the environment for something with any name: `github-token` is GITHUB_TOKEN."""
    word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "VALUE"
    return f"_{word}" if word[0].isdigit() else word


def _rewritten(text: str, place: Place) -> str:
    parts, at = [], 0
    for found in REFERENCE.finditer(text):
        parts += [escaped(text[at : found.start()]), place.reference(found)]
        at = found.end()
    return "".join((*parts, escaped(text[at:])))


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value) if "$" in value else value
        case list():
            return [_mapped(item, change) for item in value]
        case dict():
            return {key: _mapped(item, change) for key, item in value.items()}
        case _:
            return value
