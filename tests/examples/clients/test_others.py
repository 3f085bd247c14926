"""The examples that need no SDK of OpenAI: curl, `/chat` by the standard library, and MCP."""

from __future__ import annotations

import json
import shutil

import pytest
from shop import Shop

from toolpost.testing.openai import ToolUse, call_tool, call_tools, cut, fail, say

QUESTIONS = [
    "What is 6 times 7?",
    'Say "hi" \\ and \\n, \\"',
    "two\nlines\n\nand a\ttab",
    "Grüße, 你好, 🦊, שלום",
    "$HOME `id` %s & 'single' /slash",
    "a bell \a and \x1b[31mred",
]
curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@curl
@pytest.mark.parametrize("question", QUESTIONS)
def test_curl_asks_what_was_said(shop: Shop, question: str):
    shop.provider.replies += [say("One."), say("Two."), say("Three.")]
    printed = shop.says("ask.sh", question)
    title, completion, _, first, second = printed.splitlines()
    assert title == "# /v1/chat/completions"
    assert json.loads(completion)["choices"][0]["message"]["content"] == "One."
    assert [json.loads(one)["response"] for one in (first, second)] == ["Two.", "Three."]
    kept = "".join(letter for letter in question if letter in "\t\n" or letter.isprintable())
    assert shop.asked[0]["messages"][-1]["content"] == kept
    said = [message["content"] for message in shop.asked[2]["messages"] if message["role"] != "system"]
    assert said == [kept, "Two.", "Say that again, shorter."]


@curl
def test_curl_shows_an_error_and_fails(shop: Shop):
    shop.provider.replies.append(fail(401, "no such key"))
    done = shop.run("ask.sh", "Hello")
    assert done.returncode != 0
    assert "error" in json.loads(done.stdout.splitlines()[1])


def test_a_conversation_goes_on_in_its_session(shop: Shop):
    shop.provider.replies += [call_tool("list_tables"), say("One: ", "books."), say("Books, I said.")]
    done = shop.run("conversation.py", said="Which tables?\nWhat?\n\n")
    assert (done.returncode, done.stdout) == (0, "> One: books.\n> Books, I said.\n> ")
    assert done.stderr == "· list_tables {}\n"
    said = [message["content"] for message in shop.asked[2]["messages"] if message["role"] == "user"]
    assert said == ["Which tables?", "What?"]


@pytest.mark.parametrize("decision", ["y", "n"])
def test_a_conversation_asks_before_a_tool_changes_something(shop: Shop, decision: str):
    shop.provider.replies += [call_tool("write_query", query="insert into books values ('Persuasion')"), say("Well.")]
    done = shop.run("conversation.py", said=f"Add Persuasion.\n{decision}\n\n")
    assert done.returncode == 0, done.stderr
    assert "write_query" in done.stdout
    assert done.stdout.endswith("Well.\n> ")
    assert ("1 row" in shop.told[0]) == (decision == "y")


def test_a_conversation_says_when_an_answer_broke_off(shop: Shop):
    shop.provider.replies += [cut(say("It slept all day. " * 20, "And"), after=2), say("Here I am.")]
    done = shop.run("conversation.py", said="A story, please.\nHello?\n\n")
    assert done.returncode == 0, done.stderr
    assert "may have been carried out" in done.stdout
    assert done.stdout.endswith("> Here I am.\n> ")


def test_a_conversation_ends_with_its_input_and_without_a_server(shop: Shop):
    assert shop.says("conversation.py") == "> \n"
    done = shop.run("conversation.py", said="Hello\n", TOOLPOST_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "http://127.0.0.1:9 cannot be reached" in done.stderr


def test_tools_are_listed_and_called_over_mcp(shop: Shop):
    assert {"chat", "list_tables", "read_query"} <= set(shop.says("call.py").split())
    assert "Emma" in shop.says("call.py", "read_query", "query=select title from books where title = 'Emma'")
    shop.provider.replies.append(say("Paris."))
    assert "Paris." in shop.says("call.py", "chat", "prompt=What is the capital of France?", "temperature=0.5")


@pytest.mark.parametrize(
    "words", [("read_query", "query=select * from nothing"), ("read_query",), ("no_such_tool",)], ids=" ".join
)
def test_a_call_over_mcp_that_fails_is_a_sentence_and_a_status(shop: Shop, words: tuple[str, ...]):
    done = shop.run("call.py", *words)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr


def test_no_server_is_a_sentence_too(shop: Shop):
    done = shop.run("call.py", TOOLPOST_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_calls_side_by_side_are_all_shown(shop: Shop):
    both = call_tools(ToolUse("list_tables", "{}", "call_1"), ToolUse("list_tables", "{}", "call_2"))
    shop.provider.replies += [both, say("Two times one.")]
    done = shop.run("conversation.py", said="Which tables? Twice.\n\n")
    assert done.stderr == "· list_tables {}\n" * 2
