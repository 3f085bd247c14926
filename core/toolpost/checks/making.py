"""Builds the plugin that is to be checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

from toolpost.adopt import class_of
from toolpost.changes import Changes
from toolpost.checks.effects import Effects, watched
from toolpost.checks.finding import Finding, error, note
from toolpost.checks.job import Job
from toolpost.checks.settings import made_up, of_settings
from toolpost.config.fields import Setting, Source, keyword_arguments
from toolpost.errors import ConfigError, PluginError
from toolpost.folders import Folders
from toolpost.plugins.assemble import services
from toolpost.plugins.broken import reason
from toolpost.plugins.find import installed
from toolpost.plugins.needs import given_to
from toolpost.reader import Reader


@dataclass
class Made:
    """A plugin, if it could be built, and what was found on the way."""

    plugin: object = None
    findings: list[Finding] = field(default_factory=list)

    def judge(self, effects: Effects, about: str) -> None:
        """Find fault with what was done besides."""
        way_out = "do that in `lifespan`, or at the first call"
        if effects.printed.strip():
            what = f"it prints {effects.printed.strip()[:60]!r}"
            self.findings.append(error("start-effects", about, what, "log it"))
        self.findings += [error("start-effects", about, f"it {what}", way_out) for what in effects.done]
        self.findings += [
            error("start-effects", about, f"it leaves the thread {name!r} behind", way_out) for name in effects.threads
        ]


def of_class(job: Job) -> type | Finding:
    """The class that an entry point names."""
    module, _, path = job.value.partition(":")
    way_out = 'name it as "module:Class"'
    try:
        cls = reduce(getattr, path.split("."), import_module(module)) if path else None
    except AttributeError:
        return error("plugin-class", f"entry point {job.value!r}", "there is nothing of that name", way_out)
    if not isinstance(cls, type):
        return error("plugin-class", f"entry point {job.value!r}", "it names no class", way_out)
    if not (cls.__doc__ or "").strip() or _made_by_dataclass(cls):
        way_out = "say in a sentence what it is for"
        job.tell(note("distribution", f"class {cls.__name__}", "it has no docstring", way_out))
    return cls


def made(cls: type, job: Job) -> Made:
    """The plugin with its settings, made-up ones where it requires more, and all that it receives."""
    found = Made()
    try:
        given = _given(cls, job)
        found.findings += of_settings(cls, given, job.handbook)
        source = Source(Path("the check"), "", ())
        table = {key: Setting(value, f"setting {key!r}") for key, value in made_up(cls, given, job.settings).items()}
        checked = keyword_arguments(cls, table, source, given)
        with watched() as effects:
            found.plugin = cls(**checked, **given)
        found.judge(effects, "building it")
    except (ConfigError, PluginError) as wrong:
        found.findings.append(error("build", "building it", str(wrong), "give what it needs with --set KEY=VALUE"))
    except BaseException as failed:
        way_out = "raise ValueError for settings that do not fit, and nothing with those of the defaults"
        found.findings.append(error("build", "building it", f"it raises {reason(failed, job.name)}", way_out))
    return found


def _given(cls: type, job: Job) -> Mapping[str, object]:
    """What the host fills: services, and other installed plugins, built in turn with their defaults."""
    folders, reader = Folders(Path(job.folder) / "home"), Reader()
    provided = {kind: one for one in [*services(folders, reader), Changes()] for kind in type(one).__mro__[:-1]}
    classes, built = {job.name: cls}, dict[str, object]()
    with suppress(ConfigError, PluginError):
        return given_to(job.name, classes, built, provided)
    # Only now others are imported, as few plugins need any.
    for name in installed():
        if name != job.name:
            with suppress(Exception):
                classes[name] = _other(name)
    for name in [*classes] * 2:
        if name not in built and name != job.name:
            with suppress(Exception):
                built[name] = _built(name, classes, built, provided)
    return given_to(job.name, classes, built, provided)


def _other(name: str) -> type:
    found = class_of(installed()[name][0].entry_point.load())
    assert isinstance(found, type)
    return found


def _built(name: str, classes: Mapping[str, type], built: Mapping[str, object], provided: Mapping[type, object]) -> Any:
    return classes[name](**given_to(name, classes, built, provided))


def _made_by_dataclass(cls: type) -> bool:
    """Whether the docstring is only the signature that `dataclass` puts where there is none."""
    return dataclasses.is_dataclass(cls) and (cls.__doc__ or "").startswith(f"{cls.__name__}(")
