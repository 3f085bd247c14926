"""A text that comes in pieces, of which each can be shown at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Characters; no answer is as long, and a server that sends more never ends.
MOST = 32 * 1024 * 1024


@dataclass
class Growing:
    """A text so far.

    A provider may cut between the two halves of an escaped character. The
    first is held back until the second comes; a half that stays alone becomes U+FFFD.
    """

    parts: list[str] = field(default_factory=list)
    characters: int = 0
    half: str = ""

    def add(self, text: Any) -> str:
        """Take the next piece, and say what of it can be shown.

        Raises:
            TypeError: it is no text.
            ValueError: there is no end of it.
        """
        if text is None or text == "":
            return ""
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} where text should be")
        whole: str = text if text.isascii() and not self.half else self._whole(self.half + text)
        self.parts.append(whole)
        self.characters += len(whole)
        if self.characters > MOST:
            raise ValueError("a text has no end")
        return whole

    def _whole(self, text: str) -> str:
        cut = "\ud800" <= text[-1] <= "\udbff"
        self.half = text[-1] if cut else ""
        return _mended(text[:-1] if cut else text)

    def __str__(self) -> str:
        return "".join(self.parts) + ("\ufffd" if self.half else "")


def _mended(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
