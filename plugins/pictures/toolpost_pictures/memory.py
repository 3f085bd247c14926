"""How much memory a picture may take while it is worked on, and how large it may be for that."""

from __future__ import annotations

from dataclasses import dataclass

from toolpost import InvalidArguments
from toolpost_pictures.containers import Essence

# Bytes for each pixel that is written: the picture, a copy where it is turned or its colours change, and what the
# encoder of its format holds. Measured with Pillow 13.
WRITTEN = {"PNG": 8, "JPEG": 8, "GIF": 12, "WEBP": 20}
# Pillow's own steps of making a JPEG smaller while it is decoded.
DRAFTS = (8, 4, 2)


@dataclass(frozen=True)
class Limits:
    """Pixels of a picture, and bytes for one of them with the file itself."""

    pixels: int
    memory: int

    def check(self, essence: Essence, factor: int, written: int = 0) -> None:
        """Refuse a picture that would take too much, at one side in `factor`.

        Raises:
            InvalidArguments: it would.
        """
        needed = essence.size + max(essence.bytes_at(factor), written)
        if needed > self.memory:
            raise InvalidArguments(
                f"a picture of {essence.width} × {essence.height} pixels in this form takes {needed // 1_000_000} MB "
                f"of memory, and at most {self.memory // 1_000_000} are given; send a smaller one, or one that is "
                "neither interlaced nor progressive"
            )

    def size(self, essence: Essence, max_side: int) -> tuple[int, int]:
        """The size of a preview: within a square, and within the memory."""
        size = within(essence.width, essence.height, max_side)
        while max(size) > 1 and self.memory < essence.size + _needed(essence, size):
            size = within(*size, max(size) * 3 // 4)
        return size


def _needed(essence: Essence, size: tuple[int, int]) -> int:
    """The most that a preview takes: while it is decoded and made smaller, or while it is written."""
    written = size[0] * size[1] * WRITTEN["WEBP" if essence.has_alpha else "JPEG"]
    factor = steps(essence, size)
    # What cannot be decoded smaller is made smaller by a whole factor first.
    between = 1 if essence.per_pixel else max(1, min(essence.width // size[0], essence.height // size[1]))
    smaller = 0 if between == 1 else 4 * (essence.width // between + 1) * (essence.height // between + 1)
    return max(written, essence.bytes_at(factor) + max(smaller, 4 * size[0] * size[1]))


def steps(essence: Essence, size: tuple[int, int]) -> int:
    """The whole factor by which a picture becomes smaller while it is decoded, for one of this size."""
    factor = max(1, min(essence.width // size[0], essence.height // size[1]))
    if essence.format == "JPEG":
        return next((draft for draft in DRAFTS if draft <= factor), 1)
    return factor if essence.per_pixel else 1


def within(width: int, height: int, side: int | None) -> tuple[int, int]:
    """The size of a picture within a square; never larger than it is."""
    scale = min(1.0, side / max(width, height)) if side else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))
