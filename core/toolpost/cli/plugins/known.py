"""What is known of a plugin without importing it: its place in the configuration, and its distribution's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from toolpost.errors import PluginError
from toolpost.folders import Folders
from toolpost.nearest import did_you_mean
from toolpost.packages.ailments import ailments
from toolpost.packages.listed import Listed
from toolpost.packages.record import Record
from toolpost.plugins.find import Found, installed
from toolpost.plugins.requirements import conflict
from toolpost.plugins.skipped import reasons

JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
Claims = Mapping[str, list[Found]]


def _names(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    return [name for name in installed() if name.startswith(begun)]


NAME = click.argument("name", shell_complete=_names)


class Known:
    """All plugins that are installed or configured."""

    def __init__(self, listed: Listed) -> None:
        self.listed, self.found = listed, installed()
        folders = Folders.of_user(listed.path)
        self._skipped, self._record = reasons(folders), Record(folders)
        # What a running server has left out since it started, it has skipped as well.
        states = {"broken": "skipped"}
        self._ailing = {one.plugin: (states.get(one.state, one.state), said) for one, said in ailments(folders)}

    @property
    def names(self) -> list[str]:
        """In the order of the configuration, then those that it does not list."""
        return [*self.listed.plugins, *(name for name in self.found if name not in self.listed.plugins)]

    def require(self, name: str) -> None:
        """Raise `PluginError` where there is no such plugin."""
        if name not in self.names:
            raise PluginError(f"there is no plugin {name!r}; {did_you_mean(name, self.names)}")

    def facts(self, name: str) -> dict[str, Any]:
        """A plugin in a row: its state, and the reason where that needs one."""
        claims = self.found.get(name, [])
        state, reason = self._state(name, claims)
        return {
            "name": name,
            "state": state,
            "reason": reason,
            "distribution": " and ".join(claim.distribution for claim in claims) or None,
            "entry_point": claims[0].entry_point.value if claims else None,
            "summary": claims[0].summary if claims else "",
        }

    def _state(self, name: str, claims: list[Found]) -> tuple[str, str]:
        if not claims:
            return "missing", self._was(name)
        if not self.listed.plugins.get(name):
            return ("disabled" if name in self.listed.plugins else "available"), ""
        if len(claims) > 1 and not claims[0].is_bundled:
            return "skipped", "two distributions call a plugin so; uninstall one of them"
        if why := conflict(claims[0].facts):
            return "skipped", why
        version, why = self._skipped.get(name, ("", ""))
        if why and version == claims[0].version:
            return "skipped", f"at the last start: {why}"
        return self._ailing.get(name, ("enabled", ""))

    def _was(self, name: str) -> str:
        """What is recorded of a plugin that is gone."""
        for entry in self._record.entries():
            if name in entry.plugins:
                return f"it was installed on {entry.at:%Y-%m-%d}; `toolpost plugins install {entry.requirement}`"
        return "it is not installed"
