"""`analyze_image` and `chat_with_image` show pictures to a model and give back its answer."""

from __future__ import annotations

import subprocess
import sys

import anyio
import anyio.to_thread
import jsonschema_rs
import pytest
from PIL import Image

from toolpost import Context, InvalidArguments, Refused, ToolError, Unavailable
from toolpost_openai.testing import chat_stream, chat_text, cut, error, held, response_text, stream

SKY = Image.new("RGB", (64, 32), (30, 80, 230))
USER = {"role": "user", "content": "And now?"}


@pytest.fixture
def sky(draw) -> str:
    return draw(SKY)


async def test_a_picture_is_shown_with_the_question_and_answered(provider, host, shown, sky):
    provider.replies.append(chat_stream("A blue", " sky."))
    async with host() as running:
        result = await running.call("analyze_image", {"image": sky, "prompt": "What is it?"})
    assert result.text == "A blue sky."
    [message] = provider.journal[-1].body["messages"]
    assert message["content"][-1] == {"type": "text", "text": "What is it?"}
    assert shown()[0].getpixel((0, 0)) == (30, 80, 230)


async def test_programs_get_the_same_form_as_from_chat(host, sky):
    async with host() as running:
        result = await running.call("analyze_image", {"image": sky})
        jsonschema_rs.validate(running.tools["analyze_image"].output_schema, result.structured)
    assert result.structured == {
        "answer": "Hello, world.",
        "model": "served-model",
        "provider": "127.0.0.1",
        "finish_reason": "stop",
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
        "notes": [],
    }


async def test_what_it_cost_is_told_to_the_ledger(host, sky):
    async with host() as running:
        result = await running.call("analyze_image", {"image": sky})
    assert result.meta["toolpost/usage"] == {"model": "served-model", "input_tokens": 3, "output_tokens": 4}


@pytest.mark.parametrize(("tool", "named"), [("analyze_image", {"image": ""}), ("chat_with_image", {})])
@pytest.mark.parametrize("serves", ["openai", "compatible"])
async def test_all_arguments_arrive(provider, host, sky, serves, tool, named):
    arguments = {"model": "gpt-5.4", "max_tokens": 50, "detail": "low"}
    arguments |= {"image": sky} if named else {"images": [sky], "messages": [USER]}
    async with host({"base_url": provider.base_url, "serves": serves}) as running:
        await running.call(tool, arguments)
    body = provider.journal[-1].body
    picture = (body.get("messages") or body["input"])[0]["content"][0]
    assert (body["model"], body.get("max_tokens") or body["max_output_tokens"]) == ("gpt-5.4", 50)
    assert (picture.get("detail") or picture["image_url"]["detail"]) == "low"


async def test_pictures_go_in_their_order_with_the_last_message_of_the_user(provider, host, shown, draw):
    colours = [(255, 0, 0), (0, 255, 0)]
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}, USER]
    images = [draw(Image.new("RGB", (8, 8), colour)) for colour in colours]
    async with host() as running:
        await running.call("chat_with_image", {"messages": talk, "images": images})
    sent = provider.journal[-1].body["messages"]
    assert sent[:2] == talk[:2]
    assert [part["type"] for part in sent[2]["content"]] == ["image_url", "image_url", "text"]
    assert [image.getpixel((0, 0)) for image in shown()] == colours


