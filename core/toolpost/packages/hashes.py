"""The hashes of what an index gives, asked of the installer, so that its own configuration counts."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolpost.plugins.distribution import normal

# `name==version \` and, on the lines below it, `--hash=sha256:…`.
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==[^\s;\\]+")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
Found = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Hashes:
    """Asks pip (for this platform's file) or uv (for all files of a version)."""

    python: Path
    uv: str | None = None

    def of(self, pins: Mapping[str, str]) -> Found:
        """The hashes by distribution; what the index does not have is left out."""
        return self._asked([f"{name}=={version}" for name, version in pins.items()])

    def _asked(self, pins: Sequence[str]) -> Found:
        if not pins:
            return {}
        found = self._of_uv(pins) if self.uv else self._of_pip(pins)
        if found is not None or len(pins) == 1:
            return found or {}
        # One that the index does not have fails all: the halves say which.
        middle = len(pins) // 2
        return self._asked(pins[:middle]) | self._asked(pins[middle:])

    def _of_uv(self, pins: Sequence[str]) -> Found | None:
        options = ["--generate-hashes", "--no-deps", "--no-header", "--no-annotate", "--python", str(self.python)]
        done = subprocess.run(
            [str(self.uv), "pip", "compile", "--quiet", *options, "-"],
            input="\n".join(pins),
            capture_output=True,
            text=True,
            check=False,
        )
        return _compiled(done.stdout) if done.returncode == 0 else None

    def _of_pip(self, pins: Sequence[str]) -> Found | None:
        with tempfile.TemporaryDirectory() as folder:
            report, file = Path(folder) / "report.json", Path(folder) / "pins.txt"
            file.write_text("\n".join(pins))
            options = ["--dry-run", "--ignore-installed", "--no-deps", "--report", str(report)]
            done = subprocess.run(
                [str(self.python), "-m", "pip", "install", "--quiet", *options, "--requirement", str(file)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            return _reported(report.read_text("utf-8")) if done.returncode == 0 else None


def _compiled(text: str) -> Found:
    found: Found = {}
    name = ""
    for line in text.splitlines():
        if pinned := PINNED.match(line):
            name = normal(pinned[1])
        found[name] = (*found.get(name, ()), *HASH.findall(line))
    return {name: hashes for name, hashes in found.items() if name and hashes}


def _reported(text: str) -> Found:
    found: Found = {}
    for item in json.loads(text)["install"]:
        sha256 = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if sha256:
            found[normal(item["metadata"]["name"])] = (f"sha256:{sha256}",)
    return found
