"""The static manifest: what a distribution's plugins contribute, written by its author, read without an import."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from toolpost.plugins.find import Found
from toolpost.plugins.sources import source_of

NAME = "toolpost.json"
VERSION = 1
# Bytes above which a manifest is none.
LARGEST = 1_000_000
LISTED = ("tools", "resources", "prompts", "commands", "settings")
Contribution = Mapping[str, Any]


def manifest_of(found: Found) -> Contribution | None:
    """What an installed plugin contributes by its manifest; None where there is none, or it is no manifest.

    It lies in the package, or beside a plugin that is a single module; hatchling
    can also put it with the metadata (`extra-metadata`).
    """
    tree = _tree(_text(found))
    plugins = tree.get("plugins") if tree.get("manifest") == VERSION else None
    said = plugins.get(found.name) if isinstance(plugins, dict) else None
    return _fitting(said) if isinstance(said, dict) else None


def place_of(module: Path) -> Path:
    """Where the manifest of a package, or of a single module, lies."""
    return module.with_name(NAME) if module.name == "__init__.py" else module.with_name(f"{module.stem}.{NAME}")


def written(plugins: Mapping[str, Contribution]) -> str:
    """A manifest as it stands in its file: the same for the same plugins."""
    return json.dumps({"manifest": VERSION, "plugins": plugins}, indent=2, ensure_ascii=False) + "\n"


def sketch(said: Contribution) -> str:
    """A contribution in one line, such as `tools roll, reroll; a layer`."""
    return "; ".join(_parts(said)) or "nothing"


def _parts(said: Contribution) -> Iterator[str]:
    for kind, key in (("tools", "name"), ("resources", "uri"), ("prompts", "name")):
        names = [str(item.get(key)) for item in said[kind]]
        if names:
            yield f"{kind if len(names) > 1 else kind[:-1]} {', '.join(names)}"
    named = [f"`toolpost {item.get('name')}`" for item in said["commands"]]
    if named:
        yield f"{'commands' if len(named) > 1 else 'command'} {', '.join(named)}"
    words = {"middleware": "a layer around every call", "routes": "HTTP routes", "commands": "commands"}
    yield from (words[hook] for hook in said["hooks"] if hook in words and not (hook == "commands" and named))


def _text(found: Found) -> str:
    source = source_of(found.module.partition(".")[0])
    try:
        if source is not None and (place := place_of(source)).is_file() and place.stat().st_size <= LARGEST:
            return place.read_text("utf-8")
        dist = found.entry_point.dist
        return (dist.read_text(f"extra_metadata/{NAME}") or "") if dist else ""
    except (OSError, ValueError):
        return ""


def _tree(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text) if 0 < len(text) <= LARGEST else {}
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}


def _fitting(said: Mapping[str, Any]) -> Contribution:
    """The parts of a contribution that are what they should be; others may have been written by anyone."""
    listed = {kind: _items(said.get(kind)) for kind in LISTED}
    hooks = said.get("hooks")
    named = [hook for hook in hooks if isinstance(hook, str)] if isinstance(hooks, list) else []
    needs = said.get("needs")
    return {
        "summary": str(said.get("summary") or ""),
        **listed,
        "hooks": named,
        "needs": [str(one) for one in needs] if isinstance(needs, list) else [],
    }


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
