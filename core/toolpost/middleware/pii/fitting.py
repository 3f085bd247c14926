"""Masks where a schema says what may stand: a value that fits, or a refusal, and never something broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any
from weakref import WeakKeyDictionary

from toolpost.errors import Refused
from toolpost.middleware.pii.tree import Path, Rewriting, place
from toolpost.tools.tool import Tool

# A schema without any of these takes every text that it takes one text for.
NARROW = frozenset({"format", "pattern", "enum", "const", "minLength", "maxLength", "contentEncoding", "uniqueItems"})
KEYS = frozenset({"propertyNames", "patternProperties", "additionalProperties", "unevaluatedProperties", "required"})
# What nobody has and everybody can tell: reserved by RFC 2606, RFC 5737 and RFC 3849, or of an issuer that is none.
STAND_INS: Mapping[str, tuple[Any, ...]] = {
    "EMAIL": ("masked@example.invalid",),
    "IP": ("192.0.2.0", "2001:db8::"),
    "CREDIT_CARD": ("0000000000000000", 0),
    "PHONE": ("+00000000000", "0000000000", 0),
    "CN_MOBILE": ("00000000000", 0),
    "US_SSN": ("000-00-0000", "000000000", 0),
    **dict.fromkeys(("CN_ID", "NATIONAL_ID", "PASSPORT", "DATE_OF_BIRTH", "VAT"), (0,)),
}
# A pattern that the linear engine does not know (look-around) may step back so often and no further.
BACKTRACK = 20_000


class Fitting:
    """Knows the schemas of tools; one that allows everything anyway is not looked at again."""

    def __init__(self) -> None:
        self._validators: WeakKeyDictionary[Tool, dict[bool, Any]] = WeakKeyDictionary()

    def arguments(self, tool: Tool, before: Any, after: Any, rewriting: Rewriting) -> None:
        """Refuse masked arguments that the tool's schema does not allow, where it allowed the original ones."""
        wrong = self._wrong(tool, False, before, after, rewriting)
        if wrong:
            raise _refused(tool, "argument", wrong, rewriting)

    def result(self, tool: Tool, before: Any, after: Any, rewriting: Rewriting) -> Any:
        """The masked structured content, with values that fit where marks do not.

        Raises:
            Refused: nothing that stands for what was found would fit.
        """
        wrong = self._wrong(tool, True, before, after, rewriting)
        if not wrong:
            return after
        value, validator = deepcopy(after), self._validator(tool, True)
        for path in wrong:
            _stand_in(validator, value, path[1:], rewriting.spots.get(path, ""))
        if validator.is_valid(value):
            return value
        raise _refused(tool, "result field", wrong, rewriting)

    def allows(self, tool: Tool, value: Any) -> bool:
        """Whether a tool's output schema allows a value."""
        validator = self._validator(tool, True, numbers=False)
        return validator is None or bool(validator.is_valid(value))

    def _wrong(self, tool: Tool, output: bool, before: Any, after: Any, rewriting: Rewriting) -> list[Path]:
        """The changed places at which, and below which, what was right has become wrong."""
        validator = self._validator(tool, output, numbers=rewriting.numbers, keys=rewriting.renamed)
        if validator is None or validator.is_valid(after) or not validator.is_valid(before):
            return []
        places = {tuple(error.instance_path) for error in validator.iter_errors(after)}
        prefix: Path = ("structured",) if output else ()
        spots = [path for path in rewriting.spots if path[: len(prefix)] == prefix]
        below = [path for path in spots if any(path[len(prefix) :][: len(at)] == at for at in places)]
        return below or spots or [prefix]

    def _validator(self, tool: Tool, output: bool, *, numbers: bool = True, keys: bool = True) -> Any:
        """What checks values, None where every mask fits."""
        schema = tool.output_schema if output else tool.input_schema
        if schema is None:
            return None
        found = self._validators.setdefault(tool, {})
        if output not in found:
            found[output] = (frozenset(_keywords(schema)), None)
        words, validator = found[output]
        if not numbers and not words & (NARROW | KEYS if keys else NARROW):
            return None
        if validator is None:
            validator = compiled(schema, tool.name)
            found[output] = (words, validator)
        return validator


def _stand_in(validator: Any, value: Any, path: Path, type_: str) -> None:
    """Put what fits best in a place below a value, if there is something for this type."""
    if not path or type_ not in STAND_INS:
        return
    holder = value
    for part in path[:-1]:
        holder = holder[part]

    def errors(stand_in: Any) -> int:
        holder[path[-1]] = stand_in
        return sum(1 for _ in validator.iter_errors(value))

    holder[path[-1]] = min(STAND_INS[type_], key=errors)


def compiled(schema: Mapping[str, Any], name: str) -> Any:
    """What checks values against a schema, formats included; `name` is the schema's owner."""
    # jsonschema-rs takes 16 ms to import, and few masks stand where a schema is narrow.
    import jsonschema_rs

    from toolpost.middleware.schema import Checker

    Checker(schema, name)  # refuses what is broken, or too large to compile
    return jsonschema_rs.Draft202012Validator(
        dict(schema),
        mask="the value",
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK),
        offline=True,
        validate_formats=True,
    )


def _keywords(schema: Any) -> Iterator[str]:
    level = [schema]
    while level:
        below: list[Any] = []
        for item in level:
            if isinstance(item, Mapping):
                yield from item
                below += item.values()
            elif isinstance(item, list):
                below += item
        level = below


def _refused(tool: Tool, what: str, wrong: Iterable[Path], rewriting: Rewriting) -> Refused:
    types = " and ".join(sorted(rewriting.counts))
    places = [place(path)[:80] or "the arguments" for path in wrong]
    listed = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
    return Refused(f"{tool.name}: {what} {listed} holds {types}, and the tool's schema allows no mask there")
