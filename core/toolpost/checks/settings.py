"""The settings of a plugin: their words, their types, and what is secret among them."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from toolpost.checks.finding import Finding, error
from toolpost.checks.samples import smallest
from toolpost.checks.tables import loose
from toolpost.config.fields import field_types

CANARY = "canary-7d1f0c9e5b"
# Narrower than what is hidden in a list of settings: nobody should have to argue about `author` or `max_keys`.
SECRET = re.compile(r"(^|_)(api_?key|token|secret|password|passwd|pwd|credential)s?$", re.IGNORECASE)


def of_settings(cls: type, injected: Collection[str], handbook: str = "") -> Iterator[Finding]:
    """What is wrong with the fields of a plugin's class; `handbook` is where else they may be explained."""
    words = "\n".join([inspect.getdoc(cls) or "", _comments(cls), handbook])
    for name, hint in field_types(cls).items():
        if name in injected or "Callable" in str(hint):  # a clock and the like: for tests, and not for a table
            continue
        about = f"setting {name!r}"
        if not _described(hint) and not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words):
            way_out = "say it with Field(description=…), or name it in the docstring of the class or the README"
            yield error("settings-words", about, "nothing says what it means", way_out)
        if SECRET.search(name) and _is_text(hint):
            yield error("secrets", about, "it sounds like a secret, and is a plain text", "annotate it SecretStr")
        yield from _typed(about, hint)


def made_up(cls: type, injected: Collection[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with which a plugin can be built: those given, what is required, and a canary for each secret."""
    settings: dict[str, Any] = {}
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        hint = field_types(cls).get(field.name)
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if not field.init or field.name in injected:
            continue
        if _is_secret(hint):
            settings[field.name] = CANARY
        elif required and (schema := _schema(hint)) is not None:
            made = smallest(
                {"type": "object", "properties": {"it": schema}, "required": ["it"], **_definitions(schema)}
            )
            settings |= {field.name: made["it"]} if made else {}
    return {**settings, **given}


def _typed(about: str, hint: Any) -> Iterator[Finding]:
    schema = _schema(hint)
    if schema is None:
        what = f"its type {getattr(hint, '__name__', hint)} has no form in TOML"
        yield error(
            "settings-types", about, what, "use plain types, lists, tables and dataclasses, or field(init=False)"
        )
    elif name := loose(TypeAdapter(hint)):
        way_out = 'give it extra="forbid": ConfigDict in a model, `with_config` on a dataclass'
        yield error("settings-unknown", about, f"tables of {name} take unknown keys in silence", way_out)


def _schema(hint: Any) -> dict[str, Any] | None:
    try:
        return TypeAdapter(hint).json_schema()
    except (PydanticUserError, NameError, TypeError):
        return None


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}


def _described(hint: Any) -> bool:
    return any(getattr(item, "description", None) for item in getattr(hint, "__metadata__", ()))


def _is_secret(hint: Any) -> bool:
    return "Secret" in str(hint)


def _is_text(hint: Any) -> bool:
    return "str" in str(getattr(hint, "__name__", hint)) and not _is_secret(hint)


def _comments(cls: type) -> str:
    """The comments beside the fields."""
    try:
        return "\n".join(line for line in inspect.getsource(cls).splitlines() if re.search(r"^\s+\w+\s*:.*#", line))
    except (OSError, TypeError):
        return ""
