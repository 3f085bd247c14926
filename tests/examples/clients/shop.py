"""`toolpost serve --http` with the shipped configuration and a database, and the examples run against it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reaching import Reached, reached
from serving import command, environment

from toolpost.testing import OpenAIServer

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / "examples" / "clients"
# How long to wait for what must come; nothing here is measured against it.
PATIENCE = 60


@dataclass
class Shop:
    """The server, the model behind it, and what its users know of it."""

    server: Reached
    provider: OpenAIServer
    token: str | None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def asked(self) -> list[Any]:
        """What the model was asked, request by request."""
        return [one.body for one in self.provider.requests if one.method == "POST"]

    @property
    def told(self) -> list[str]:
        """What the model was told last of its calls."""
        return [str(message["content"]) for message in self.asked[-1]["messages"] if message["role"] == "tool"]

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a user."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_"))}
        tokens = {"TOOLPOST_TOKEN": self.token, "OPENAI_API_KEY": self.token} if self.token else {}
        return {**kept, "OPENAI_BASE_URL": f"{self.url}/v1", "TOOLPOST_URL": self.url, **tokens, **more}

    def run(self, *words: str, said: str = "", cwd: Path = CLIENTS, **more: str) -> subprocess.CompletedProcess[str]:
        """Run an example as its users do."""
        program = {".py": sys.executable, ".sh": "sh"}.get(Path(words[0]).suffix)
        return subprocess.run(
            [program, *words] if program else words,
            input=said,
            env=self.environment(**more),
            cwd=cwd,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )

    def says(self, *words: str, **more: Any) -> str:
        """What an example prints that goes well."""
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def opened(folder: Path, *, with_token: bool = False) -> Iterator[Shop]:
    """A shop; it is closed with the block."""
    with OpenAIServer() as provider:
        config = configuration(folder, provider.base_url)
        token = None
        if with_token:
            given = environment(folder, config)
            made = subprocess.run(command("tokens", "add", "me"), env=given, check=True, capture_output=True, text=True)
            token, config = made.stdout.strip(), (folder / "config.toml").read_text("utf-8")
        with reached(folder, config) as server:
            yield Shop(server, provider, token)


def configuration(folder: Path, url: str) -> str:
    """That which is shipped, with this provider and a table `books`."""
    file = folder / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("create table books (title text)")
        database.execute("insert into books values ('Emma')")
    shipped = (ROOT / "config.toml").read_text("utf-8")
    return shipped.replace("${OPENAI_BASE_URL:-}", url) + f'\n[plugins.sqlite]\ndatabase = "{file}"\n'
