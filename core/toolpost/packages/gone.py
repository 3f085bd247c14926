"""What has become of the distributions that were installed through toolpost."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.folders import Folders
from toolpost.packages.record import Record
from toolpost.packages.snapshot import Snapshot


def gone(folders: Folders) -> Iterator[str]:
    """A sentence for each distribution that was installed here and is no longer; nothing is imported."""
    present = Snapshot.take().packages
    for entry in Record(folders).gone(present):
        yield (
            f"{entry.distribution} {entry.version} was installed on {entry.at:%Y-%m-%d} and is gone, as after a new "
            f"environment; `toolpost plugins install '{entry.requirement}'` brings it back"
        )
