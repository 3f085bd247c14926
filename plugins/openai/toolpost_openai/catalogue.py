"""OpenAI's models: which live, how each is spoken to, and which one follows when a name is retired."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import ConfigDict

from toolpost_openai.images import Drawing, Old
from toolpost_openai.prices import Price

DialectName = Literal["responses", "chat"]

SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")
SOON = timedelta(days=60)


@dataclass(frozen=True)
class Model:
    """A model and what it takes; `catalogue.toml` explains each field."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    dialect: DialectName = "responses"
    temperature: bool = True
    none: bool = True
    reasons: bool = True
    ends: date | None = None
    instead: str | None = None
    draws: str = ""

    @property
    def kind(self) -> str:
        """What it makes: `text` or `pictures`."""
        return "pictures" if self.draws else "text"

    def has_ended(self, today: date) -> bool:
        """Whether the provider refuses the name by now."""
        return self.ends is not None and self.ends <= today

    def ends_soon(self, today: date) -> bool:
        """Whether the name still works, but not for long."""
        return self.ends is not None and today < self.ends <= today + SOON


@dataclass(frozen=True)
class Catalogue:
    """The models of one provider by name, and short names for what most people want."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    models: Mapping[str, Model]
    aliases: Mapping[str, str]
    draws: Mapping[str, Drawing] = field(default_factory=dict)
    old: Old = field(default_factory=Old)
    prices: Mapping[str, Price] = field(default_factory=dict)

    @classmethod
    def load(cls, extension: str = "") -> Catalogue:
        """The catalogue that this distribution carries, with a file of the user's laid over it.

        Raises:
            ValueError: the file cannot be read, or says something that a catalogue does not.
        """
        from toolpost_openai.files import read

        return read(extension)

    def find(self, name: str) -> Model:
        """What is known of a model; a snapshot is as its family, and an unknown one as any new one."""
        if name in self.models:
            return self.models[name]
        family = self.models.get(SNAPSHOT.sub("", name))
        return replace(family, name=name) if family else Model(name)

    def knows(self, name: str) -> bool:
        """Whether a model or its family is listed."""
        return name in self.models or SNAPSHOT.sub("", name) in self.models

    def price(self, name: str) -> Price | None:
        """What a model costs; None where nothing is known of it."""
        return self.prices.get(name) or self.prices.get(SNAPSHOT.sub("", name))

    def drawing(self, model: Model) -> Drawing | None:
        """What a model that makes pictures takes; None of one that is not known to make any."""
        return self.draws.get(model.draws)

    def living(self, name: str, today: date) -> Model:
        """The model of that name, or the nearest that lives where it has ended."""
        model = self.find(name)
        seen: set[str] = set()
        while model.has_ended(today) and model.instead and model.name not in seen:
            seen.add(model.name)
            model = self.find(model.instead)
        return model

    def alive(self, today: date, kind: str = "") -> list[str]:
        """The names that work today, all or those of one kind."""
        return [name for name, model in self.models.items() if not model.has_ended(today) and kind in ("", model.kind)]


def today() -> date:
    """The day in UTC: the provider's."""
    return datetime.now(UTC).date()
