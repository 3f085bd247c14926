"""A served gallery with a provider by script, and three who call: ann, bob, and the operator."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from reaching import Reached, Reply, reached

from toolpost_openai.testing import Reply as Scripted
from toolpost_openai.testing import ScriptedServer
from toolpost_openai.testing_images import picture as item
from toolpost_openai.testing_images import pictures

PLUGINS = """
[plugins.pii]
[plugins.validation]
[plugins.gallery]
{gallery}
[plugins.ledger]
[plugins.pictures]
[plugins.openai]
api_key = "sk-test"
base_url = "{base_url}"
serves = "openai"
"""
DALLE = "[plugins.dalle]\npartial_images = 0\n"
CALLERS = {"ann": '["call"]', "bob": '["call"]', "op": '["call", "admin"]'}


@dataclass
class Served:
    """A server, and the provider behind it."""

    server: Reached
    provider: ScriptedServer
    folder: Path

    def ask(self, method: str, path: str, body: Any = b"", who: str | None = "ann", **headers: str) -> Reply:
        """One request of one of the callers, or of nobody."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            given["authorization"] = f"Bearer {token_of(who)}"
        return self.server.request(method, path, body, given)

    def get(self, path: str, who: str | None = "ann", **headers: str) -> Reply:
        return self.ask("GET", path, who=who, **headers)

    def draws(self, *data: bytes) -> None:
        """What the provider gives next, one picture for each request."""
        self.provider.replies.extend(drawn(one) for one in data)

    def draw(self, data: bytes, prompt: str = "a fox", who: str = "ann", **headers: str) -> Any:
        """A picture that this caller has had drawn."""
        self.draws(data)
        reply = self.ask("POST", "/images", {"prompt": prompt}, who, **headers)
        assert reply.status == 201, reply
        return reply.json["images"][0]

    def original(self, data: bytes) -> Path:
        """Where a picture lies."""
        digest = hashlib.sha256(data).hexdigest()
        return self.folder / "home" / "data" / "artefacts" / "gallery" / digest[:2] / digest

    @property
    def originals(self) -> list[Path]:
        """All files of the store of pictures."""
        folder = self.folder / "home" / "data" / "artefacts" / "gallery"
        return [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]

    @property
    def paid(self) -> int:
        """How many pictures the provider was asked for."""
        return sum(received.path.endswith("/images/generations") for received in self.provider.journal)


def token_of(who: str) -> str:
    return f"token-of-{who}"


def drawn(data: bytes) -> Scripted:
    """The provider's answer with one picture."""
    return pictures(item(data))


@contextmanager
def served(folder: Path, gallery: str = "", plugins: str = DALLE) -> Iterator[Served]:
    """A server over a folder, which a later one may be served over again."""
    with ScriptedServer() as provider:
        config = PLUGINS.format(gallery=gallery, base_url=provider.base_url) + plugins
        for who, scopes in CALLERS.items():
            digest = hashlib.sha256(token_of(who).encode()).hexdigest()
            config += f'[http.tokens.{who}]\nsha256 = "{digest}"\nprincipal = "{who}"\nscopes = {scopes}\n'
        with reached(folder, config) as server:
            yield Served(server, provider, folder)


def png(seed: int = 0, width: int = 64, height: int = 48, kind: str = "PNG") -> bytes:
    """A picture of noise, which differs from those of other seeds."""
    file = io.BytesIO()
    noise = random.Random(seed).randbytes(width * height * 3)
    Image.frombytes("RGB", (width, height), noise).save(file, kind)
    return file.getvalue()
