from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from toolpost.testing import ERAS, connect

TOOLPOST = [sys.executable, "-m", "toolpost"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_reads_writes_and_keeps_what_it_found(serving, era):
    async with serving() as host, connect(host, era=era) as client:
        await client.call_tool("create_table", {"query": "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)"})
        await client.call_tool("write_query", {"query": "INSERT INTO items (name) VALUES ('cup'), ('pan')"})
        found = await client.call_tool("read_query", {"query": "SELECT name FROM items ORDER BY id"})
        await client.call_tool("append_insight", {"insight": "cups before pans"})
        memo = await client.read_resource("memo://insights")
        wrong = await client.call_tool("read_query", {"query": "SELECT name FROM item"})
    assert found.structured_content["rows"] == [["cup"], ["pan"]]
    assert "cups before pans" in memo.contents[0].text
    assert wrong.is_error
    assert "did you mean 'items'" in wrong.content[0].text


async def test_clients_see_the_hints_of_each_tool(serving):
    async with serving() as host, connect(host) as client:
        hints = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
    assert hints["read_query"].read_only_hint
    assert hints["write_query"].destructive_hint
    assert hints["create_table"].destructive_hint is False


def call(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TOOLPOST, "call", *words], capture_output=True, text=True, check=False, timeout=60)


def test_the_command_line_asks_the_database(shop):
    Path("config.toml").write_text(f"[plugins.validation]\n[plugins.sqlite]\ndatabase = {json.dumps(str(shop))}\n")
    done = call("read_query", "query=SELECT name FROM customers WHERE id = ?", "parameters=[2]")
    assert (done.returncode, done.stdout) == (0, "name: Ben\n\n1 row.\n")
    done = call("read_query", "query=DELETE FROM customers")
    assert "write_query changes rows" in done.stderr


def test_without_a_database_the_operator_reads_what_to_set():
    Path("config.toml").write_text("[plugins.sqlite]\n")
    done = subprocess.run([*TOOLPOST, "config", "check"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "database" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "level", "said"),
    [("shop.db", "note", "shop.db is not there yet; create_table makes it"), ("none/shop.db", "look", "is no folder")],
)
def test_the_doctor_tells_of_a_file_that_is_not_there(path, level, said):
    Path("config.toml").write_text(f"[plugins.validation]\n[plugins.sqlite]\ndatabase = {json.dumps(path)}\n")
    done = subprocess.run([*TOOLPOST, "doctor"], capture_output=True, text=True, check=False, timeout=60)
    assert any(line.split()[0] == level and said in line for line in done.stdout.splitlines() if line.strip())


async def test_people_read_what_each_tool_is_for(serving):
    async with serving() as host:
        assert {tool.name: tool.title for tool in host.tools.values()} == {
            "read_query": "Read from the database",
            "list_tables": "List the tables",
            "describe_table": "Describe a table",
            "append_insight": "Keep an insight",
            "write_query": "Change the database",
            "create_table": "Create a table",
        }
