"""Looks at an environment and writes down what would bring it back."""

from __future__ import annotations

import hashlib
import platform
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from importlib_metadata import distributions

from toolpost.packages.hashes import Hashes
from toolpost.packages.lock import Lock, Locked
from toolpost.packages.requirement import Requirement, path_of, without_user
from toolpost.packages.snapshot import Snapshot, origin
from toolpost.plugins.distribution import facts, normal

OWN = "toolpost"


def freeze(enabled: Sequence[str], hashes: Hashes) -> Lock:
    """The lock of this environment: toolpost, the distributions of plugins, and all that they require."""
    snapshot, dists = Snapshot.take(), _by_name()
    wanted = closure(snapshot, dists)
    found = {name: _locked(name, dists[name], snapshot) for name in sorted(wanted) if name in dists}
    pins = {one.name: one.version for one in found.values() if not one.source}
    known = hashes.of(pins)
    locked = {name: _with_hashes(one, known.get(name, ())) for name, one in found.items()}
    return Lock(platform.python_version(), sysconfig.get_platform(), tuple(enabled), locked)


def closure(snapshot: Snapshot, dists: Mapping[str, Any]) -> set[str]:
    """The distributions that plugins need, by normal name; of optional requirements those that are installed."""
    roots = {OWN, *(normal(claim.facts.name) for claims in snapshot.plugins.values() for claim in claims)}
    found: set[str] = set()
    waiting = [(name, frozenset[str]()) for name in roots]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        if name in dists:
            found.add(name)
            every = name in roots
            for needed in _required(dists[name], extras, every=every):
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
    return found


def needed_by(name: str) -> list[str]:
    """The installed distributions that require another, extras aside, by normal name."""
    required = {other: _required(dist, frozenset(), every=False) for other, dist in _by_name().items()}
    return sorted(other for other, found in required.items() if name in {needed for needed, _ in found})


def _required(dist: Any, extras: frozenset[str], *, every: bool) -> Iterator[tuple[str, frozenset[str]]]:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    for line in facts(dist).requires:
        try:
            asked = Parsed(line)
        except InvalidRequirement:
            continue
        offered = _extras(dist) if every else extras
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in ("", *offered)):
            yield normal(asked.name), frozenset(asked.extras)


def _extras(dist: Any) -> list[str]:
    return [str(extra) for extra in dist.metadata.get_all("Provides-Extra") or []]


def _locked(name: str, dist: Any, snapshot: Snapshot) -> Locked:
    said, came = facts(dist), origin(dist)
    plugins = tuple(snapshot.brought(name))
    if not came:
        return Locked(name, said.version, plugins=plugins)
    asked = Requirement.of_direct_url(said.name, came)
    source = asked.text
    if commit := came.get("vcs_info", {}).get("commit_id"):
        base, _, within = source.partition("#")
        head = base.rsplit("@", 1)[0] if came["vcs_info"].get("requested_revision") else base
        source = f"{head}@{commit}" + (f"#{within}" if within else "")
    return Locked(name, said.version, _archive(came), without_user(source), asked.editable, plugins)


def _archive(came: Mapping[str, object]) -> tuple[str, ...]:
    """The hash of a file that was installed from an address; none for folders and repositories."""
    info = came.get("archive_info")
    if not isinstance(info, dict):
        return ()
    known = info.get("hashes", {}).get("sha256")
    url = str(came.get("url", ""))
    if known is None and url.startswith("file:"):
        path = Path(path_of(url))
        known = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    return (f"sha256:{known}",) if known else ()


def _with_hashes(one: Locked, hashes: Sequence[str]) -> Locked:
    return one if one.hashes else Locked(one.name, one.version, tuple(hashes), one.source, one.editable, one.plugins)


def _by_name() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dist in distributions():
        if (name := normal(facts(dist).name)) != "":
            found.setdefault(name, dist)
    return found
