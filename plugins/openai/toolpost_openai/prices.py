"""What calls cost in US dollars, before and after, from a table that is data; None where that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

if TYPE_CHECKING:
    from toolpost_openai.catalogue import Catalogue

MILLION = Decimal(1_000_000)
# The model that a tool asks where its caller names none, as the tools are shipped.
DEFAULTS = {
    "model": "chat.fast",
    "chat": "chat.fast",
    "ask-openai": "chat.fast",
    "generate_image": "image.best",
    "edit_image": "image.best",
    "create_variations": "image.best",
    "create-image": "image.best",
}
# English text in the tokens of today's models, in characters; only for estimates.
CHARACTERS_PER_TOKEN = 4
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
# A large picture takes about 1,500 tokens, however many bytes it has.
PICTURE = 6000


@dataclass(frozen=True)
class Price:
    """The price of a model; `prices.toml` explains each field."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    as_of: date | None = None
    source: str = ""
    input: Decimal | None = None
    cached_input: Decimal | None = None
    input_images: Decimal | None = None
    output: Decimal | None = None
    pictures: Mapping[str, Decimal] = field(default_factory=dict)

    def of_tokens(self, text: int, cached: int, images: int, output: int) -> Decimal | None:
        """What tokens cost."""
        if self.input is None or self.output is None:
            return None
        kept = self.input if self.cached_input is None else self.cached_input
        seen = self.input if self.input_images is None else self.input_images
        return (text * self.input + cached * kept + images * seen + output * self.output) / MILLION

    def of_pictures(self, count: int, quality: str, size: str) -> Decimal | None:
        """What pictures cost, each at the price that says most about it."""
        for name in (f"{quality} {size}", quality, size, "any"):
            if name in self.pictures:
                return count * self.pictures[name]
        return None


def cost(usage: Mapping[str, Any], catalogue: Catalogue | None = None) -> Decimal | None:
    """What a call has cost, from the usage that it reports in `toolpost/usage`."""
    price = (catalogue or shipped()).price(str(usage.get("model", "")))
    if price is None:
        return None
    tokens = [_count(usage, name) for name in ("input_tokens", "output_tokens")]
    if None not in tokens:
        cached, images = _count(usage, "cached_tokens") or 0, _count(usage, "input_image_tokens") or 0
        text = max(0, (tokens[0] or 0) - cached - images)
        found = price.of_tokens(text, cached, images, tokens[1] or 0)
        if found is not None:
            return found
    pictures = _count(usage, "images")
    return price.of_pictures(pictures, *_said(usage)) if pictures else None


def estimate(
    tool_name: str,
    arguments: Mapping[str, Any],
    catalogue: Catalogue | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Decimal | None:
    """What a call will cost at most, as far as its arguments tell."""
    known = catalogue or shipped()
    named = arguments.get("model") or DEFAULTS.get(tool_name)
    if not isinstance(named, str):
        return None
    from toolpost_openai.catalogue import today

    model = known.living({**known.aliases, **(aliases or {})}.get(named, named), today())
    price = known.price(model.name)
    if price is None:
        return None
    if model.draws or DEFAULTS.get(tool_name, "").startswith("image."):
        return price.of_pictures(_count(arguments, "n") or 1, *_said(arguments))
    most = _most(arguments)
    return None if most is None else price.of_tokens(_length(arguments) // CHARACTERS_PER_TOKEN, 0, 0, most)


@cache
def shipped() -> Catalogue:
    """The catalogue as this distribution carries it, read once."""
    from toolpost_openai.files import read

    return read()


def _said(given: Mapping[str, Any]) -> tuple[str, str]:
    return str(given.get("quality") or "auto"), str(given.get("size") or "auto")


def _count(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _most(arguments: Mapping[str, Any]) -> int | None:
    """The most tokens that the answer may have, which a conversation says among its settings."""
    settings = arguments.get("settings")
    named = {**(settings if isinstance(settings, Mapping) else {}), **arguments}
    return next((most for name in LIMITS if (most := _count(named, name)) is not None), None)


def _length(value: Any) -> int:
    match value:
        case str():
            return PICTURE if value.startswith("data:") else len(value)
        case Mapping():
            return sum(map(_length, value.values()))
        case list() | tuple():
            return sum(map(_length, value))
    return 0
