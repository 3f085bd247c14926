"""Masks where a schema says what may stand: something that fits, or a refusal, and never a broken answer."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from toolpost import Host, Refused, Tool, ToolResult, hookimpl
from toolpost.middleware.pii import PII
from toolpost.middleware.validation import Validation

MAIL, CARD = "ann@example.com", 4111111111111111


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


class Server(BaseModel):
    name: str
    address: IPv4Address


class Tools:
    def __init__(self, answer: Any = None, **schemas: Any) -> None:
        self.answer, self.schemas = answer, schemas

    @hookimpl
    def tools(self) -> list[Tool]:
        raw = {"input_schema": {"type": "object"}, **self.schemas}
        return [Tool(self.keep, name="keep", **raw), Tool(self.server)]

    async def keep(self, arguments: Mapping[str, Any]) -> Any:
        return arguments if self.answer is None else self.answer

    async def server(self) -> Server:
        return Server(name="of ann@example.com", address=IPv4Address("10.0.0.1"))


async def call(tools: Tools, arguments: Mapping[str, Any] | None = None, name: str = "keep", **pii: Any) -> ToolResult:
    async with Host({"pii": PII(**pii), "validation": Validation(), "tools": tools}) as host:
        return await host.call(name, arguments or {})


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        ({"type": "string"}, MAIL, "[EMAIL]"),
        ({"type": "string", "format": "email"}, MAIL, "masked@example.invalid"),
        ({"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]}, MAIL, "masked@example.invalid"),
        ({"type": "string", "format": "ipv4"}, "10.0.0.1", "192.0.2.0"),
        ({"type": "string", "format": "ipv6"}, "2001:db8::8a2e:370:7334", "2001:db8::"),
        ({"type": "integer"}, CARD, 0),
        ({"type": "array", "items": {"type": "string", "format": "email"}}, [MAIL], ["masked@example.invalid"]),
    ],
)
async def test_structured_content_keeps_to_its_schema(schema: dict[str, Any], value: Any, shown: Any) -> None:
    output = fields(it=schema)
    result = await call(Tools({"it": value}, output_schema=output))
    assert result.structured == {"it": shown}
    assert jsonschema_rs.Draft202012Validator(output, validate_formats=True).is_valid(result.structured)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": [MAIL, "none"]}, MAIL),
        ({"const": MAIL}, MAIL),
        ({"type": "string", "pattern": "^a.*m$"}, MAIL),
        ({"type": "string", "format": "email", "maxLength": 15}, MAIL),
        ({"type": "integer", "minimum": 1}, CARD),
    ],
)
async def test_what_nothing_fits_is_refused_without_the_value(schema: dict[str, Any], value: Any) -> None:
    with pytest.raises(Refused, match=r"result field structured\.it holds") as raised:
        await call(Tools({"it": value}, output_schema=fields(it=schema)))
    assert str(value) not in str(raised.value)


async def test_a_key_that_the_schema_names_by_a_pattern_is_refused() -> None:
    output = {"type": "object", "patternProperties": {"@": {"type": "integer"}}, "additionalProperties": False}
    with pytest.raises(Refused, match="holds EMAIL"):
        await call(Tools({MAIL: 1}, output_schema=output))


@pytest.mark.parametrize(("name", "value"), [("phone", 4155552671), ("ssn", 536228146)])
async def test_a_number_that_its_name_makes_personal_stays_a_number(name: str, value: int) -> None:
    result = await call(Tools({name: value}, output_schema=fields(**{name: {"type": "integer"}})))
    assert result.structured == {name: 0}


async def test_a_typed_answer_keeps_its_type() -> None:
    result = await call(Tools(), name="server")
    assert result.structured == {"name": "of [EMAIL]", "address": "192.0.2.0"}


@pytest.mark.parametrize("schema", [{"type": "string", "format": "email"}, {"enum": [MAIL]}, {"pattern": "@"}])
async def test_an_argument_that_may_not_be_masked_is_refused_by_name(schema: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="keep: argument to holds EMAIL, and the tool's schema allows no mask there"):
        await call(Tools(input_schema=fields(to=schema)), {"to": MAIL})


async def test_arguments_that_were_wrong_before_are_told_so_by_validation() -> None:
    with pytest.raises(Exception, match="no such argument"):
        await call(Tools(input_schema=fields(to={"type": "string"})), {"to": MAIL, "cc": MAIL})


async def test_letting_a_type_through_keeps_everything() -> None:
    tools = Tools({"it": MAIL}, output_schema=fields(it={"type": "string", "format": "email"}))
    assert (await call(tools, actions={"EMAIL": "pass"})).structured == {"it": MAIL}
