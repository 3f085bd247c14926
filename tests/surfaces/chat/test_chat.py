"""`/chat` as clients see it: answers whole and as events, whose sessions are whose, and who is asked."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from talking import PATIENCE, PIXEL, Reader, Talked, last_of, talked, until

from toolpost.testing import OpenAIServer
from toolpost.testing.openai import call_tool, fail, hang, say


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def standing(provider: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talked]:
    with talked(tmp_path_factory.mktemp("chat"), provider.base_url) as talk:
        yield talk


@pytest.fixture
def talk(provider: OpenAIServer, standing: Talked) -> Talked:
    provider.replies.clear()
    provider.requests.clear()
    provider.left.clear()
    provider.answer = None
    return standing


@pytest.fixture
def asked(provider: OpenAIServer, talk: Talked):
    """The last request to the model."""
    return lambda: provider.requests[-1].body


def test_a_message_is_answered(talk: Talked):
    reply = talk.say("hello")
    assert reply.status == 200
    assert reply.json["response"] == "Hello, world."
    assert re.fullmatch(r"[\w-]{32}", reply.json["session_id"])
    assert reply.json["usage"]["total_tokens"] > 0
    assert reply.json["finish_reason"] == "stop"


def test_what_tools_did_is_told(talk: Talked, provider: OpenAIServer):
    provider.replies += [call_tool("look_up", word="blue"), say("Seven.")]
    reply = talk.say("blue?").json
    assert [(used["tool"], used["text"]) for used in reply["tools"]] == [("look_up", "blue means seven")]
    assert reply["response"] == "Seven."


@pytest.mark.parametrize("ask", [{"stream": True}, {"headers": True}])
def test_an_answer_comes_as_events(talk: Talked, provider: OpenAIServer, ask):
    provider.replies += [call_tool("look_up", text="Let me see.", word="blue"), say("Se", "ven.")]
    if "stream" in ask:
        reply = talk.say("blue?", stream=True)
    else:
        reply = talk.ask("POST", "/chat", {"message": "blue?"}, accept="text/event-stream")
    # Pieces that come together may be told as one.
    names = [name for name, _ in groupby(name for name, _ in reply.events)]
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert names == ["session", "text", "tool_began", "tool_ended", "text", "done"]
    done = reply.told("done")[0]
    assert done["response"] == "".join(told["text"] for told in reply.told("text")) == "Let me see.\n\nSeven."
    assert done["session_id"] == reply.told("session")[0]["session_id"]


def test_progress_of_a_tool_is_told(talk: Talked, provider: OpenAIServer):
    provider.replies += [call_tool("wait", seconds=0), say("Waited.")]
    reply = talk.say("wait", stream=True)
    assert reply.told("tool_advanced") == [{"id": "call_wait", "done": 1.0, "total": 4.0, "message": "a quarter"}]


def test_a_failure_in_a_stream_is_its_last_event(talk: Talked, provider: OpenAIServer):
    provider.replies += [fail(400, "no such thing")]
    reply = talk.say("hello", stream=True)
    assert [name for name, _ in reply.events] == ["session", "error"]
    assert reply.told("error")[0]["message"]
    (turn,) = talk.transcript(reply.told("session")[0]["session_id"])["turns"]
    assert turn["state"] == "failed"


def test_sessions_are_their_callers_alone(talk: Talked):
    mine = talk.begin()
    other = "x" * 32
    for method, path, body in [
        ("GET", "/chat/sessions/{}", b""),
        ("DELETE", "/chat/sessions/{}", b""),
        ("PATCH", "/chat/sessions/{}", {"title": "mine"}),
        ("GET", "/chat/sessions/{}/pictures/" + "0" * 64, b""),
    ]:
        foreign = talk.ask(method, path.format(mine), body, "bob")
        unknown = talk.ask(method, path.format(other), body, "bob")
        assert foreign.status == unknown.status == 404
        assert foreign.json["error"]["message"] == unknown.json["error"]["message"]
    for stream in (False, True):
        foreign, unknown = (talk.say("hello", id, "bob", stream=stream) for id in (mine, other))
        assert foreign.status == unknown.status == 404
        assert foreign.json["error"]["message"] == unknown.json["error"]["message"]
    assert talk.get("/chat/sessions", "bob").json == {"sessions": []}
    assert len(talk.transcript(mine)["turns"]) == 1


@pytest.mark.parametrize("path", ["/chat/sessions", "/chat/sessions/x"])
def test_nobody_gets_nothing(talk: Talked, path: str):
    assert talk.get(path, None).status == 401
    assert talk.ask("POST", "/chat", {"message": "hello"}, None).status == 401


@pytest.mark.parametrize("id", ["mine", "", "../../x", "a" * 5000, "\u0000", "%00", "é", "\ud800"])
def test_an_invented_id_is_never_adopted(talk: Talked, id: str):
    reply = talk.ask("POST", "/chat", {"message": "hello", "session_id": id})
    assert reply.status in (404, 422)
    assert "session_id" not in reply.json


def test_sessions_are_listed_renamed_and_deleted(talk: Talked):
    id = talk.begin("the first words")
    listed = talk.get("/chat/sessions").json["sessions"]
    assert listed[0]["title"] == "the first words"
    assert talk.ask("PATCH", f"/chat/sessions/{id}", {"title": "others"}).json["title"] == "others"
    assert talk.transcript(id)["title"] == "others"
    assert talk.ask("DELETE", f"/chat/sessions/{id}").status == 204
    assert talk.get(f"/chat/sessions/{id}").status == 404
    assert id not in talk.get("/chat/sessions").body.decode()


def test_only_the_tools_that_are_named_are_offered(talk: Talked, asked):
    talk.say("hello", tools=["look_up", "fail"])
    assert {tool["function"]["name"] for tool in asked()["tools"]} == {"look_up", "fail"}
    talk.say("hello", tools=[])
    assert not asked().get("tools")


def test_a_picture_goes_to_the_model_and_comes_back_as_it_was(talk: Talked, asked):
    url = f"data:image/png;base64,{b64encode(PIXEL).decode()}"
    reply = talk.say([{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": {"url": url}}])
    assert asked()["messages"][-1]["content"][1]["image_url"]["url"] == url
    (turn,) = talk.transcript(reply.json["session_id"])["turns"]
    picture = talk.get(turn["pictures"][0])
    assert picture.body == PIXEL
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert talk.get(turn["pictures"][0], "bob").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": 5},
        {"message": "x", "unknown": 1},
        {"message": "\ud800"},
        {"message": [{"type": "image_url"}]},
        {"message": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
        {"message": [5]},
        {"message": [{"type": "text"}]},
        {"message": [{"type": "strange", "x": 1}]},
        {"message": [{"type": "image_url", "image_url": {"url": "https://x/\ud800"}}]},
        {"message": [{"type": "image_url", "image_url": {"url": "https://x/", "detail": "highest"}}]},
        {"message": [{"type": "text", "text": "x"}] * 101},
    ],
)
def test_what_is_no_message_is_refused(talk: Talked, provider: OpenAIServer, body):
    assert talk.ask("POST", "/chat", body).status == 422
    assert not provider.requests


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"msg": "hello"}, "unknown field 'msg'; did you mean 'message'?"),
        ({"message": "hello", "sesion_id": "x"}, "unknown field 'sesion_id'; did you mean 'session_id'?"),
        ({"message": 5}, "message: a text, or a list of parts"),
        ({"message": [{"type": "text", "text": "x"}] * 101}, "a message has at most 100 parts"),
        ({"message": "\ud800"}, "lone surrogate"),
    ],
)
def test_what_is_wrong_with_a_message_is_said_so_that_it_can_be_mended(talk: Talked, body, said: str):
    reply = talk.ask("POST", "/chat", body)
    assert (reply.status, reply.json["error"]["type"]) == (422, "invalid_request_error")
    assert said in reply.json["error"]["message"]
    assert "value error" not in reply.json["error"]["message"].lower()


@pytest.mark.parametrize(
    ("ask", "status", "kind"),
    [
        ({"message": "hello", "session_id": "x" * 32}, 404, "invalid_request_error"),
        ({"message": ""}, 422, "invalid_request_error"),
    ],
)
def test_errors_are_of_the_kinds_of_openais_api(talk: Talked, ask, status: int, kind: str):
    for stream in (False, True):
        reply = talk.ask("POST", "/chat", {**ask, "stream": stream})
        assert (reply.status, reply.json["error"]["type"]) == (status, kind)
    for path in ("/chat/sessions/" + "x" * 32, "/chat/sessions/" + "x" * 32 + "/pictures/" + "0" * 64):
        assert talk.get(path).json["error"]["type"] == "invalid_request_error"
    unasked = talk.ask("POST", "/chat/approvals/x", {"approve": True})
    assert (unasked.status, unasked.json["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(
    ("status", "told", "kind", "after"),
    [(429, 429, "rate_limit_error", "7"), (503, 503, "server_error", "7"), (400, 422, "invalid_request_error", None)],
)
def test_a_limit_is_told_as_by_openais_api(talk: Talked, provider: OpenAIServer, status, told, kind, after):
    refused = fail(status, "not now", retry_after=float(after) if after else None)
    provider.replies += [refused] * 2
    reply = talk.say("hello")
    assert (reply.status, reply.json["error"]["type"]) == (told, kind)
    assert reply.headers.get("retry-after") == after
    (error,) = talk.say("hello", stream=True).told("error")
    assert (error["type"], error["retry_after"]) == (kind, float(after) if after else None)


def test_a_message_that_is_none_begins_no_session(talk: Talked, provider: OpenAIServer, tmp_path: Path):
    with talked(tmp_path, provider.base_url, "sessions = 2") as talk:
        for message in ("", " ", [], [{"type": "image_url", "image_url": {"url": "file:///x"}}]) * 2:
            assert talk.say(message, stream=True).status == 422
        assert talk.say("hello").status == 200
        assert talk.say("hello", stream=True).told("done")


def test_a_blank_title_is_refused(talk: Talked):
    id = talk.begin("the first words")
    for title in ("", "  ", "\u200b", "\u0000"):
        reply = talk.ask("PATCH", f"/chat/sessions/{id}", {"title": title})
        assert (reply.status, reply.json["error"]["type"]) == (422, "invalid_request_error")
    assert talk.transcript(id)["title"] == "the first words"


def test_an_answer_stays_until_there_is_another(talk: Talked, provider: OpenAIServer):
    provider.replies += [say("good"), fail(400, "no such thing")]
    id = talk.begin()
    assert talk.ask("POST", "/chat", {"session_id": id, "regenerate": True}).status == 422
    assert [turn["response"] for turn in talk.transcript(id)["turns"]] == ["good"]


def test_a_person_is_asked_and_says_yes(talk: Talked, provider: OpenAIServer):
    provider.replies += [call_tool("tear_down", house="barn"), say("It is gone.")]
    reader = Reader(talk, {"message": "tear it down", "stream": True})
    question = reader.until("approval")
    assert question["tool"] == "tear_down"
    assert json.loads(str(question["arguments"])) == {"house": "barn"}
    place = f"/chat/approvals/{question['id']}"
    assert talk.ask("POST", place, {"approve": True}, "bob").status == 404
    assert talk.ask("POST", "/chat/approvals/other", {"approve": True}).status == 404
    assert talk.ask("POST", place, {"approve": "yes"}).status == 422
    assert talk.ask("POST", place, {"approve": True}).status == 204
    assert reader.until("tool_ended")["text"] == "barn is gone"
    assert reader.until("done")["response"] == "It is gone."
    assert talk.ask("POST", place, {"approve": True}).status == 404


def test_a_person_says_no(talk: Talked, provider: OpenAIServer, asked):
    provider.replies += [call_tool("tear_down", house="barn"), say("As you wish.")]
    reader = Reader(talk, {"message": "tear it down", "stream": True})
    talk.ask("POST", f"/chat/approvals/{reader.until('approval')['id']}", {"approve": False})
    assert reader.until("done")["response"] == "As you wish."
    assert "said no" in str(asked()["messages"][-1])


def test_nobody_is_asked_where_nobody_listens(talk: Talked, provider: OpenAIServer, asked):
    provider.replies += [call_tool("tear_down", house="barn"), say("I may not.")]
    assert talk.say("tear it down").json["response"] == "I may not."
    assert "nobody can be asked" in str(asked()["messages"][-1])


def test_a_client_that_leaves_ends_its_turn(talk: Talked, provider: OpenAIServer):
    provider.replies += [hang(say("half an", " answer"), after=2)]
    reader = Reader(talk, {"message": "hello", "stream": True})
    id = str(reader.until("session")["session_id"])
    reader.until("text")
    reader.leave()
    assert provider.left.wait(PATIENCE)
    until(lambda: not talk.transcript(id)["answering"])
    (turn,) = talk.transcript(id)["turns"]
    assert turn["state"] == "stopped"
    assert turn["response"].startswith("half an")
    assert talk.say("go on", id).json["response"] == "Hello, world."


def test_the_last_message_is_answered_anew(talk: Talked, provider: OpenAIServer):
    provider.replies += [say("bad"), say("better")]
    id = talk.begin()
    assert talk.ask("POST", "/chat", {"session_id": id, "regenerate": True}).json["response"] == "better"
    assert [turn["response"] for turn in talk.transcript(id)["turns"]] == ["better"]


def test_messages_at_once_are_answered_in_a_line(talk: Talked, provider: OpenAIServer):
    provider.answer = lambda request: say("echo ", last_of(request.body))(request) if request.body else None
    id = talk.begin()
    threads = [threading.Thread(target=talk.say, args=(f"m{number}", id)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = talk.transcript(id)["turns"]
    assert sorted(turn["message"] for turn in turns) == sorted(["hello", *(f"m{number}" for number in range(6))])
    assert all(turn["response"] == f"echo {turn['message']}" for turn in turns)


def test_the_front_is_a_page_or_links(talk: Talked):
    links = talk.get("/", None).json
    assert links["name"] == "toolpost"
    assert {"Chat", "OpenAI API", "MCP", "Health", "Routes"} <= set(links["links"])
    for name, path in links["links"].items():
        assert name == "MCP" or talk.get(path).status == 200
    page = talk.get("/", None, accept="text/html,*/*;q=0.8")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "accept"
    assert page.body == talk.get("/chat", None).body


def test_foreign_names_and_pages_are_turned_away(talk: Talked):
    for path in ("/chat", "/chat/sessions", "/"):
        assert talk.get(path, host="evil.example").status == 421
        assert talk.get(path, origin="https://evil.example").status == 403


@pytest.mark.slow
def test_two_hundred_clients_that_leave_leave_nothing_behind(talk: Talked, provider: OpenAIServer):
    def leave() -> None:
        provider.left.clear()
        provider.replies += [hang(say("half an", " answer"), after=2)]
        reader = Reader(talk, {"message": "hello", "stream": True})
        id = str(reader.until("session")["session_id"])
        reader.until("text")
        reader.leave()
        assert provider.left.wait(PATIENCE)
        until(lambda: not talk.transcript(id)["answering"])

    files = Path(f"/proc/{talk.server.process.pid}/fd")
    for _ in range(5):
        leave()
    before = len([*files.iterdir()])
    for _ in range(200):
        leave()
    until(lambda: len([*files.iterdir()]) <= before + 2)
    assert "Traceback" not in talk.server.stderr()


def test_the_document_says_how_it_is_used(talk: Talked):
    from openapi_spec_validator import validate

    document = talk.get("/openapi.json", None).json
    validate(document)
    post = document["paths"]["/chat"]["post"]
    assert set(post["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert {"/chat/sessions/{id}", "/chat/approvals/{id}"} <= set(document["paths"])
