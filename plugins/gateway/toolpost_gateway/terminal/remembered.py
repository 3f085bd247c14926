"""Lines that a person typed in earlier conversations, where the terminal has a history at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST = 1000


@contextmanager
def remembered(history: Path) -> Iterator[None]:
    """Have the lines of earlier conversations at hand, and keep those of this one in a file."""
    with suppress(ImportError, OSError):
        import readline

        # Python turns it off; without it each line of a text that is pasted would be a question of its own.
        readline.parse_and_bind("set enable-bracketed-paste on")
        readline.set_history_length(MOST)
        readline.read_history_file(history)
    yield
    with suppress(ImportError, OSError):
        import readline

        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        readline.write_history_file(history)
