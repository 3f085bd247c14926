"""A gallery over real folders, and a plugin whose tools return pictures."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image as Pillow

from toolpost import Artefacts, Embedded, Folders, Image, Reader, Tool, ToolResult, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_gallery import Gallery
from toolpost_pictures import Pictures


def picture(width: int = 64, height: int = 48, kind: str = "PNG", seed: int = 0, noise: bool = False) -> bytes:
    """A picture file; of noise, which nothing compresses, or of one colour with a dot."""
    if noise:
        image = Pillow.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))
    else:
        image = Pillow.new("RGB", (width, height), (seed % 256, seed // 256 % 256, 120))
        image.putpixel((0, 0), (1, 2, 3))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def size(data: bytes) -> tuple[int, int]:
    return Pillow.open(io.BytesIO(data)).size


@dataclass
class Painter:
    """Returns what it was given to return."""

    content: list[Any] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)
    structured: Any = None

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.paint)]

    async def paint(self, prompt: str = "", model: str = "") -> ToolResult:
        """Paint."""
        return ToolResult.of(*self.content, meta=self.meta, structured=self.structured)

    def returns(self, *content: bytes | Image | Embedded | str, **meta: Any) -> None:
        self.content = [Image(item) if isinstance(item, bytes) else item for item in content]
        self.meta = {f"toolpost/{name}": value for name, value in meta.items()}


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def build(folders: Folders, clock: Clock) -> Callable[..., Gallery]:
    """Makes galleries over the same folders, as several processes would have them."""

    def build(**settings: Any) -> Gallery:
        artefacts = Artefacts(folders.data / "artefacts")
        store = SQLiteStore(folders.data / "toolpost.sqlite3")
        return Gallery(store, artefacts, Pictures(artefacts, Reader()), **{"clock": clock, **settings})

    return build


@pytest.fixture
def gallery(build: Callable[..., Gallery]) -> Gallery:
    return build()
