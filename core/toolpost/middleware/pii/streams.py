"""Text that goes to the client bit by bit, masked as the whole of it would be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from toolpost.middleware.pii.masking import Masking
from toolpost.middleware.pii.placeholders import Restoring

if TYPE_CHECKING:
    from toolpost.middleware.pii.cutting import Piece
    from toolpost.middleware.pii.rule import Span


class Stream:
    """A filter for one stream: however the text is cut, what comes out is the masked whole.

    That holds for values of up to `cutting.LONGEST` characters in lines whose
    plain words, strings or ends stand no further than `cutting.DENSE`
    characters apart; beyond that a value may be masked in two parts. A type
    that is refused is masked: what has been sent cannot be taken back.
    """

    def __init__(self, masking: Masking) -> None:
        # Its patterns take some milliseconds to compile, and many hosts never stream.
        from toolpost.middleware.pii.cutting import Cutter

        self._masking = masking
        self._cutter = Cutter(self._find, lines=masking.finder.recogniser is not None)
        self._found: tuple[str, list[Span]] = "", []
        self._restoring = Restoring(masking.placeholders)

    def feed(self, text: str) -> str:
        """What can be sent now."""
        return self._restoring.feed("".join(map(self._masked, self._cutter.feed(text))))

    def end(self) -> str:
        """The rest."""
        return self._restoring.feed(self._masked(self._cutter.end())) + self._restoring.end()

    def _find(self, text: str) -> list[Span]:
        # Where a cut is looked for and what is cut off are looked at within the same text.
        if text != self._found[0]:
            self._found = text, self._masking.finder.find(text)
        return self._found[1]

    def _masked(self, piece: Piece) -> str:
        if not self._find(piece.before + piece.text + piece.after):
            return piece.text
        return self._masking.text(piece.text, piece.before, piece.after)[0]


class LateStream:
    """A filter made before it is known what the call's placeholders are: it is built with the first text."""

    def __init__(self, build: Callable[[], Stream]) -> None:
        self._build = build
        self._stream: Stream | None = None

    def feed(self, text: str) -> str:
        """As the filter itself."""
        self._stream = self._stream or self._build()
        return self._stream.feed(text)

    def end(self) -> str:
        """As the filter itself."""
        return self._stream.end() if self._stream else ""
