"""The labelled texts of these tests: one to a line, with line ends written as \\n."""

from __future__ import annotations

from pathlib import Path


def lines(name: str) -> list[str]:
    """The texts of a file."""
    text = (Path(__file__).parent / "corpus" / f"{name}.txt").read_text("utf-8")
    return [line.replace("\\n", "\n") for line in text.split("\n") if line and not line.startswith("# ")]
