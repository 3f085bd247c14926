"""The distributions of a bundle: by their versions on the index, or as wheels of where they came from."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from importlib_metadata import PackageNotFoundError, distribution

from toolpost.errors import PluginError
from toolpost.packages.requirement import path_of
from toolpost.packages.snapshot import origin_of
from toolpost.plugins.distribution import facts, normal

NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
EXTRA = re.compile(r";.*\bextra\s*==")


@dataclass(frozen=True)
class Part:
    """A distribution as the bundle asks for it; `wheel` is its file, where it comes along."""

    name: str
    requirement: str
    wheel: Path | None = None


def parts(names: Iterable[str], folder: Path) -> Iterator[Part]:
    """Each distribution, and those that it needs and that are on no index; wheels are made in a folder.

    Raises:
        PluginError: one cannot be made into a wheel.
    """
    waiting, seen = [normal(name) for name in names], set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        said = facts(distribution(name))
        yield _part(name, said.version, folder)
        waiting += [other for other in _needed(said.requires) if origin_of(other)]


def _part(name: str, version: str, folder: Path) -> Part:
    origin = origin_of(name)
    url = str(origin.get("url", ""))
    if not url.startswith("file:"):
        where = f"{name} @ {_versioned(origin, url)}" if url else f"{name}=={version}"
        return Part(name, where)
    place = Path(path_of(url))
    if not place.exists():
        raise PluginError(f"{name} was installed from {place}, which is gone; install it again")
    return Part(name, name, place if place.is_file() else _built(name, place, folder))


def _versioned(origin: dict[str, object], url: str) -> str:
    match origin.get("vcs_info"):
        case {"vcs": str(kind), "commit_id": str(commit)}:
            return f"{kind}+{url}@{commit}"
    return url


def _built(name: str, project: Path, folder: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        done = subprocess.run(_builder(project, temporary), capture_output=True, text=True, check=False, cwd=project)
        made = list(Path(temporary).glob("*.whl"))
        if done.returncode or not made:
            last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise PluginError(f"{name}: no wheel can be built of {project}: {last}")
        return made[0].rename(folder / made[0].name)


def _builder(project: Path, folder: str) -> list[str]:
    """What builds a wheel: what is at hand and asks no index, before what fetches a build system."""
    if find_spec("hatchling") and "hatchling" in (project / "pyproject.toml").read_text("utf-8"):
        return [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    if uv := which("uv", path=str(Path(sys.executable).parent)) or which("uv"):
        return [uv, "build", "--wheel", "--out-dir", folder, str(project)]
    return [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, str(project)]


def _needed(requires: Iterable[str]) -> Iterator[str]:
    for line in requires:
        found = NAME.match(line)
        if found is None or EXTRA.search(line):
            continue
        try:
            distribution(found[0])
        except PackageNotFoundError:
            continue
        yield normal(found[0])
