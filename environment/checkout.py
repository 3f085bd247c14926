"""A checkout, where its environment lies, and the stamp that says what that was made from."""

import hashlib
import os
from pathlib import Path


class Checkout:
    """The paths of a checkout, and whether its environment still fits it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "stamp"
        self.bin = self.venv / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")

    def is_current(self) -> bool:
        """Whether the environment is whole and made from what the checkout says now."""
        return self._made_from() == [self._place(), self._declared()] and self.python.exists()

    def stands(self) -> bool:
        """Whether the environment is whole and can be brought up to date: nothing that it refers to has moved."""
        return self._made_from()[:1] == [self._place()] and self.python.exists()

    def unseal(self) -> None:
        """Before the environment is touched: from here to `seal` it is not whole."""
        if self.stamp.exists():
            self.stamp.unlink()

    def seal(self) -> None:
        """Once the environment is made: write down what from."""
        new = self.stamp.with_suffix(".new")
        new.write_text(self._place() + "\n" + self._declared(), "utf-8")
        new.replace(self.stamp)

    def projects(self) -> "list[Path]":
        """The pyproject.toml of every distribution, toolpost's own first."""
        return [self.root / "pyproject.toml", *sorted(self.root.glob("plugins/*/pyproject.toml"))]

    def _made_from(self) -> "list[str]":
        return self.stamp.read_text("utf-8").split("\n") if self.stamp.is_file() else []

    def _place(self) -> str:
        """Where the environment stands, on which Python and for which projects: what is installed holds these paths."""
        projects = [str(path.relative_to(self.root)) for path in self.projects()]
        return repr((str(self.venv), os.path.realpath(str(self.python)), projects))

    def _declared(self) -> str:
        """A hash of all that says what is to be installed."""
        digest = hashlib.sha256()
        for path in [self.root / "uv.lock", *self.projects()]:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.root)} {len(content)}\n".encode() + content)
        return digest.hexdigest()
