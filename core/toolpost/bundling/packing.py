"""A bundle from its parts: equal bytes from equal parts."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import tomli_w

from toolpost import __version__
from toolpost.bundling.configuration import config_of, text_of
from toolpost.bundling.manifest import ENTRY_POINT, ICON, manifest
from toolpost.bundling.parts import Part, parts
from toolpost.config.load import Config
from toolpost.errors import PluginError
from toolpost.host import Host
from toolpost.plugins.assemble import services
from toolpost.plugins.bundle import OWN
from toolpost.plugins.find import installed

# The first moment that a ZIP file knows.
EPOCH = (1980, 1, 1, 0, 0, 0)
WHEELS = "wheels"


@dataclass(frozen=True)
class Bundle:
    """The bytes of a bundle, and what is in it."""

    content: bytes
    plugins: tuple[str, ...]
    tools: tuple[str, ...]
    wheels: tuple[str, ...]


def bundle(given: Path | None, plugins: Iterable[str] = ()) -> Bundle:
    """A bundle of the configuration that is given, or else the shipped one, with more plugins if need be.

    Raises:
        ConfigError: a secret stands in the configuration.
        PluginError: a plugin is missing, or does not start.
    """
    text = text_of(given, plugins)
    config = config_of(text)
    host = _host(config)
    names = tuple(table.name for table in config.enabled)
    with tempfile.TemporaryDirectory() as folder:
        found = list(parts([OWN, *_distributions(names)], Path(folder)))
        wheels = {f"{WHEELS}/{part.wheel.name}": part.wheel.read_bytes() for part in found if part.wheel}
    described = json.dumps(manifest(host.tools.values(), names), indent=2, ensure_ascii=False)
    own = files("toolpost.bundling")
    content = _zipped(
        {
            "manifest.json": f"{described}\n".encode(),
            "pyproject.toml": _project(found).encode(),
            "config.toml": text.encode(),
            ENTRY_POINT: own.joinpath("launch.py").read_bytes(),
            ICON: own.joinpath("icon.png").read_bytes(),
            **wheels,
        }
    )
    return Bundle(content, names, tuple(sorted(host.tools)), tuple(wheels))


def _host(config: Config) -> Host:
    from toolpost.folders import Folders
    from toolpost.plugins.build import build
    from toolpost.reader import Reader

    # Nothing of a host's is opened to see what it offers.
    built = build(config, services(Folders.of_user(), Reader()))
    host = Host(built.plugins, hidden=config.tools.disabled, versions=built.versions)
    broken = {**{one.name: one.reason for one in built.broken}, **host.registry.broken}
    for name, reason in broken.items():
        raise PluginError(f"plugin {name!r} does not start: {reason}; mend it, or bundle without it")
    return host


def _distributions(plugins: Iterable[str]) -> list[str]:
    return [claim.facts.name for name in plugins for claim in installed().get(name, ())[:1] if claim.facts.name]


def _project(found: Iterable[Part]) -> str:
    """What uv makes the environment of: this very version of everything of toolpost's."""
    found = sorted(found, key=lambda part: part.name)
    sources = {part.name: {"path": f"{WHEELS}/{part.wheel.name}"} for part in found if part.wheel}
    return tomli_w.dumps(
        {
            "project": {
                "name": "toolpost-mcpb",
                "version": __version__,
                "requires-python": ">=3.11",
                "dependencies": [part.requirement for part in found],
            },
            "tool": {"uv": {"package": False, "compile-bytecode": True, "sources": sources}},
        }
    )


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()
