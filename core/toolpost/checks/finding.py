"""What a check found, and the rules that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from toolpost.errors import PluginError
from toolpost.nearest import did_you_mean

Level = Literal["error", "note"]

# Each rule, and why there is one.
RULES = {
    # What can be seen without an import.
    "name": "the name is the plugin's table in the configuration and stands in variables; two plugins cannot share one",
    "distribution": "installers and people read the metadata before anything runs",
    "manifest": "`toolpost plugins list` and those who install see the manifest, never the code",
    # Importing and building.
    "import": "a plugin that cannot be imported is left out",
    "import-time": "every start of toolpost imports all enabled plugins, and clients wait for it",
    "import-heavy": "a heavy library is paid by everyone who enables the plugin, also where it is never called",
    "import-output": "over stdio, what is printed stands where the protocol should",
    "import-effects": "importing must be safe: it happens at every start, offline and for `doctor` too",
    "import-threads": "a thread of an import outlives everything, and may keep the process from ending",
    "plugin-class": "an entry point names the class that the host builds",
    "build": "a plugin that cannot be built with its settings is left out",
    "start-effects": "a start must be quick, silent and possible without a network",
    "hooks": "a plugin whose hook fails is left out as a whole, and a hook that is not marked is never asked",
    "hooks-quick": "hooks are called one after the other while every client waits",
    "lifespan": "a host opens and closes what a plugin holds each time it stands, also twice in a process",
    # Settings.
    "settings-words": "an operator sees the keys of a table, and needs to know what they mean",
    "settings-types": "a value is checked against the type of its field, before the plugin is built",
    "settings-unknown": "a mistyped key that is taken in silence is a setting that does not hold",
    "secrets": "what a repr shows ends in logs and tracebacks",
    # Tools, as models and clients see them.
    "tool-name": "OpenAI and Anthropic take at most 64 letters, digits, '_' and '-'; clients pass names on as they are",
    "tool-twice": "names that look alike are one name, and only one tool gets it",
    "tool-count": "OpenAI takes at most 128 tools in a request, and models choose badly among many",
    "tool-words": "a model decides by the description whether to call a tool; OpenAI takes at most 1024 characters",
    "parameter-words": "a model fills parameters by their descriptions",
    "schema": "a request with one schema that is refused fails as a whole, with all other tools",
    "schema-strict": "OpenAI's strict mode, in which arguments always fit, knows only a part of JSON Schema",
    "annotations": "clients ask people by the hints, and policies read them instead of names",
    "open-world": "text from outside may hold instructions; tools that say so have theirs marked",
    "resource": "clients show resources and prompts by their names and descriptions",
    # Calls.
    "call": "what a plugin does not name is a crash: the model reads that something failed, and can do nothing",
    "call-arguments": "arguments that do not fit must be answered with what is wrong, so that a model can mend it",
    "call-result": "a result that does not fit, or is too large, is refused on its way",
    "call-output": "over stdio, what is printed stands where the protocol should",
    "call-loop": "a function that blocks the event loop delays every other call",
    "cancellation": "a caller who goes away must not leave work, cost and threads behind",
    "progress": "progress that goes backwards is not sent, and a bar beyond its end tells nothing",
    "event-loops": "toolpost runs on asyncio and on trio, as the operator chooses",
    # Layers.
    "layer-content": "a layer stands around every tool there is, and must leave alone what it does not mean",
    "layer-once": "going on twice is a second call of the tool, with a second cost",
    "layer-errors": "by their kind errors are mended, retried or refused; a layer that changes it breaks the others",
    "layer-cancellation": "a cancellation that a layer swallows never reaches the tool, or the caller",
    "layer-explain": "`toolpost explain` shows what each layer would do",
}


@dataclass(frozen=True)
class Finding:
    """A rule that is not kept, or something to think about: where, what, and the way out."""

    rule: str
    level: Level
    about: str
    what: str
    way_out: str

    @property
    def why(self) -> str:
        """Why there is such a rule."""
        return RULES[self.rule]

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        return f"{self.about}: {self.what}; {self.way_out}"


def error(rule: str, about: str, what: str, way_out: str) -> Finding:
    """A rule that is not kept."""
    return Finding(rule, "error", about, what, way_out)


def note(rule: str, about: str, what: str, way_out: str) -> Finding:
    """Something that may be right as it is."""
    return Finding(rule, "note", about, what, way_out)


def refuse_unknown(rules: Iterable[str], known: Collection[str] = RULES) -> None:
    """Raise `PluginError` for a name that is no rule."""
    for rule in rules:
        if rule not in known:
            raise PluginError(f"there is no rule {rule!r}; {did_you_mean(rule, known)}")