@pytest.mark.parametrize(("detail", "longest"), [("low", 512), ("auto", 2048), ("high", 2048), ("original", 3000)])
async def test_no_more_is_sent_than_the_detail_needs(host, shown, draw, detail, longest):
    async with host() as running:
        image = draw(Image.new("RGB", (3000, 1500)))
        result = await running.call("analyze_image", {"image": image, "detail": detail})
    assert shown()[0].size == (longest, longest // 2)
    assert bool(result.structured["notes"]) is (longest < 3000)


async def test_where_it_was_taken_is_not_sent(provider, host, shown, draw):
    exif = Image.Exif()
    exif[0x010F] = "CanaryCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 48.0)})
    async with host() as running:
        await running.call("analyze_image", {"image": draw(SKY, "JPEG", exif=exif), "detail": "original"})
    assert not shown()[0].getexif()
    assert shown()[0].size == SKY.size


async def test_of_an_animation_the_first_frame_is_sent_and_the_answer_says_so(host, shown, draw):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    image = draw(frames[0], "GIF", save_all=True, append_images=frames[1:])
    async with host() as running:
        result = await running.call("analyze_image", {"image": image})
    assert shown()[0].convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    assert "first frame" in result.structured["notes"][0]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
async def test_other_servers_get_a_format_that_all_can_read(host, shown, draw, mode, kind):
    glass = Image.new(mode, (64, 32), (30, 80, 230, 90)[: len(mode)])
    async with host() as running:
        await running.call("analyze_image", {"image": draw(glass, kind)})
    assert shown()[0].format in ("PNG", "JPEG")


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("analyze_image", {"image": "data:image/png;base64,aGVsbG8="}, "."),
        ("analyze_image", {"image": ""}, "image"),
        ("analyze_image", {"prompt": "What?"}, "image"),
        ("analyze_image", {"image": "SKY", "prompt": "  "}, "prompt: empty"),
        ("analyze_image", {"image": "SKY", "detail": "huge"}, "detail"),
        ("analyze_image", {"image": "SKY", "max_tokens": 0}, "max_tokens"),
        ("chat_with_image", {"messages": [USER], "images": []}, "images"),
        ("chat_with_image", {"messages": [USER], "images": ["SKY"] * 17}, "images"),
        ("chat_with_image", {"messages": [], "images": ["SKY"]}, "messages"),
        ("chat_with_image", {"messages": [{"role": "user", "content": ""}], "images": ["SKY"]}, "messages.0.content"),
        ("chat_with_image", {"messages": [{"role": "system", "content": "Hi"}], "images": ["SKY"]}, "role 'user'"),
    ],
)
async def test_wrong_arguments_are_named_and_nothing_is_asked(provider, host, sky, tool, arguments, words):
    given = {name: sky if value == "SKY" else value for name, value in arguments.items()}
    if "images" in given:
        given["images"] = [sky] * len(given["images"])
    async with host() as running:
        with pytest.raises(InvalidArguments, match=words):
            await running.call(tool, given)
    assert not provider.journal


@pytest.mark.parametrize("serves", ["openai", "compatible"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(400, "image too big"), InvalidArguments),
        (error(401, "bad key"), Refused),
        (error(429, "slow down"), Unavailable),
        (error(500, "oops"), ToolError),
        (error(503, "busy"), Unavailable),
        (stream(b"data: {broken\n\n"), ToolError),
        (cut(chat_text("half of"), response_text("half of")), ToolError),
        (held(), ToolError),
    ],
)
async def test_a_failing_provider_is_one_error_and_is_asked_once(provider, host, sky, serves, reply, kind):
    provider.replies.append(reply)
    settings = {"base_url": provider.base_url, "serves": serves, "timeout": 0.2}
    async with host(settings) as running:
        with pytest.raises(ToolError) as caught:
            await running.call("analyze_image", {"image": sky, "model": "some"})
    assert type(caught.value) is kind
    assert "half of" not in str(caught.value)
    assert len(provider.journal) == 1


async def test_cancelling_hangs_up_on_the_provider(provider, host, sky):
    provider.replies.append(held(chat_text("Once")))
    async with host() as running, anyio.create_task_group() as tasks:

        async def stop(done, total, message):
            if "characters" in message:
                tasks.cancel_scope.cancel()

        await running.call("analyze_image", {"image": sky}, Context(report=stop))
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)


async def test_progress_counts_pictures_and_then_characters(host, sky):
    said = []

    async def report(done, total, message):
        said.append((done, message))

    async with host() as running:
        await running.call("chat_with_image", {"messages": [USER], "images": [sky, sky]}, Context(report=report))
    assert said == [(1, "picture 1 of 2 is ready"), (2, "picture 2 of 2 is ready"), (15, "13 characters")]


async def test_policies_can_see_what_the_tools_are(host):
    tools = host().tools
    assert set(tools) == {"analyze_image", "chat_with_image"}
    assert all(tool.billable and tool.cacheable and tool.open_world and tool.read_only for tool in tools.values())


def test_importing_it_imports_nothing_heavy():
    code = "import sys, toolpost_vision; print({'openai', 'PIL', 'ocrust', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
