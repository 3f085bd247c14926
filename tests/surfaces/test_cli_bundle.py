from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uv
from click.testing import CliRunner, Result
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from toolpost.bundling.launch import settle
from toolpost.cli import toolpost

# Of toolpost's own distributions only: each is built into a wheel, and two is enough.
SMALL = "[plugins.trace]\n[plugins.ledger]\n[plugins.validation]\n[plugins.cache]\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, list(words))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def bundled(small: Path, tmp_path: Path) -> Path:
    result = run("--config", str(small), "bundle", "--output", str(tmp_path / "t.mcpb"))
    assert result.exit_code == 0, result.output
    return tmp_path / "t.mcpb"


def read(path: Path, name: str) -> Any:
    return json.loads(zipfile.ZipFile(path).read(name))


def test_it_holds_the_configuration_and_what_is_on_no_index(bundled: Path):
    names = zipfile.ZipFile(bundled).namelist()
    assert names == sorted(names)
    assert {"manifest.json", "pyproject.toml", "config.toml", "server/main.py", "icon.png"} < set(names)
    assert {Path(name).name.partition("-")[0] for name in names if name.endswith(".whl")} == {
        "toolpost",
        "toolpost_cache",
    }
    assert zipfile.ZipFile(bundled).read("config.toml").decode() == SMALL


def test_the_manifest_names_the_tools_and_asks_for_what_the_plugins_need(bundled: Path):
    manifest = read(bundled, "manifest.json")
    assert {"cache_stats", "list_jobs"} <= {tool["name"] for tool in manifest["tools"]}
    assert all(tool["description"].endswith(".") for tool in manifest["tools"])
    assert list(manifest["user_config"]) == ["daily_budget"]
    assert manifest["privacy_policies"] == []


def test_equal_parts_give_equal_bytes(bundled: Path, small: Path, tmp_path: Path):
    again = tmp_path / "again" / "t.mcpb"
    assert run("--config", str(small), "bundle", "--output", str(again)).exit_code == 0
    assert again.read_bytes() == bundled.read_bytes()


def test_a_plugin_can_be_added(small: Path, tmp_path: Path):
    result = run("--config", str(small), "bundle", "--output", "t.mcpb", "--plugin", "retry", "--json")
    assert json.loads(result.stdout)["plugins"][-1] == "retry"
    assert zipfile.ZipFile("t.mcpb").read("config.toml").decode().endswith("\n\n[plugins.retry]\n")


def test_it_says_which_enabled_plugins_are_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Path
) -> None:
    shipped = tmp_path / "shipped.toml"
    shipped.write_text("[plugins.trace]\n")
    monkeypatch.setattr("toolpost.bundling.configuration.shipped_file", lambda: shipped)
    Path("config.toml").write_text("[plugins.trace]\n[plugins.ledger]\n[plugins.cache]\n[plugins.gone]\n")
    assert "not in it: ledger, cache; add --plugin NAME\n" in run("bundle").stdout
    assert "not in it: cache; add --plugin NAME\n" in run("bundle", "--plugin", "ledger").stdout
    assert json.loads(run("bundle", "--json").stdout)["plugins"] == ["trace"]
    assert "not in it" not in run("--config", str(small), "bundle").stdout


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ('[plugins.openai]\napi_key = "sk-very-private"\n', (), "'api_key' of 'openai' is a secret"),
        ('[http]\nstate_keys = ["0123456789abcdef0123456789abcdef"]\n[plugins.trace]\n', (), "'state_keys' of 'http'"),
        (SMALL, ("--plugin", "retri"), "did you mean 'retry'?"),
        (f"{SMALL}[plugins.retry]\nenabled = false\n", ("--plugin", "retry"), "plugin 'retry' rests"),
    ],
)
def test_what_should_not_leave_the_house_stays_in_it(tmp_path: Path, text: str, words: tuple[str, ...], why: str):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    result = run("--config", str(path), "bundle", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr
    assert "private" not in result.stderr
    assert "abcdef" not in result.stderr
    assert not Path("toolpost.mcpb").exists()


def test_a_variable_may_hold_a_secret(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text('[plugins.openai]\napi_key = "${OPENAI_API_KEY:-}"\n')
    result = run("--config", str(path), "bundle")
    assert result.exit_code == 0, result.output
    manifest = read(Path("toolpost.mcpb"), "manifest.json")
    assert manifest["user_config"]["openai_api_key"]["sensitive"] is True
    assert manifest["server"]["mcp_config"]["env"]["OPENAI_API_KEY"] == "${user_config.openai_api_key}"
    assert manifest["privacy_policies"] == ["https://openai.com/policies/privacy-policy/"]


def test_what_was_not_filled_in_is_not_set():
    environ = {
        "TOOLPOST_BUNDLE_VARIABLES": "A B C D",
        "A": "",
        "B": "${user_config.b}",
        "C": "0",
        "D": "sk-1",
        "E": "",
    }
    settle(environ, ["${user_config.picture_folders}", "", '/home/ann/my "pictures"'])
    assert environ == {"D": "sk-1", "E": "", "TOOLPOST__PICTURES__FOLDERS": '["/home/ann/my \\"pictures\\""]'}


@pytest.mark.slow
def test_the_format_s_own_tool_takes_it(bundled: Path, npm: Callable[[str], Path], tmp_path: Path):
    mcpb = npm("@anthropic-ai/mcpb") / "mcpb"
    for words in (["unpack", bundled, tmp_path / "out"], ["validate", tmp_path / "out/manifest.json"],
                  ["pack", tmp_path / "out", tmp_path / "again.mcpb"], ["info", bundled]):  # fmt: skip
        done = subprocess.run([mcpb, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ERROR" not in done.stdout + done.stderr
    assert set(zipfile.ZipFile(tmp_path / "again.mcpb").namelist()) == set(zipfile.ZipFile(bundled).namelist())


@pytest.mark.slow
async def test_it_serves_where_it_was_unpacked(bundled: Path, tmp_path: Path):
    folder = tmp_path / "installed with spaces"
    zipfile.ZipFile(bundled).extractall(folder)
    environ = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME") or name[:3] in ("UV_", "SSL")
    }
    command = [uv.find_uv_bin(), "run", "--python", sys.executable, "--directory", str(folder)]
    synced = subprocess.run(
        [*command[:2], *command[2:], "true"], env=environ, capture_output=True, text=True, check=False
    )
    if synced.returncode:
        pytest.skip(f"uv cannot fetch what it takes: {synced.stderr.strip()[-300:]}")
    asked = read(bundled, "manifest.json")["server"]["mcp_config"]["env"]
    given = {**environ, **asked, "TOOLPOST_HOME": str(tmp_path / "home")}
    server = StdioServerParameters(command=command[0], args=[*command[1:], "server/main.py"], env=given)
    async with Client(stdio_client(server)) as client:
        assert "cache_stats" in [tool.name for tool in (await client.list_tools()).tools]
        assert not (await client.call_tool("cache_stats", {})).is_error
