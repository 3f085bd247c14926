"""What a manifest is written for: an installed distribution, or the folder of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolpost.errors import PluginError
from toolpost.packages.manifest import place_of
from toolpost.plugins.distribution import normal
from toolpost.plugins.find import installed
from toolpost.plugins.sources import source_of


@dataclass(frozen=True)
class Subject:
    """What is described: a distribution's name, its entry points, and the folder that they are imported from."""

    name: str
    version: str
    plugins: Mapping[str, str]
    root: Path | None = None

    @classmethod
    def of(cls, given: str) -> Subject:
        """An installed distribution, or the folder of a project.

        Raises:
            PluginError: it is neither, or brings no plugins.
        """
        found = _project(Path(given)) if (Path(given) / "pyproject.toml").is_file() else _distribution(given)
        if not found.plugins:
            raise PluginError(f"{given!r} brings no plugins; its entry points are in [project.entry-points.toolpost]")
        return found

    @property
    def place(self) -> Path:
        """Where the manifest belongs."""
        module = next(iter(self.plugins.values())).partition(":")[0].partition(".")[0]
        for folder in [self.root / "src", self.root] if self.root else []:
            for file in (folder / module / "__init__.py", folder / f"{module}.py"):
                if file.is_file():
                    return place_of(file)
        source = source_of(module)
        if source is None:
            raise PluginError(f"module {module!r} of {self.name} is not found; write the manifest with --output FILE")
        return place_of(source)

    def on_path(self, folder: Path) -> list[str]:
        """Where Python finds it: metadata of a project goes into `folder`, ahead of any that is installed."""
        if self.root is None:
            return []
        place = folder / f"{normal(self.name).replace('-', '_')}-{self.version}.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n")
        lines = [f"{plugin} = {value}" for plugin, value in self.plugins.items()]
        (place / "entry_points.txt").write_text("\n".join(["[toolpost]", *lines, ""]))
        return [str(folder), *(str(path) for path in (self.root / "src", self.root) if path.is_dir())]


def _project(folder: Path) -> Subject:
    from toolpost.config.load import parse

    _, tree = parse(folder / "pyproject.toml")
    project = tree.get("project", {})
    plugins = project.get("entry-points", {}).get("toolpost", {})
    name, version = str(project.get("name", folder.name)), str(project.get("version", "0"))
    return Subject(name, version, plugins, folder.resolve())


def _distribution(name: str) -> Subject:
    found = {
        plugin: claim
        for plugin, claims in installed().items()
        for claim in claims
        if normal(claim.facts.name) == normal(name) or plugin == name
    }
    if not found:
        raise PluginError(f"there is neither a distribution {name!r} with plugins nor a folder with a pyproject.toml")
    one = next(iter(found.values())).facts
    return Subject(one.name, one.version, {plugin: claim.entry_point.value for plugin, claim in found.items()})
