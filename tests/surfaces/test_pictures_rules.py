"""Who may have what drawn, from which sources, and for how much: refused before anything is sent."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolpost_openai.testing import ScriptedServer, error, response_stream
from toolpost_openai.testing_images import picture, pictures, png

from .drawing import CAT, House, noise, seen, text, verdict

BEST = "gpt-image-2.5-sunburst"
PRICES = f'[prices."{BEST}"]\nas_of = 2026-11-20\nsource = "a test"\npictures = {{ any = 0.2 }}\n'
MESSAGES = [{"role": "user", "content": "What is it?"}]

# What a caller may try, and what it must never reach.
ADDRESSES = [
    "http://127.0.0.1:1/x.png",
    "https://127.0.0.1/x.png",
    "https://localhost/x.png",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x.png",
    "https://[::ffff:127.0.0.1]/x.png",
    "https://0x7f.1/x.png",
    "https://2130706433/x.png",
    "https://ann:secret@example.com/x.png",
    "https://example.com:25/x.png",
    "https://nowhere.invalid/x.png",
]
OTHERS = [
    "",
    "\0",
    "ftp://example.com/x.png",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "/etc/passwd",
    "../outside.png",
    "link.png",
    "drawing.svg",
    "pipe",
    ".",
    "a" * 5_000,
    "data:image/png;base64,x",
    "data:text/html,<script>",
    "data:image/png;base64,aGVsbG8=",
    "artefact:../../etc/passwd",
    f"artefact:{'0' * 64}",
    "gallery://nothing",
    "jobs://list",
    "ui://gallery/app",
]


@pytest.fixture
def anyio_backend() -> str:
    """That of the client; the server's goes with the era."""
    return "asyncio"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder that the operator allowed, with what does not belong there."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(params=["legacy", "2026-07-28"])
def house(request: pytest.FixtureRequest, tmp_path: Path, allowed: Path) -> Iterator[House]:
    settings = {"TOOLPOST__PICTURES__FOLDERS": json.dumps([str(allowed)])}
    with ScriptedServer() as provider:
        yield House(tmp_path, provider, request.param, settings)


@pytest.mark.parametrize("tool", ["analyze_image", "edit_image", "moderate"])
async def test_hostile_sources_are_refused_alike_and_cost_nothing(house: House, tool: str):
    more = {"prompt": "snow"} if tool == "edit_image" else {}
    async with house.client() as client:
        said = {text(await client.call_tool(tool, {"image": source, **more})) for source in ADDRESSES}
        assert len(said) == 1
        assert "cannot be loaded" in said.pop()
        for source in OTHERS:
            result = await client.call_tool(tool, {"image": source, **more})
            assert result.is_error, source
            assert str(house.folder) not in text(result)
    assert house.paid == []


async def test_a_bomb_is_refused_by_its_head(house: House, allowed: Path):
    (allowed / "bomb.png").write_bytes(png(9_000, 9_000))
    async with house.client() as client:
        result = await client.call_tool("analyze_image", {"image": "bomb.png"})
        assert "9000 × 9000 pixels" in text(result)
    assert house.paid == []


async def test_without_a_key_each_tool_says_what_to_set_and_a_picture_is_measured(house: House, allowed: Path):
    house.key = ""
    (allowed / "p.png").write_bytes(noise(40))
    calls = {
        "generate_image": CAT,
        "edit_image": {**CAT, "image": "p.png"},
        "create_variations": {"image": "p.png"},
        "moderate": {"text": "x"},
        "chat_with_image": {"messages": MESSAGES, "images": ["p.png"]},
    }
    async with house.client() as client:
        for tool, arguments in calls.items():
            refused = await client.call_tool(tool, arguments)
            assert refused.is_error
            assert "OPENAI_API_KEY" in text(refused)
        result = await client.call_tool("analyze_image", {"image": "p.png", "prompt": "Who is this?"})
    facts = result.structured_content["facts"]
    assert (facts["width"], facts["height"], facts["mime_type"]) == (40, 40, "image/png")
    assert "the prompt is not answered" in text(result)
    assert result.structured_content["model"] is None
    assert house.paid == []


async def test_a_budget_refuses_before_the_call(house: House):
    (house.folder / "prices.toml").write_text(PRICES)
    house.provider.replies.append(pictures(picture(png(4, 4))))
    settings = {"TOOLPOST__OPENAI__CATALOGUE": str(house.folder / "prices.toml"), "TOOLPOST__LEDGER__DAILY": "0.3"}
    async with house.client(**settings) as client:
        first = await client.call_tool("generate_image", CAT)
        assert first.meta["toolpost/ledger"]["cost_usd"] == 0.2
        second = await client.call_tool("generate_image", {"prompt": "a dog"})
        assert second.is_error
        assert "the budget for everything is 0.30 USD a day" in text(second)
        assert seen(await client.call_tool("generate_image", CAT)) == [png(4, 4)]
    assert len(house.paid) == 1
    assert house.rows("gallery", "show", house.rows("gallery", "list")[0]["id"])["cost_usd"] == 0.2


async def test_flagged_arguments_are_not_sent_and_flagged_results_not_shown(house: House):
    async with house.client(TOOLPOST__MODERATION__LAYER="true") as client:
        house.provider.replies.append(verdict("violence"))
        refused = await client.call_tool("generate_image", CAT)
        assert refused.is_error
        assert "moderation refuses the arguments of generate_image (violence); the call was not made" in text(refused)
        assert house.paid == ["/moderations"]
        house.provider.replies += [verdict(), pictures(), verdict("sexual")]
        withheld = await client.call_tool("generate_image", {"prompt": "a dog"})
        assert "the call was made, and its answer is withheld" in text(withheld)
        assert seen(withheld) == []
        house.provider.replies += [verdict(), response_stream("Fine."), verdict()]
        url = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
        assert text(await client.call_tool("analyze_image", {"image": url})) == "Fine."


async def test_what_cannot_be_judged_is_not_sent(house: House):
    async with house.client(TOOLPOST__MODERATION__LAYER="true") as client:
        house.provider.replies.append(error(500, "down"))
        refused = await client.call_tool("generate_image", CAT)
    assert refused.is_error
    assert "moderation could not check the arguments of generate_image, so the call was not made" in text(refused)
    assert house.paid == ["/moderations"]
