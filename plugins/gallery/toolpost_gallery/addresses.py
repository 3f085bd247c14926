"""Where callers over HTTP find pictures, besides as resources."""

from __future__ import annotations

from dataclasses import dataclass

from toolpost import Context
from toolpost_gallery.entry import Entry


@dataclass(frozen=True)
class Addresses:
    """The addresses below `base`, such as `https://tools.example.com`; without one, paths on the same server."""

    base: str = ""

    def of(self, entry: Entry, context: Context) -> dict[str, str]:
        """What programs are told; those who did not come over HTTP, nothing."""
        return {"url": f"{self.base}{entry.path}"} if context.surface == "http" else {}

    def said(self, entry: Entry, context: Context) -> str:
        """What a model is told, to pass on to a person: the page, which asks for a token where one is needed."""
        is_known = self.base and entry.is_kept and context.surface == "http"
        return f" People see it at {self.base}/gallery#{entry.id}." if is_known else ""
