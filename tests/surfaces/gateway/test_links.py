"""Pictures of the host's tools, as a page that is not ours shows them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import Gate, answering

from toolpost.testing.openai import call_tool, say

TOKEN = "a-token-of-ann-of-36-letters-or-more"
GALLERY = "[plugins.gallery]\n{settings}\n[plugins.pictures]\n"
LINK = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    token = f'[http.tokens.ann]\nsha256 = "{digest}"\nprincipal = "ann"\nscopes = ["call"]\n'
    rest = GALLERY.format(settings="") + token
    with answering(tmp_path_factory.mktemp("links"), rest=rest, token=TOKEN) as gate:
        yield gate


def drawn(gate: Gate) -> str:
    """The address in what the model's caller reads."""
    gate.provider.replies += [call_tool("draw", what="a fox"), say("Here it is.")]
    messages = [{"role": "user", "content": "Draw a fox."}]
    client = gate.client(api_key=TOKEN)
    answer = client.chat.completions.create(model="served-model", messages=messages).choices[0].message.content
    (url,) = LINK.findall(answer)
    return url


def test_a_picture_opens_anywhere_without_a_token(drawing: Gate):
    url = drawn(drawing)
    base = f"http://127.0.0.1:{drawing.server.port}"
    assert url.startswith(f"{base}/images/lent?link=")
    nobody = {"authorization": ...}
    shown = drawing.server.request("GET", url.removeprefix(base), headers=nobody)
    assert shown.status == 200
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert drawing.server.request("GET", url.removeprefix(base)[:-1], headers=nobody).status == 404
    assert drawing.server.request("GET", "/images", headers=nobody).status == 401


def test_it_is_the_same_in_a_stream_and_in_responses(drawing: Gate):
    drawing.provider.replies += [call_tool("draw", what="a fox"), say("Here it is.")]
    client = drawing.client(api_key=TOKEN)
    with client.chat.completions.stream(model="served-model", messages=[{"role": "user", "content": "Hi"}]) as stream:
        text = stream.get_final_completion().choices[0].message.content
    drawing.provider.replies += [call_tool("draw", what="a fox"), say("Here it is.")]
    told = client.responses.create(model="served-model", input="Hi").output_text
    for one in (text, told):
        assert "/images/lent?link=" in LINK.findall(one)[0]


def test_where_people_reach_the_server_is_said_even_if_it_is_an_address(tmp_path: Path):
    rest = GALLERY.format(settings='public_url = "http://192.168.1.5:8765"')
    with answering(tmp_path, rest=rest) as gate:
        gate.provider.replies += [call_tool("draw", what="a fox"), say("Here it is.")]
        answer = gate.chat("Draw a fox.").json["choices"][0]["message"]["content"]
    assert LINK.findall(answer)[0].startswith("http://192.168.1.5:8765/images/lent?link=")


def test_no_link_is_lent_where_none_is_wanted(tmp_path: Path):
    with answering(tmp_path, rest=GALLERY.format(settings="link_hours = 0")) as gate:
        gate.provider.replies += [call_tool("draw", what="a fox"), say("Here it is.")]
        answer = gate.chat("Draw a fox.").json["choices"][0]["message"]["content"]
    assert re.fullmatch("/images/[a-p]{24}", LINK.findall(answer)[0])
