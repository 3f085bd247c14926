"""Fills the templates of a plugin and writes them into a new folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from toolpost import __version__
from toolpost.checks.metadata import unfit
from toolpost.errors import PluginError
from toolpost.plugins.find import installed

PREFIX = "toolpost-"
MARK = re.compile(r"\{\{(\w+)\}\}")
# What a layer's README says to write, so that no call goes without it.
REQUIRED = "required = true  # where it cannot be built, toolpost does not start; calls would go on without it\n"
# Templates by the file that they become; parts in `kind` stand for others.
FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "LICENSE": "LICENSE",
    "{{module}}/__init__.py": "{{kind}}/plugin.py",
    "{{module}}/py.typed": "py.typed",
    "tests/test_{{plugin}}.py": "{{kind}}/test_plugin.py",
    "tests/test_contract.py": "test_contract.py",
}


@dataclass(frozen=True)
class Scaffold:
    """A plugin to be written; `name` may have the prefix of distributions already."""

    name: str
    kind: Literal["tool", "layer", "both"] = "tool"
    author: str = ""
    license: str = "MIT"

    @cached_property
    def plugin(self) -> str:
        """The name of the plugin, of its table, and of its entry point."""
        return self.name.removeprefix(PREFIX).replace("-", "_")

    @property
    def distribution(self) -> str:
        """The name on the index."""
        return PREFIX + self.plugin.replace("_", "-")

    @property
    def words(self) -> Mapping[str, str]:
        """What stands for the marks in templates."""
        author = self.author or _of_git() or f"The authors of {self.distribution}"
        with_license = 'license = "MIT"\nlicense-files = ["LICENSE"]' if self.license == "MIT" else ""
        return {
            "plugin": self.plugin,
            "distribution": self.distribution,
            "module": self.distribution.replace("-", "_"),
            "class": "".join(word.capitalize() for word in self.plugin.split("_")),
            "kind": self.kind,
            "author": author.replace("\\", "").replace('"', "'"),
            "year": str(datetime.now(UTC).year),
            "license": with_license,
            "required": "" if self.kind == "tool" else REQUIRED,
            "version": ".".join(__version__.split(".")[:2]),
        }


def write(wanted: Scaffold, parent: Path) -> Path:
    """Write the folder, named as it was asked for; nothing is ever overwritten.

    Raises:
        PluginError: the name will not do, or the folder is there already.
    """
    _refuse(wanted)
    folder = parent / wanted.name
    if folder.exists():
        raise PluginError(f"{folder} is there already; choose another name, or another --path")
    contents = dict(_filled(wanted))
    try:
        for place, text in contents.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise PluginError(f"{folder} cannot be written: {error.strerror or error}; choose another --path") from None
    return folder


def _refuse(wanted: Scaffold) -> None:
    name = wanted.name.removeprefix(PREFIX)
    if why := unfit(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        way_out = f"; did you mean {near!r}?" if near != name and not unfit(near) else "; choose another"
        raise PluginError(f"{wanted.name!r} cannot be the name of a plugin: {why}{way_out}")
    if claims := installed().get(wanted.plugin):
        raise PluginError(f"{claims[0].distribution} has a plugin {wanted.plugin!r} already; choose another name")


def _filled(wanted: Scaffold) -> Iterator[tuple[str, str]]:
    words, templates = wanted.words, files("toolpost.scaffold") / "templates"

    def fill(text: str) -> str:
        return MARK.sub(lambda found: words[found[1]], text)

    for place, name in FILES.items():
        if name != "LICENSE" or wanted.license == "MIT":
            text = fill((templates / f"{fill(name)}.txt").read_text("utf-8"))
            yield fill(place), re.sub(r"\n{4,}", "\n\n\n", text)


def _of_git() -> str:
    try:
        command = ["git", "config", "user.name"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
