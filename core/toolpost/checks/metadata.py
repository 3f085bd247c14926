"""What can be said of a plugin without running any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from importlib_metadata import PackageNotFoundError, distribution

from toolpost.checks.finding import Finding, error, note
from toolpost.config.locate import shipped_file
from toolpost.packages.subject import Subject
from toolpost.plugins.distribution import normal
from toolpost.plugins.find import installed
from toolpost.plugins.names import RESERVED, came_with_toolpost

NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
# Tables of the configuration, which variables of the environment name in the same way.
TABLES = frozenset({"server", "tools", "guards", "http", "plugins", "config"})
# Of a class that belongs to no distribution, as tests make them up.
NOTHING_SAID: Mapping[str, Any] = {"requires": [RESERVED], "summary": True, "license": True, "python": True}


def of_name(name: str, subject: Subject) -> Iterator[Finding]:
    """What is wrong with the name of a plugin."""
    about = f"plugin {name!r}"
    if why := unfit(name):
        if not came_with_toolpost(name):
            yield error("name", about, why, "rename the entry point")
        return
    others = {claim.distribution for claim in installed().get(name, []) if not _same(claim.facts.name, subject.name)}
    if others:
        yield error("name", about, f"{' and '.join(sorted(others))} has that name too", "rename the entry point")


def unfit(name: str) -> str:
    """Why a name cannot be that of a plugin; empty if it can."""
    if not NAME.fullmatch(name) or len(name) > 40:
        return "a name is at most 40 small letters, digits, and '_' or '-' between them, and begins with a letter"
    if name.startswith(RESERVED):
        return f"names that begin with {RESERVED!r} are toolpost's own"
    return f"{name!r} is a table of the configuration" if name in TABLES else ""


def of_distribution(subject: Subject) -> Iterator[Finding]:
    """What is missing in the metadata of a distribution."""
    about, said = f"distribution {subject.name!r}", _project(subject) if subject.root else _installed(subject)
    required = {normal(re.split(r"[\s\[;<>=!~(]", line)[0]) for line in said["requires"]}
    if RESERVED not in {*required, normal(subject.name)}:
        yield error("distribution", about, "it does not require toolpost", 'add "toolpost" to its dependencies')
    for key, way_out in (
        ("summary", "say in its `description` what it is"),
        ("license", "say by its `license` what others may do with it"),
        ("python", 'say requires-python = ">=3.11"'),
    ):
        if not said[key]:
            yield note("distribution", about, f"it has no {key}", way_out)


def handbook(subject: Subject) -> str:
    """The README of a distribution, which may explain its settings; toolpost's are in its configuration."""
    if _same(subject.name, RESERVED):
        return shipped_file().read_text("utf-8")
    if subject.root is not None:
        path = next(iter(sorted(subject.root.glob("README*"))), None)
        return path.read_text("utf-8", "replace") if path else ""
    try:
        dist = distribution(subject.name)
    except PackageNotFoundError:
        return ""
    return (dist.read_text("METADATA") or dist.read_text("PKG-INFO") or "").partition("\n\n")[2]


def _project(subject: Subject) -> Mapping[str, Any]:
    import tomllib

    file = Path(subject.root or ".") / "pyproject.toml"
    if not file.is_file():
        return NOTHING_SAID
    project = tomllib.loads(file.read_text("utf-8")).get("project", {})
    return {
        "requires": project.get("dependencies", []),
        "summary": project.get("description"),
        "license": project.get("license") or project.get("license-files") or "license" in project.get("dynamic", ()),
        "python": project.get("requires-python"),
    }


def _installed(subject: Subject) -> Mapping[str, Any]:
    try:
        metadata = distribution(subject.name).metadata
    except PackageNotFoundError:
        return NOTHING_SAID
    licensed = [metadata.get(key) for key in ("License-Expression", "License", "License-File")]
    return {
        "requires": metadata.get_all("Requires-Dist") or [],
        "summary": metadata.get("Summary"),
        "license": any(licensed) or "License ::" in str(metadata.get_all("Classifier")),
        "python": metadata.get("Requires-Python"),
    }


def _same(one: str, other: str) -> bool:
    return normal(one) == normal(other)
