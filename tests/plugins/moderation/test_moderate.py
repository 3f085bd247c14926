"""`moderate` says what is wrong with a text or a picture, in one shape whatever the provider answers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from threading import Event

import anyio
import anyio.to_thread
import jsonschema_rs
import pytest

from toolpost import InvalidArguments, Refused, ToolError, Unavailable
from toolpost_openai.testing import cut, error, held

from .conftest import answer, result, waiting


async def test_a_flagged_text_is_told_with_its_categories_and_scores(provider, host):
    provider.replies.append(answer(result(violence=0.93, hate=0.71)))
    async with host(provider.base_url) as running:
        found = await running.call("moderate", {"text": "some words"})
        jsonschema_rs.validate(running.tools["moderate"].output_schema, found.structured)
    assert found.text == "Flagged: violence 0.93, hate 0.71."
    assert found.structured["flagged"] is True
    assert found.structured["categories"]["violence"] is True
    assert found.structured["scores"]["hate"] == 0.71
    assert found.structured["model"] == "omni-moderation-test"


async def test_a_harmless_text_is_not_flagged(provider, host):
    provider.replies.append(answer(result(violence=0.02)))
    async with host(provider.base_url) as running:
        found = await running.call("moderate", {"text": "some words"})
    assert found.text == "Not flagged; the highest score is violence 0.02."
    assert found.structured["flagged"] is False


async def test_the_model_is_asked_as_openai_wants_it(provider, host):
    provider.replies.append(answer(result()))
    async with host(provider.base_url) as running:
        await running.call("moderate", {"text": "some words"})
    assert provider.journal[0].path == "/v1/moderations"
    assert provider.journal[0].body == {
        "model": "omni-moderation-latest",
        "input": [{"type": "text", "text": "some words"}],
    }


async def test_a_text_and_a_picture_go_together(provider, host, url):
    provider.replies.append(answer(result()))
    async with host(provider.base_url) as running:
        await running.call("moderate", {"text": "some words", "image": url("red")})
    text, picture = provider.journal[0].body["input"]
    assert (text["type"], picture["type"]) == ("text", "image_url")
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_of_any_kind_alone_is_judged(censor, host, url, kind):
    async with host(censor.base_url) as running:
        bad = await running.call("moderate", {"image": url("red", kind)})
        good = await running.call("moderate", {"image": url("white", kind)})
    assert (bad.structured["flagged"], good.structured["flagged"]) == (True, False)


async def test_a_result_for_each_item_counts_by_the_worst(provider, host, url):
    provider.replies.append(answer(result(violence=0.1, hate=0.6), result(violence=0.8)))
    async with host(provider.base_url) as running:
        found = await running.call("moderate", {"text": "some words", "image": url("red")})
    assert found.text == "Flagged: violence 0.80, hate 0.60."


async def test_a_long_text_is_judged_in_pieces_and_by_the_worst(censor, host):
    async with host(censor.base_url) as running:
        found = await running.call("moderate", {"text": "word " * 5_000 + "kill" + " word" * 5_000})
    assert found.structured["flagged"] is True
    assert len(censor.asked) > 4
    assert max(map(len, censor.texts)) <= 10_000


async def test_more_text_than_is_ever_judged_is_refused_without_asking(censor, host):
    async with host(censor.base_url, max_characters=10) as running:
        with pytest.raises(InvalidArguments, match="longer than 10 characters"):
            await running.call("moderate", {"text": "some more words"})
    assert not censor.asked


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "neither given"),
        ({"text": " \n"}, "text: empty"),
        ({"image": ""}, "image"),
        ({"image": "data:image/png;base64,aGVsbG8="}, "."),
        ({"text": 5}, "text"),
    ],
)
async def test_wrong_arguments_are_named_and_nothing_is_asked(censor, host, arguments, words):
    async with host(censor.base_url) as running:
        with pytest.raises(InvalidArguments, match=words):
            await running.call("moderate", arguments)
    assert not censor.asked


async def test_without_a_provider_it_says_what_to_configure(host):
    async with host("") as running:
        with pytest.raises(Refused, match="OPENAI_API_KEY"):
            await running.call("moderate", {"text": "some words"})


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(400, "too many images"), InvalidArguments),
        (error(401, "bad key"), Refused),
        (error(404, "no such route"), Refused),
        (error(429, "slow down"), Unavailable),
        (error(500, "oops"), ToolError),
        (error(503, "busy"), Unavailable),
        (cut(), ToolError),
        (held(), ToolError),
    ],
)
async def test_a_failing_provider_is_one_error_and_is_asked_once(provider, host, reply, kind):
    provider.replies.append(reply)
    async with host(provider.base_url, timeout=0.3) as running:
        with pytest.raises(ToolError) as caught:
            await running.call("moderate", {"text": "some words"})
    assert type(caught.value) is kind
    assert len(provider.journal) == 1


async def test_a_provider_that_cannot_be_reached_is_unavailable(host):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        async with host(f"http://127.0.0.1:{unheard.getsockname()[1]}/v1") as running:
            with pytest.raises(Unavailable):
                await running.call("moderate", {"text": "some words"})


FINE = result()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"fine"',
        b"{}",
        b'{"results": []}',
        b'{"results": {}}',
        b'{"results": [5]}',
        json.dumps({"results": [FINE, FINE]}).encode(),
        json.dumps({"results": [FINE | {"flagged": "no"}]}).encode(),
        json.dumps({"results": [FINE | {"flagged": None}]}).encode(),
        json.dumps({"results": [FINE | {"categories": {"hate": 0}}]}).encode(),
        json.dumps({"results": [FINE | {"categories": {"a\nb": True}}]}).encode(),
        json.dumps({"results": [FINE | {"category_scores": {"hate": "0.1"}}]}).encode(),
        json.dumps({"results": [FINE | {"category_scores": {"hate": float("nan")}}]}).encode(),
        json.dumps({"results": [FINE | {"category_scores": {"hate": 7}}]}).encode(),
        json.dumps({"results": [FINE | {"category_scores": []}]}).encode(),
    ],
)
async def test_a_verdict_in_doubt_is_none(provider, host, body):
    provider.replies.append(lambda handler: handler.send(200, body))
    async with host(provider.base_url) as running:
        with pytest.raises(ToolError, match="malformed"):
            await running.call("moderate", {"text": "some words"})


async def test_categories_that_a_model_does_not_know_are_left_out(provider, host):
    unknown = FINE | {"categories": FINE["categories"] | {"illicit": None}}
    provider.replies.append(answer(unknown))
    async with host(provider.base_url) as running:
        found = await running.call("moderate", {"text": "some words"})
    assert "illicit" not in found.structured["categories"]


async def test_cancelling_hangs_up_on_the_provider(provider, host):
    arrived = Event()
    provider.replies.append(waiting(arrived))
    async with host(provider.base_url) as running, anyio.create_task_group() as tasks:
        tasks.start_soon(running.call, "moderate", {"text": "some words"})
        assert await anyio.to_thread.run_sync(arrived.wait, 10)
        tasks.cancel_scope.cancel()
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)


async def test_policies_can_see_that_it_costs_nothing(host):
    tool = host("").tools["moderate"]
    assert tool.read_only
    assert not tool.billable


def test_importing_it_imports_nothing_heavy():
    code = "import sys, toolpost_moderation; print({'openai', 'PIL', 'httpx2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
