"""What would happen to a call is told in order, from the settings in effect, and nothing happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolpost import CallNext, Context, Host, Prompt, Refused, Resource, Tool, ToolCall, ToolResult, hookimpl
from toolpost.config.environment import Variables
from toolpost.config.load import Config, read
from toolpost.config.locate import shipped_file
from toolpost.explain import account, target
from toolpost.middleware.pii import PII
from toolpost.middleware.policy import Policy, Rule
from toolpost.middleware.retry import Retry
from toolpost.middleware.timeout import Timeout
from toolpost.middleware.trace import Trace
from toolpost.middleware.validation import Validation
from toolpost.tools.intention import Intention


@dataclass
class Counting:
    """Counts its calls."""

    calls: int = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.count, billable=True, cacheable=True)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("count://{text}", self.count)]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.count)]

    async def count(self, text: str) -> str:
        """Count."""
        self.calls += 1
        return text


@dataclass
class Layer:
    """A layer with whatever explanation."""

    says: Any = None
    asked: list[ToolCall] = field(default_factory=list)

    @hookimpl
    def middleware(self) -> Any:
        return self

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        return await call_next(call)

    def explain(self, call: ToolCall) -> Any:
        self.asked.append(call)
        return self.says(call) if callable(self.says) else self.says


def config(text: str = "", tmp_path: Path | None = None) -> Config:
    if tmp_path is None:
        return read(shipped_file(), Variables({}))
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read(path, Variables({}))


def explained(text: str = "x", **layers: Any) -> dict[str, Any]:
    host = Host({**layers, "counting": Counting()})
    return account(host, config(), ToolCall(host.tools["count"], {"text": text}))


@given(text=st.text(), arguments=st.dictionaries(st.text(max_size=5), st.none() | st.text() | st.integers()))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_called(text: str, arguments: dict[str, Any]):
    counting = Counting()
    policy = Policy([Rule("confirm", tools=("zz",)), Rule("allow", rate="1/hour")])
    layers = {"policy": policy, "pii": PII(), "validation": Validation(), "timeout": Timeout(), "retry": Retry()}
    host, bare = Host({"trace": Trace(), **layers, "counting": counting}), replace(config(), plugins={})
    for tool in (host.tools["count"], host.resources[0].tool, host.prompts["count"].tool):
        call = ToolCall(tool, {"text": text, **arguments})
        assert account(host, bare, call) == account(host, bare, call)
    assert counting.calls == 0
    assert call.context.notes == []


def test_a_layer_is_asked_about_the_call_that_it_would_get():
    inner = Layer("fine")
    outer = Layer(lambda call: Intention("would change it", replace(call, arguments={"text": "[EMAIL]"})))
    explained("ann@example.com", outer=outer, inner=inner)
    assert inner.asked[0].arguments == {"text": "[EMAIL]"}


def test_what_stands_behind_a_refusal_is_not_reached():
    found = explained(outer=Layer("would refuse: no"), inner=Layer("fine"))
    assert [(layer["name"], layer["reached"]) for layer in found["layers"]] == [("outer", True), ("inner", False)]
    assert found["reached"] is False


def test_what_stands_behind_an_answer_from_memory_is_not_reached():
    found = explained(outer=Layer(Intention("would answer", ends=True)), inner=Layer("fine"))
    assert [layer["reached"] for layer in found["layers"]] == [True, False]


def test_a_layer_that_fails_to_explain_spoils_nothing():
    def crash(call: ToolCall) -> str:
        raise SystemExit("ann@example.com")

    def refuse(call: ToolCall) -> str:
        raise Refused("not on Sundays")

    async def plain(call: ToolCall, call_next: CallNext) -> ToolResult:
        return await call_next(call)

    class Silent:
        @hookimpl
        def middleware(self) -> Any:
            return plain

    found = explained(silent=Silent(), crash=Layer(crash), refuse=Layer(refuse))
    assert [layer["would"] for layer in found["layers"]] == [
        "does not say what it would do",
        "cannot say what it would do: SystemExit",
        "would refuse: not on Sundays",
    ]


def test_the_rule_that_decides_has_its_line(tmp_path: Path):
    text = """[plugins.policy]
[[plugins.policy.rules]]
do = "deny"
principals = ["bob"]
[[plugins.policy.rules]]
do = "allow"
tools = ["count"]
"""
    policy = Policy([Rule("deny", principals=("bob",)), Rule("allow", tools=("count",))])
    host = Host({"policy": policy, "counting": Counting()})
    for who, line, shown in (("bob", 2, False), ("ann", 5, True)):
        call = ToolCall(host.tools["count"], {"text": "x"}, Context(principal=who))
        found = account(host, config(text, tmp_path), call)
        assert found["layers"][0]["because"] == f"{tmp_path / 'config.toml'}:{line}"
        assert (found["shown"], found["reached"]) == (shown, shown)


def test_every_setting_is_told_with_its_origin_and_defaults_are_called_so(tmp_path: Path):
    host = Host({"retry": Retry(attempts=2), "counting": Counting()})
    settings = config("[plugins.retry]\nattempts = 2\n", tmp_path)
    (layer,) = account(host, settings, ToolCall(host.tools["count"], {"text": "x"}))["layers"]
    origins = {setting["key"]: (setting["value"], setting["origin"]) for setting in layer["settings"]}
    assert origins["attempts"] == (2, f"{tmp_path / 'config.toml'}:2")
    assert origins["first_wait"] == (0.5, "default")


def test_resources_and_prompts_are_found_by_what_clients_call_them():
    host = Host({"counting": Counting()})
    assert target(host, "count://seven", "resource") == (host.resources[0].tool, {"text": "seven"})
    assert target(host, "count", "prompt") == (host.prompts["count"].tool, {})
    assert target(host, "count") == (host.tools["count"], {})
    assert [target(host, "nothing", kind) for kind in ("tool", "resource", "prompt")] == [None] * 3
