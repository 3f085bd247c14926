"""The rules that every installed plugin keeps, ours and others."""

from __future__ import annotations

import re
import subprocess
import sys

import jsonschema_rs
import pytest

from toolpost import Folders, Host, Reader, Tool
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.config.locate import shipped_file
from toolpost.plugins.assemble import services
from toolpost.plugins.build import build
from toolpost.plugins.find import Found, installed

# Function names that OpenAI and Anthropic take are narrower than MCP's.
EVERYWHERE = re.compile(r"[A-Za-z0-9_-]{1,64}")
HEAVY = {"openai", "PIL", "fastapi", "httpx2", "tenacity", "phonenumbers", "re2", "jsonschema_rs", "xllamacpp", "rich"}
FOUND = [claims[0] for claims in installed().values()]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    config = read(shipped_file(), Variables({"TOOLPOST__CHAT__COMPATIBILITY": "true"}))
    return Host(build(config, services(Folders(tmp_path_factory.mktemp("home")), Reader())).plugins)


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.name)
def test_importing_a_plugin_is_quiet_and_light(found: Found):
    code = (
        "import sys, toolpost, toolpost.host, pydantic\n"
        f"import {found.entry_point.module}\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr.strip()) == ("", "[]")


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.name)
def test_a_plugin_says_what_it_is(found: Found):
    assert found.entry_point.load().__doc__
    assert found.summary.endswith(".")


def test_every_plugin_of_the_shipped_configuration_stands(host: Host):
    assert host.registry.broken == {}


def test_every_tool_has_a_name_that_all_clients_take(host: Host):
    assert [name for name in host.tools if not EVERYWHERE.fullmatch(name)] == []


def test_every_tool_and_parameter_is_described(host: Host):
    for tool in host.tools.values():
        assert tool.words, tool.name
        for name, schema in tool.input_schema.get("properties", {}).items():
            assert "description" in schema, f"{tool.name}.{name}"


def test_every_schema_is_one(host: Host):
    for tool in host.tools.values():
        jsonschema_rs.meta.validate(dict(tool.input_schema))
        if tool.output_schema is not None:
            jsonschema_rs.meta.validate(dict(tool.output_schema))


def test_every_layer_says_what_it_would_do(host: Host):
    from toolpost.explain import account
    from toolpost.tools.call import ToolCall

    config = read(shipped_file(), Variables({}))
    call = ToolCall(host.tools["chat"], {"prompt": "I am ann@example.com"})
    layers = account(host, config, call)["layers"]
    order = [
        "trace",
        "metrics",
        "limits",
        "pii",
        "injection",
        "validation",
        "size",
        "gallery",
        "cache",
        "ledger",
        "pausing",
        "timeout",
        "retry",
    ]
    assert [layer["name"] for layer in layers] == order
    assert all("does not say" not in layer["would"] for layer in layers)


def test_nothing_secret_shows_in_a_repr():
    config = read(shipped_file(), Variables({"OPENAI_API_KEY": "sk-canary-1234567890"}))
    plugins = build(config, services(Folders(), Reader())).plugins
    assert "canary" not in repr(plugins)


def test_tools_are_what_the_contract_says(host: Host):
    assert all(isinstance(tool, Tool) for tool in host.tools.values())
