"""Tools for a model to use: harmless, destructive, slow, failing, and one that draws."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import anyio

from toolpost import Context, Image, Tool, ToolError, hookimpl


@dataclass
class Order:
    sheets: int


class Office:
    """A little of everything."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [
            Tool(self.add, read_only=True),
            Tool(self.draw, read_only=True),
            Tool(self.shred, destructive=True),
            Tool(self.wait, read_only=True),
            Tool(self.stumble, read_only=True),
            Tool(self.burn, destructive=True),
            Tool(self.order, read_only=True),
        ]

    async def add(self, first: int, second: int) -> int:
        """Add two numbers."""
        return first + second

    async def draw(self, what: str) -> Image:
        """Draw a picture."""
        return Image(_png(), "image/png")

    async def shred(self, name: str) -> str:
        """Destroy a document."""
        return f"shredded {name}"

    async def wait(self, context: Context) -> str:
        """Wait for what never comes."""
        await context.progress(1, 2, "waiting")
        await anyio.sleep_forever()
        return "never"

    async def burn(self, name: str, context: Context) -> str:
        """Burn a document, if a person wants it."""
        return f"burnt {name}" if await context.confirm(f"Burn {name}?") else "nothing was burnt"

    async def order(self, context: Context) -> str:
        """Order paper; how much, a person says."""
        return f"ordered {(await context.ask('How much?', Order)).sheets} sheets"

    async def stumble(self) -> str:
        """Fail."""
        raise ToolError("the floor is wet")


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0abc")) + chunk(b"IEND", b"")
