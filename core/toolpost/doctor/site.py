"""The installation as it stands, with the probe in it: a configuration and folders of its own for a child process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from toolpost import __version__
from toolpost.config.environment import PREFIX, Variables
from toolpost.config.load import Config, parse
from toolpost.doctor import probe
from toolpost.doctor.steps import STEPS

ENTRY = f"[toolpost]\n{probe.NAME} = toolpost.doctor.probe:Probe\n"
# A rule that must refuse, before one that lets the other canaries pass whatever the operator's own rules are.
# It names surfaces, so that the tool is not merely hidden: the layer itself must refuse.
POLICY = [
    {"do": "deny", "tools": [f"{probe.PREFIX}denied"], "surfaces": ["*"]},
    {"do": "allow", "plugins": [probe.NAME]},
]
LIMITS = [{"name": probe.NAME, "tools": [f"{probe.PREFIX}limited"], "rate": "1/hour"}]
# Keys that are set for the canaries, which no variable may set again.
OURS = ("POLICY__RULES", "LIMITS__RULES", "LIMITS__SHARED", "MODERATION__EXEMPT", "MODERATION__ONLY", "HTTP__")


@dataclass(frozen=True)
class Site:
    """Where a child process finds the configuration, what surrounds it, and the token that it takes over HTTP."""

    folder: Path
    env: Mapping[str, str]
    token: str = field(repr=False)

    @classmethod
    def of(cls, config: Config, folder: Path) -> Site:
        """The site of a configuration, in an empty folder."""
        import tomlkit

        _, tree = parse(config.path)
        file, token = folder / "config.toml", token_urlsafe()
        _listen_here(tree, token)
        file.write_text(tomlkit.dumps(_with_probe(tree, config, folder / "journal")), "utf-8")
        _distribution(folder / "site")
        variables = Variables.of(os.environ, config.path.parent).values
        ours = tuple(PREFIX + key for key in OURS)
        kept = {name: value for name, value in variables.items() if not name.startswith(ours)}
        paths = os.pathsep.join([str(folder / "site"), *filter(None, sys.path)])
        own = {"TOOLPOST_CONFIG": str(file), "TOOLPOST_HOME": str(folder / "home"), "PYTHONPATH": paths}
        return cls(folder, {**kept, **own}, token)

    @staticmethod
    def command(*words: str) -> list[str]:
        """A Python that does not import from the folder that the operator happens to be in."""
        return [sys.executable, "-P", "-m", *words]

    def reached(self) -> list[tuple[str, str]]:
        """What reached the probe since this was last asked: what of it, and the arguments as a text."""
        journal = self.folder / "journal"
        lines = journal.read_text("utf-8").splitlines() if journal.exists() else []
        journal.unlink(missing_ok=True)
        return [(what, json.dumps(given, ensure_ascii=False)) for what, given in map(json.loads, lines)]


def _with_probe(tree: dict[str, Any], config: Config, journal: Path) -> dict[str, Any]:
    """The configuration, with the probe innermost, and with what makes the guards show themselves."""
    plugins = tree.setdefault("plugins", {})
    plugins[probe.NAME] = {"required": True, "journal": str(journal)}
    enabled = {table.name for table in config.enabled}
    if "policy" in enabled:
        plugins["policy"]["rules"] = [*POLICY, *plugins["policy"].get("rules", [])]
    if "limits" in enabled:
        # Those of the operator would hold up the canaries.
        plugins["limits"] |= {"rules": LIMITS, "shared": False}
    if "moderation" in enabled:
        table = plugins["moderation"]
        only, judged = table.get("only", []), f"{probe.PREFIX}moderated"
        others = {step.name for step in STEPS} - {judged}
        # Each of them would be sent to the provider.
        table |= {"exempt": [*table.get("exempt", []), *sorted(others)], "only": [*only, judged] if only else []}
    return tree


def _listen_here(tree: dict[str, Any], token: str) -> None:
    """Let HTTP be served to this process alone, at a free port."""
    http = tree.setdefault("http", {})
    http.pop("oauth", None)
    caller = {"sha256": sha256(token.encode()).hexdigest(), "principal": probe.NAME}
    http |= {"host": "127.0.0.1", "port": 0, "certificate": "", "key": "", "tokens": {"canary": caller}}


def _distribution(site: Path) -> None:
    """The probe's distribution, as an installer would leave it; there for as long as the doctor looks."""
    info = site / f"{probe.NAME.replace('-', '_')}-{__version__}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {probe.NAME}\nVersion: {__version__}\n", "utf-8")
    (info / "entry_points.txt").write_text(ENTRY, "utf-8")
