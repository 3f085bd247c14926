"""OpenAI's models: which live, how each is spoken to, and which one follows when a name is retired."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

DialectName = Literal["responses", "chat"]

SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")
SOON = timedelta(days=60)


@dataclass(frozen=True)
class Model:
    """A model and what it takes; `catalogue.toml` explains each field."""

    name: str
    dialect: DialectName = "responses"
    temperature: bool = True
    none: bool = True
    ends: date | None = None
    instead: str | None = None

    def has_ended(self, today: date) -> bool:
        """Whether the provider refuses the name by now."""
        return self.ends is not None and self.ends <= today

    def ends_soon(self, today: date) -> bool:
        """Whether the name still works, but not for long."""
        return self.ends is not None and today < self.ends <= today + SOON


@dataclass(frozen=True)
class Catalogue:
    """The models of one provider by name, and short names for what most people want."""

    models: Mapping[str, Model]
    aliases: Mapping[str, str]

    @classmethod
    def load(cls) -> Catalogue:
        """The catalogue that this distribution carries."""
        table = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text("utf-8"))
        return cls({name: Model(name, **row) for name, row in table["models"].items()}, table["aliases"])

    def find(self, name: str) -> Model:
        """What is known of a model; a snapshot is as its family, and an unknown one as any new one."""
        if name in self.models:
            return self.models[name]
        family = self.models.get(SNAPSHOT.sub("", name))
        if family is None:
            return Model(name)
        return Model(name, family.dialect, family.temperature, family.none, family.ends, family.instead)

    def living(self, name: str, today: date) -> Model:
        """The model of that name, or the nearest that lives where it has ended."""
        model = self.find(name)
        seen: set[str] = set()
        while model.has_ended(today) and model.instead and model.name not in seen:
            seen.add(model.name)
            model = self.find(model.instead)
        return model

    def alive(self, today: date) -> list[str]:
        """The names that work today."""
        return [name for name, model in self.models.items() if not model.has_ended(today)]


def today() -> date:
    """The day in UTC: the provider's."""
    return datetime.now(UTC).date()
