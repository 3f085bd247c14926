"""A lock: the exact distributions of an environment and the plugins that are enabled, in a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolpost.errors import ConfigError
from toolpost.packages.requirement import Requirement

VERSION = 1
NAME = "plugins.lock.toml"
OPENING = "# Made by `toolpost plugins freeze`; `toolpost plugins restore FILE` brings it back.\n"


@dataclass(frozen=True)
class Locked:
    """One distribution; `source` is where it is from, if not from an index, `hashes` are of its files."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    source: str = ""
    editable: bool = False
    plugins: tuple[str, ...] = ()

    @property
    def requirement(self) -> Requirement:
        """What to ask an installer for."""
        return Requirement(self.source or f"{self.name}=={self.version}", self.name, self.editable)

    @property
    def line(self) -> str:
        """It in a file of requirements."""
        text = f"--editable {self.source}" if self.editable else self.requirement.text
        return " ".join([text, *(f"--hash={one}" for one in self.hashes)])


@dataclass(frozen=True)
class Lock:
    """What `freeze` found; `enabled` is in the order of the configuration."""

    python: str
    platform: str
    enabled: tuple[str, ...]
    distributions: Mapping[str, Locked] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Lock:
        """The lock in a file.

        Raises:
            ConfigError: it cannot be read, or is no lock of this version.
        """
        from toolpost.config.load import parse

        _, tree = parse(path)
        if tree.get("version") != VERSION:
            raise ConfigError(f"{path}: this is no lock of version {VERSION}; make one with `toolpost plugins freeze`")
        try:
            found = {item["name"]: _locked(item) for item in tree["distributions"]}
            return cls(str(tree["python"]), str(tree["platform"]), tuple(map(str, tree["enabled"])), found)
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{path}: {error} is missing or wrong; make a new lock with `toolpost plugins freeze`"
            ) from None

    def text(self) -> str:
        """It as a file."""
        import tomli_w

        made = datetime.now(UTC).replace(microsecond=0)
        head = {"version": VERSION, "made": made, "python": self.python, "platform": self.platform}
        listed = [_item(one) for one in self.distributions.values()]
        return OPENING + tomli_w.dumps({**head, "enabled": [*self.enabled], "distributions": listed})


def _locked(item: Mapping[str, Any]) -> Locked:
    return Locked(
        str(item["name"]),
        str(item["version"]),
        tuple(map(_hash, item.get("hashes", ()))),
        str(item.get("source", "")),
        bool(item.get("editable", False)),
        tuple(map(str, item.get("plugins", ()))),
    )


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("sha256:"):
        raise TypeError(f"hash {value!r}")
    return value


def _item(one: Locked) -> dict[str, Any]:
    known = {"hashes": [*one.hashes], "source": one.source, "editable": one.editable, "plugins": [*one.plugins]}
    return {"name": one.name, "version": one.version, **{key: value for key, value in known.items() if value}}
