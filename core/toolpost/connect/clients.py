"""The clients that toolpost can be written into: where their files lie, and how an entry looks in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.errors import ConfigError

Entry = dict[str, Any]
Place = Callable[[], Path]


@dataclass(frozen=True)
class Client:
    """A program that starts MCP servers, or calls those that run.

    `group` is the key under which its file has servers, `url` the one of an
    address within an entry, and `variable` how the file names a variable of
    the environment; both are empty where it cannot call servers over HTTP.
    """

    title: str
    user: Place
    project: str = ""
    group: str = "mcpServers"
    comments: bool = False
    typed: bool = False
    url: str = "url"
    variable: str = "${{env:{}}}"
    then: str = "restart"

    def started(self, command: Mapping[str, Any]) -> Entry:
        """The entry of a server that the client starts."""
        return {"type": "stdio", **command} if self.typed else dict(command)

    def called(self, url: str, token_variable: str | None) -> Entry:
        """The entry of a server that runs.

        Raises:
            ConfigError: the client has no such entries.
        """
        if not self.url:
            raise ConfigError(
                f"{self.title} starts the servers in its file itself, and calls none over HTTP; "
                "add the address in its settings, under connectors"
            )
        kind = {"type": "http"} if self.typed else {}
        if token_variable is None:
            return {**kind, self.url: url}
        return {**kind, self.url: url, "headers": {"Authorization": f"Bearer {self.variable.format(token_variable)}"}}

    def file(self, in_project: bool) -> Path:
        """The file to change: the person's, or that of the project in the working directory.

        Raises:
            ConfigError: the client has no files for projects.
        """
        if not in_project:
            return self.user()
        if not self.project:
            raise ConfigError(f"{self.title} has no file for a project; leave --project out")
        return Path.cwd() / self.project


def claude_desktop_file() -> Path:
    """Where Claude Desktop keeps its servers, on this platform."""
    return settings_folder() / "Claude" / "claude_desktop_config.json"


def settings_folder() -> Path:
    """Where programs with windows keep a person's settings, on this platform."""
    match sys.platform:
        case "darwin":
            return Path.home() / "Library/Application Support"
        case "win32":
            return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
        case _:
            return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def _claude_code_file() -> Path:
    folder = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(folder) if folder else Path.home()) / ".claude.json"


CLIENTS = {
    "claude-desktop": Client("Claude Desktop", claude_desktop_file, url=""),
    "claude-code": Client(
        "Claude Code", _claude_code_file, ".mcp.json", typed=True, variable="${{{}}}", then="start a new session of"
    ),
    "cursor": Client(
        "Cursor", lambda: Path.home() / ".cursor/mcp.json", ".cursor/mcp.json", then="look at the tools of"
    ),
    "vscode": Client(
        "VS Code",
        lambda: settings_folder() / "Code/User/mcp.json",
        ".vscode/mcp.json",
        group="servers",
        comments=True,
        typed=True,
        then="start the server in",
    ),
    "windsurf": Client(
        "Windsurf",
        lambda: Path.home() / ".codeium/windsurf/mcp_config.json",
        url="serverUrl",
        then="refresh the tools of",
    ),
}
# No client's own: what most others take, to be printed.
ANY = Client("any client", Path.cwd, typed=True, variable="${{{}}}")
