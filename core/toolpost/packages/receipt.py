"""The receipt of `uv tool`: what an environment of it was made from, and how to say that again."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.errors import PluginError
from toolpost.packages.requirement import Requirement
from toolpost.plugins.distribution import normal

NAME = "uv-receipt.toml"
TOOL = "toolpost"
# Where the receipt remembers an option of the command, the option.
OPTIONS = {
    "find-links": "--find-links",
    "index-strategy": "--index-strategy",
    "keyring-provider": "--keyring-provider",
    "resolution": "--resolution",
    "prerelease": "--prerelease",
    "exclude-newer": "--exclude-newer",
}


@dataclass(frozen=True)
class Receipt:
    """What `uv tool install` was asked for: toolpost itself, what goes with it, and its options."""

    tool: Requirement
    others: tuple[Requirement, ...]
    options: tuple[str, ...]

    @classmethod
    def read(cls, prefix: Path) -> Receipt:
        """The receipt of an environment.

        Raises:
            PluginError: it cannot be read.
        """
        path = prefix / NAME
        try:
            said = tomllib.loads(path.read_text("utf-8"))["tool"]
            found = [_requirement(item) for item in said["requirements"]]
            tool = next(item for item in found if item.name == TOOL)
        except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
            raise PluginError(
                f"{path} cannot be read ({type(error).__name__}); "
                "run `uv tool install --force --with NAME toolpost` by hand, with each plugin you have"
            ) from None
        return cls(tool, tuple(item for item in found if item is not tool), tuple(_options(said)))


def _requirement(item: Mapping[str, Any]) -> Requirement:
    name = str(item["name"])
    whole = name + (f"[{','.join(item['extras'])}]" if item.get("extras") else "")
    if folder := item.get("editable"):
        return Requirement(str(folder) + whole.removeprefix(name), normal(name), editable=True)
    if place := item.get("git") or item.get("url") or item.get("path") or item.get("directory"):
        return Requirement(f"{whole} @ {_address(item, str(place))}", normal(name))
    return Requirement(whole + _specifier(item), normal(name))


def _address(item: Mapping[str, Any], place: str) -> str:
    if "git" in item:
        address, _, query = place.partition("?")
        wanted = dict(part.partition("=")[::2] for part in query.split("&"))
        revision = wanted.get("rev") or wanted.get("tag") or wanted.get("branch") or item.get("rev")
        place = f"git+{address}" + (f"@{revision}" if revision else "")
    elif "url" not in item:
        place = Path(place).absolute().as_uri()
    return place + (f"#subdirectory={item['subdirectory']}" if item.get("subdirectory") else "")


def _specifier(item: Mapping[str, Any]) -> str:
    marker = f" ; {item['marker']}" if item.get("marker") else ""
    return f"{item.get('specifier', '')}{marker}"


def _options(said: Mapping[str, Any]) -> list[str]:
    """The options again: what uv had from its own configuration is on the receipt too, and maybe twice."""
    given = [("--python", str(said["python"]))] if said.get("python") else []
    options = said.get("options", {})
    indexes = options.get("index", [])
    given += [("--default-index", str(one["url"])) for one in indexes if one.get("default")][:1]
    given += [("--index", str(one["url"])) for one in indexes if not one.get("default")]
    for key, option in OPTIONS.items():
        values = options.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            given.append((option, str(value["url"] if isinstance(value, dict) and "url" in value else value)))
    flags = ["--no-index"] if options.get("no-index") else []
    return [word for pair in dict.fromkeys(given) for word in pair] + flags
