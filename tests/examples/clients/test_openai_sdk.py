"""The examples that use OpenAI's SDK: the host's tools are used, and the answer is whole or an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from locked import node
from shop import CLIENTS, Shop

from toolpost.testing.openai import ToolUse, call_tool, call_tools, cut, fail, say

QUESTION = "Which tables does the database have?"
LONG = cut(say(*["It slept all day and all night. "] * 40), after=30)


def test_an_answer_comes_after_the_host_s_tools_were_used(shop: Shop):
    shop.provider.replies += [call_tool("list_tables"), say("There is one: ", "books.")]
    assert shop.says("ask.py", QUESTION) == "There is one: books.\n"
    assert shop.asked[0]["messages"][-1] == {"role": "user", "content": QUESTION}
    assert "books (table)" in shop.told[0]


def test_a_streamed_answer_tells_what_the_tools_do(shop: Shop):
    shop.provider.replies += [call_tool("list_tables", text="Let me see."), say("There is one: ", "books.")]
    done = shop.run("ask_streamed.py", QUESTION)
    assert (done.returncode, done.stdout) == (0, "Let me see.\n\nThere is one: books.\n")
    assert done.stderr == "· list_tables {}\n· list_tables done\n"
    assert "books (table)" in shop.told[0]


def test_functions_of_the_program_and_tools_of_the_host_mix(shop: Shop, tmp_path: Path):
    (tmp_path / "emma.txt").touch()
    both = call_tools(ToolUse("list_files", '{"folder": "."}', "call_1"), ToolUse("list_tables", "{}", "call_2"))
    shop.provider.replies += [both, say("A file and a table.")]
    assert shop.says(str(CLIENTS / "functions.py"), QUESTION, cwd=tmp_path) == "A file and a table.\n"
    offered = {tool["function"]["name"] for tool in shop.asked[0]["tools"]}
    assert {"list_files", "list_tables"} <= offered
    mine, theirs = shop.told
    assert mine == '["emma.txt"]'
    assert "books (table)" in theirs


def test_a_function_that_fails_answers_the_model(shop: Shop):
    shop.provider.replies += [call_tool("list_files", folder="/nowhere"), say("There is no such folder.")]
    assert shop.says("functions.py", QUESTION) == "There is no such folder.\n"
    assert "No such file" in shop.told[0]


@pytest.mark.parametrize("example", ["ask.py", "ask_streamed.py", "functions.py"])
def test_an_error_is_one_line_and_a_status(shop: Shop, example: str):
    shop.provider.replies.append(fail(401, "no such key"))
    done = shop.run(example, QUESTION)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_stream_that_breaks_is_no_answer(shop: Shop):
    shop.provider.replies.append(LONG)
    done = shop.run("ask_streamed.py", QUESTION)
    assert done.returncode == 1
    assert done.stdout.startswith("It slept")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.slow
def test_node_streams_an_answer_after_the_host_s_tools_were_used(shop: Shop, project: Path):
    shop.provider.replies += [call_tool("list_tables", text="Let me see."), say("There is one: ", "books.")]
    said = shop.says(str(node() / "bin" / "node"), "ask.mjs", QUESTION, cwd=project)
    assert said == "Let me see.\n\nThere is one: books.\n"
    assert "books (table)" in shop.told[0]


@pytest.mark.slow
def test_node_is_told_of_a_stream_that_breaks(shop: Shop, project: Path):
    shop.provider.replies.append(LONG)
    done = shop.run(str(node() / "bin" / "node"), "ask.mjs", QUESTION, cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith("It slept")
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
