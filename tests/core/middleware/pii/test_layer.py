"""The `pii` layer, spoken to through a host."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any

import anyio
import anyio.to_thread
import pytest
from pydantic import SecretStr

from toolpost import (
    Context,
    Crash,
    Embedded,
    Host,
    Image,
    InvalidArguments,
    Link,
    Prompt,
    Refused,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    hookimpl,
)
from toolpost.middleware.pii import PII

MAIL, CARD = "ann@example.com", 4111111111111111
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "card": {"type": "integer"}},
    "required": ["name"],
}


class Tools:
    """Tools that keep what they were given, and answer what a test wants."""

    def __init__(self, answer: Any = "done", *, output_schema: Mapping[str, Any] | None = None) -> None:
        self.answer, self.output_schema = answer, output_schema
        self.seen: Any = None

    @hookimpl
    def tools(self) -> list[Tool]:
        anything = {"type": "object"}
        return [
            Tool(self.keep, name="keep", input_schema=anything, output_schema=self.output_schema),
            Tool(self.keep, name="person", input_schema=PERSON),
        ]

    async def keep(self, arguments: Mapping[str, Any], context: Context) -> Any:
        self.seen = arguments
        await context.progress(1, 2, f"working for {MAIL}")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def call(
    tools: Tools,
    arguments: Mapping[str, Any] | None = None,
    *,
    tool: str = "keep",
    pii: PII | None = None,
    **context: Any,
) -> ToolResult:
    async with Host([pii or PII(), tools]) as host:
        return await host.call(tool, arguments or {}, Context(**context))


async def test_the_tool_sees_masks_at_any_depth() -> None:
    tools = Tools()
    await call(tools, {"a": f"mail {MAIL}", "b": [{"c": [MAIL, 1, None, True]}], MAIL: 2})
    assert tools.seen == {"a": "mail [EMAIL]", "b": [{"c": ["[EMAIL]", 1, None, True]}], "[EMAIL]": 2}


async def test_two_people_as_keys_stay_two_entries() -> None:
    tools = Tools()
    await call(tools, {MAIL: 1, "bob@example.com": 2})
    assert tools.seen == {"[EMAIL]": 1, "[EMAIL] (2)": 2}


async def test_the_caller_sees_masks_in_text_and_structured_content() -> None:
    result = await call(Tools({"people": [{"mail": MAIL}]}))
    assert result.structured == {"people": [{"mail": "[EMAIL]"}]}
    assert json.loads(result.text) == result.structured


async def test_a_card_as_a_number_is_masked_and_the_text_stays_json() -> None:
    tools = Tools({"card": CARD})
    result = await call(tools, {"card": CARD, "as_float": float(CARD), "count": 1700000000123})
    assert tools.seen == {"card": "[CREDIT_CARD]", "as_float": "[CREDIT_CARD]", "count": 1700000000123}
    assert json.loads(result.text) == result.structured == {"card": "[CREDIT_CARD]"}


async def test_a_card_where_the_schema_wants_a_number_is_refused() -> None:
    with pytest.raises(Refused, match=r"card holds CREDIT_CARD"):
        await call(Tools(), {"name": "Ann", "card": CARD}, tool="person")


async def test_a_mask_that_would_break_the_output_schema_is_refused() -> None:
    schema = {"type": "object", "properties": {"mail": {"type": "string", "maxLength": 16, "pattern": "@"}}}
    with pytest.raises(Refused, match=r"structured\.mail holds EMAIL"):
        await call(Tools({"mail": MAIL}, output_schema=schema))


async def test_errors_keep_their_kind_and_lose_the_address() -> None:
    with pytest.raises(InvalidArguments, match=r"no such user: \[EMAIL\]") as raised:
        await call(Tools(InvalidArguments(f"no such user: {MAIL}")))
    assert MAIL not in repr(raised.value)
    assert raised.value.__suppress_context__


async def test_an_error_in_a_group_is_masked_as_well() -> None:
    with pytest.raises(InvalidArguments, match=r"\[EMAIL\]"):
        await call(Tools(ExceptionGroup("tasks", [InvalidArguments(MAIL)])))


async def test_pictures_and_blobs_are_left_as_they_are() -> None:
    picture = b"\x00" + base64.b64decode("4111111111111111") * 20
    result = await call(Tools([Image(picture), Embedded("file:///x", picture), f"by {MAIL}"]))
    image, blob, text = result.content
    assert base64.b64decode(image.data) == picture == base64.b64decode(blob.resource.blob)
    assert text.text == "by [EMAIL]"


async def test_links_and_embedded_texts_are_masked() -> None:
    result = await call(
        Tools([Link("https://example.com/x", name=MAIL, description=MAIL), Embedded("file:///x", MAIL)])
    )
    link, embedded = result.content
    assert (link.name, link.description, embedded.resource.text) == ("[EMAIL]", "[EMAIL]", "[EMAIL]")


async def test_progress_messages_are_masked() -> None:
    messages: list[str | None] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        messages.append(message)

    await call(Tools(), report=report)
    assert messages == ["working for [EMAIL]"]


async def test_refusing_names_the_type_and_the_place_and_not_the_value() -> None:
    tools = Tools()
    with pytest.raises(Refused, match=r"EMAIL in to\[0\]\.mail") as raised:
        await call(tools, {"to": [{"mail": MAIL}]}, pii=PII(actions={"EMAIL": "refuse"}))
    assert MAIL not in str(raised.value)
    assert tools.seen is None


async def test_a_result_with_a_refused_type_is_refused() -> None:
    with pytest.raises(Refused, match="the result of keep"):
        await call(Tools(MAIL), pii=PII(actions={"EMAIL": "refuse"}))


async def test_drop_and_hash_do_what_they_say() -> None:
    tools = Tools()
    pii = PII(actions={"EMAIL": "drop", "IP": "hash"}, hash_key=SecretStr("k"))
    await call(tools, {"a": f"<{MAIL}> 10.0.0.1"}, pii=pii)
    first = tools.seen["a"]
    await call(
        tools, {"a": f"<{MAIL}> 10.0.0.1"}, pii=PII(actions={"EMAIL": "drop", "IP": "hash"}, hash_key=SecretStr("k"))
    )
    assert first == tools.seen["a"]
    assert first.startswith("<> [IP:")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (MAIL, "[EMAIL:***@example.com]"),
        ("4111 1111 1111 1111", "[CREDIT_CARD:***1111]"),
        ("192.0.2.77", "[IP:192.0.***]"),
        ("DE89 3704 0044 0532 0130 00", "[IBAN:DE***3000]"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "[API_KEY:***]"),
    ],
)
async def test_a_part_stays_by_which_a_person_knows_their_own(value: str, shown: str) -> None:
    tools = Tools()
    await call(tools, {"a": f"this: {value}."}, pii=PII(actions={"*": "partial"}))
    assert tools.seen == {"a": f"this: {shown}."}


async def test_each_direction_has_its_own_action() -> None:
    tools = Tools(f"{MAIL} 10.0.0.1")
    pii = PII(actions={"EMAIL": {"arguments": "pass", "results": "partial"}, "*": {"results": "drop"}})
    result = await call(tools, {"a": f"{MAIL} 10.0.0.1"}, pii=pii)
    assert (tools.seen, result.text) == ({"a": f"{MAIL} [IP]"}, "[EMAIL:***@example.com] ")


async def test_the_name_of_a_field_says_what_its_value_is() -> None:
    tools = Tools({"person": {"ssn": "078051120", "count": "078051120", "password": "correct horse battery"}})
    result = await call(tools, {"phoneNumbers": ["4155550132"]})
    assert tools.seen == {"phoneNumbers": ["[PHONE]"]}
    assert result.structured == {"person": {"ssn": "[US_SSN]", "count": "078051120", "password": "[API_KEY]"}}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"phone": 4155552671}, {"phone": "[PHONE]"}),
        ({"ssn": 536228146}, {"ssn": "[US_SSN]"}),
        ({"a": [{"phone": 4155552671}]}, {"a": [{"phone": "[PHONE]"}]}),
        ({"tel": [4155552671, 12]}, {"tel": ["[PHONE]", 12]}),
        ({"phone": 12, "total": 4155552671}, {"phone": 12, "total": 4155552671}),
    ],
)
async def test_a_number_is_what_its_field_is_called_in_text_and_structured_content(value: Any, shown: Any) -> None:
    result = await call(Tools(value))
    assert result.structured == json.loads(result.text) == shown


@pytest.mark.parametrize("value", [{"call_ms": 4155552671}, {"contact": {"count": 4155552671}}])
async def test_a_number_beside_a_word_leaves_json_as_it_is(value: Any) -> None:
    result = await call(Tools(value))
    assert result.structured == json.loads(result.text) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"to": "ann@example.com", "call_ms": 4155552671}', {"to": "[EMAIL]", "call_ms": 4155552671}),
        ('{"phone": [4155552671, 4155552672]}', {"phone": ["[PHONE]", "[PHONE]"]}),
        ('{"n": 4111111111111111, "n": 1}', {"n": 1}),
        ('{"n": "ann@example.com", "n": 1}', {"n": 1}),
        ('{"ids": [1234567, 2], "x": 1.10}', {"ids": [1234567, 2], "x": 1.1}),
    ],
)
async def test_a_text_that_is_json_stays_json_and_hides_nothing(text: str, shown: Any) -> None:
    masked = (await call(Tools(text))).text
    assert json.loads(masked) == shown
    assert "ann@" not in masked
    assert "4111" not in masked


async def test_what_is_personal_in_a_string_of_json_is_masked_by_what_stands_around_it() -> None:
    result = await call(Tools('{"type": "phone", "value": "4155552671"}'))
    assert json.loads(result.text) == {"type": "phone", "value": "[PHONE]"}


async def test_the_meta_of_an_error_is_clean_as_well() -> None:
    error = InvalidArguments("no such user")
    error.meta = {"user": MAIL}
    with pytest.raises(InvalidArguments) as raised:
        await call(Tools(error))
    assert dict(raised.value.meta) == {"user": "[EMAIL]"}


async def test_files_in_base64_and_handles_are_left_as_they_are() -> None:
    file = base64.b64encode(bytes(range(256)) * 8).decode()
    handle = "artefact:" + "4111111111111111" * 4
    arguments = {"image": f"data:image/png;base64,{file}", "raw": file, "handle": handle, "said": f"see {handle}"}
    tools = Tools([Link(handle), Link("https://example.com/?user=" + MAIL)])
    result = await call(tools, arguments)
    assert tools.seen == arguments
    assert [str(link.uri) for link in result.content] == [handle, "https://example.com/?user=[EMAIL]"]


async def test_resources_and_prompts_are_masked_too() -> None:
    class Offers:
        @hookimpl
        def resources(self) -> list[Resource]:
            return [Resource("notes://{name}", self.notes)]

        @hookimpl
        def prompts(self) -> list[Prompt]:
            return [Prompt(self.greet)]

        async def notes(self, name: str) -> str:
            return f"{name}: {MAIL}"

        async def greet(self, name: str) -> str:
            return f"{name}: {MAIL}"

    async with Host([PII(), Offers()]) as host:
        _, read = await host.read("notes://10.0.0.1")
        filled = await host.prompt("greet", {"name": "10.0.0.1"})
    assert (read.text, filled.text) == ("[IP]: [EMAIL]", "[IP]: [EMAIL]")


async def test_who_waits_for_a_recogniser_holds_no_thread_of_others() -> None:
    class Slow:
        recognised = ("PERSON",)

        def __init__(self) -> None:
            self.began, self.goes_on = threading.Event(), threading.Event()
            self.running = self.most = 0

        def recognise(self, text: str) -> list[tuple[int, int, str]]:
            self.running += 1
            self.most = max(self.most, self.running)
            self.began.set()
            self.goes_on.wait(60)
            self.running -= 1
            return []

    slow = Slow()
    async with Host({"pii": PII(names=slow), "tools": Tools()}) as host, anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(host.call, "keep", {"name": f"somebody {number}"})
        await anyio.to_thread.run_sync(slow.began.wait)
        taken = anyio.to_thread.current_default_thread_limiter().borrowed_tokens
        slow.goes_on.set()
    assert (taken, slow.most) == (0, 1)


async def test_a_recogniser_that_fails_fails_the_call() -> None:
    class Broken:
        recognised = ("PERSON",)

        def recognise(self, text: str) -> list[tuple[int, int, str]]:
            raise RuntimeError(text)

    tools = Tools()
    with pytest.raises(Crash, match="the layer 'pii' failed") as raised:
        await call(tools, {"a": "Ann Smith"}, pii=PII(names=Broken()))
    assert (tools.seen, "Ann" in str(raised.value)) == (None, False)


async def test_one_direction_leaves_the_other_alone() -> None:
    tools = Tools(MAIL)
    result = await call(tools, {"a": MAIL}, pii=PII(directions=["results"]))
    assert (tools.seen, result.text) == ({"a": MAIL}, "[EMAIL]")


async def test_an_exempt_tool_is_left_alone() -> None:
    tools = Tools(MAIL)
    result = await call(tools, {"a": MAIL}, pii=PII(exempt=["keep"]))
    assert (tools.seen, result.text) == ({"a": MAIL}, MAIL)


async def test_long_texts_are_masked_as_short_ones() -> None:
    tools = Tools("x " * 50_000 + MAIL)
    result = await call(tools, {"a": "y " * 50_000 + MAIL})
    assert tools.seen["a"].endswith("y [EMAIL]")
    assert result.text.endswith("x [EMAIL]")


async def test_the_trace_counts_and_never_quotes() -> None:
    async with Host([PII(), Tools(f"{MAIL} {MAIL}")]) as host:
        context = Context()
        await host.call("keep", {"a": MAIL}, context)
    assert [(note.layer, note.text, note.decision, note.counts) for note in context.notes] == [
        ("pii", "masked 1 EMAIL in arguments", "masked", {"EMAIL": 1}),
        ("pii", "masked 2 EMAIL in result", "masked", {"EMAIL": 2}),
    ]


async def test_nesting_too_deep_to_look_at_is_refused() -> None:
    deep: Any = MAIL
    for _ in range(500):
        deep = [deep]
    with pytest.raises(ToolError, match="nests? deeper"):
        await call(Tools(), {"a": deep})


async def test_json_in_json_in_text_does_not_hide_anything_or_overflow() -> None:
    tools = Tools()
    inner = json.dumps({"mail": MAIL})
    await call(tools, {"a": "[" * 90 + json.dumps(inner) + "]" * 90, "b": "[" * 5_000 + f'"{MAIL}"' + "]" * 5_000})
    assert MAIL not in json.dumps(tools.seen)


def test_settings_that_change_answers_change_the_policy() -> None:
    alike = [PII(), PII(actions={"EMAIL": "mask"}), PII(exempt=["keep"])]
    other = [PII(types=["EMAIL"]), PII(actions={"*": "drop"}), PII(regions=["US"]), PII(directions=["results"])]
    keyed = [PII(actions={"*": "hash"}, hash_key=SecretStr(key)) for key in "ab"]
    assert len({pii.policy for pii in alike}) == 1
    assert len({pii.policy for pii in [PII(), *other, *keyed]}) == 7


def test_explain_says_what_would_be_done() -> None:
    tool = Tools().tools()[0]
    pii = PII(actions={"IP": "refuse"})
    masked = pii.explain(ToolCall(tool, {"prompt": MAIL}))
    assert (masked.text, masked.call and masked.call.arguments) == (
        "would mask 1 EMAIL in prompt",
        {"prompt": "[EMAIL]"},
    )
    refused = pii.explain(ToolCall(tool, {"prompt": "10.0.0.1"}))
    assert (refused.text, refused.ends) == ("would refuse: IP in prompt", True)
    assert str(pii.explain(ToolCall(tool, {"prompt": "hello"}))) == "nothing personal in the arguments"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"types": ["EMIAL"]}, "'EMIAL' is no type of personal data; allowed are API_KEY, EMAIL"),
        (
            {"actions": {"EMAIL": "burn"}},
            "'burn' is no action; allowed are mask, partial, hash, drop, placeholder, refuse, pass",
        ),
        ({"actions": {"EMAIL": {"results": "burn"}}}, "'burn' is no action"),
        ({"actions": {"EMAIL": {"answers": "mask"}}}, "'answers' is no direction; allowed are arguments, results"),
        ({"actions": {"MAIL": "mask"}}, "'MAIL' is no type"),
        ({"directions": ["both"]}, "'both' is no direction; allowed are arguments, results"),
        ({"regions": ["Germany"]}, "'Germany' is no region"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PII(**setting)


async def test_what_is_nobodys_passes_and_nothing_like_it() -> None:
    tools = Tools(f"write to Info@Example.com or {MAIL}; see http://192.168.1.5:8765/ and http://192.168.1.50:8765/")
    pii = PII(allowed=["info@example.com", "192.168.1.5"])
    result = await call(tools, {"to": f"info@example.com, {MAIL}"}, pii=pii)
    assert tools.seen == {"to": "info@example.com, [EMAIL]"}
    assert result.text == "write to Info@Example.com or [EMAIL]; see http://192.168.1.5:8765/ and http://[IP]:8765/"
