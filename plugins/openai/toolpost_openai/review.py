"""What is known of the models that tools may ask, and whether those behind the aliases are there and stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from toolpost_openai.catalogue import Model, today
from toolpost_openai.listing import day_of

if TYPE_CHECKING:
    from toolpost_openai.plugin import OpenAI

LISTING = 10.0
Served = Mapping[str, date | None]
"""The models that a provider lists, with the day on which each is to end."""


@dataclass(frozen=True)
class Finding:
    """What is to say of the model behind one alias: it `lives`, `ends soon`, `ended`, `gone` or `not listed`."""

    alias: str
    model: str
    state: str
    ends: date | None = None
    instead: str | None = None

    @property
    def good(self) -> bool:
        """Whether nothing has to be done."""
        return self.state in ("lives", "not listed")

    @property
    def words(self) -> str:
        """The state in a line."""
        when = f" on {self.ends}" if self.ends else ""
        way = f"; use {self.instead}" if self.instead and not self.good else ""
        return f"{self.state}{when}{way}"

    @property
    def row(self) -> dict[str, Any]:
        """The finding for programs."""
        return {**asdict(self), "good": self.good}


def rows(openai: OpenAI, *, retired: bool = False) -> list[dict[str, Any]]:
    """All that the catalogue says of each model."""
    day, aliases = today(), aliases_of(openai)
    named = openai.models.models
    extra = [name for name in aliases.values() if name not in named]
    models = [*named.values(), *map(openai.models.find, dict.fromkeys(extra))]
    return [_row(openai, model, aliases) for model in models if retired or not model.has_ended(day)]


def aliases_of(openai: OpenAI) -> dict[str, str]:
    """The aliases in force; at other servers those of our catalogue mean nothing by themselves."""
    official = openai.configured is None or openai.configured.official
    return {**(openai.models.aliases if official else {}), **openai.aliases}


async def review(openai: OpenAI) -> tuple[str, list[Finding]]:
    """Who was asked, nobody if it is empty, and a finding for each alias.

    Raises:
        ToolError: the provider was asked and does not say.
    """
    server = openai.configured
    served = None if server is None else await _served(openai)
    aliases = sorted(aliases_of(openai).items())
    official = server is None or server.official
    return server.name if server else "", [_finding(openai, *pair, served, official) for pair in aliases]


async def _served(openai: OpenAI) -> Served:
    connection = await openai.connect()
    from toolpost_openai.connection import AT_READING

    try:
        listed = await connection.client.models.list(timeout=LISTING)
        return {model.id: day_of(getattr(model, "shutdown_date", None)) for model in listed.data}
    except AT_READING as error:
        raise await connection.failure(error, "") from None


def _finding(openai: OpenAI, alias: str, name: str, served: Served | None, official: bool) -> Finding:
    model = openai.models.find(name) if official else Model(name)
    if served is not None and served.get(name):
        # The provider knows better than a file that is months old.
        model = replace(model, ends=served[name])
    return Finding(alias, name, _state(model, served, today()), model.ends, model.instead)


def _state(model: Model, served: Served | None, day: date) -> str:
    if model.has_ended(day):
        return "ended"
    if served and model.name not in served:
        return "gone"
    if model.ends_soon(day):
        return "ends soon"
    return "not listed" if served == {} else "lives"


def _row(openai: OpenAI, model: Model, aliases: Mapping[str, str]) -> dict[str, Any]:
    drawing, price = openai.models.drawing(model), openai.models.price(model.name)
    return {
        "name": model.name,
        "makes": model.kind,
        "aliases": [alias for alias, name in aliases.items() if name == model.name],
        "ends": model.ends,
        "instead": model.instead,
        "takes": asdict(drawing) if drawing else dict(_of_text(model)),
        "price": asdict(price) if price and _is_priced(price.input, price.output, *price.pictures.values()) else None,
    }


def _of_text(model: Model) -> Iterator[tuple[str, Any]]:
    yield "dialect", model.dialect
    yield "temperature", model.temperature
    yield "reasoning_effort_none", model.none


def _is_priced(*figures: Any) -> bool:
    return any(figure is not None for figure in figures)
