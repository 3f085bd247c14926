"""`toolpost gallery`: what whoever runs the host sees of the pictures, and does to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import click
import pytest
from click.testing import CliRunner, Result

from toolpost import Context, Host, InvalidArguments
from toolpost_gallery import Gallery
from toolpost_gallery.commands import group

from .conftest import Clock, Painter, picture

DAY = 86_400.0


@pytest.fixture
def kept(gallery: Gallery, painter: Painter, clock: Clock) -> Gallery:
    """Three pictures, of two principals, a day apart."""

    async def paint() -> None:
        async with Host([gallery, painter]) as host:
            for number, principal in enumerate(("ann", "bob", "ann")):
                painter.returns(picture(seed=number), pictures=[{"prompt": f"fox {number}\x1b[2J", "model": "m"}])
                await host.call("paint", {}, Context(principal))
                clock.now += DAY

    anyio.run(paint)
    return gallery


@pytest.fixture
def run(build: Callable[..., Gallery]) -> Callable[..., Result]:
    """Runs a command on a gallery of its own, as a process of its own would."""

    def run(*words: str, **settings: Any) -> Result:
        return CliRunner().invoke(group(build(**settings)), words)

    return run


def listed(run: Callable[..., Result], *words: str) -> list[dict[str, Any]]:
    return json.loads(run("list", "--json", *words).output)


def test_an_empty_gallery_says_so(run: Callable[..., Result]):
    assert run("list").output == "no pictures are kept\n"


def test_pictures_are_listed_newest_first(kept: Gallery, run: Callable[..., Result]):
    lines = run("list").output.splitlines()
    assert lines[0].split() == ["ID", "MADE", "(UTC)", "PICTURE", "TOOL", "PROMPT"]
    assert [line.rpartition("fox ")[2] for line in lines[1:]] == ["2 [2J", "1 [2J", "0 [2J"]
    assert "\x1b" not in "".join(lines)
    assert [item["prompt"][:5] for item in listed(run)] == ["fox 2", "fox 1", "fox 0"]


def test_a_list_can_be_short_and_searched(kept: Gallery, run: Callable[..., Result]):
    assert [item["prompt"][:5] for item in listed(run, "--limit", "1")] == ["fox 2"]
    assert [item["prompt"][:5] for item in listed(run, "--search", "FOX 1")] == ["fox 1"]


def test_everything_that_is_known_is_shown(kept: Gallery, run: Callable[..., Result]):
    newest = listed(run)[0]
    shown = json.loads(run("show", newest["uri"], "--json").output)
    assert (shown["principal"], shown["tool"], shown["width"]) == ("ann", "paint", 64)
    assert Path(shown["path"]).read_bytes() == picture(seed=2)
    lines = run("show", newest["id"]).output
    assert "principal:  ann" in lines
    assert f"made:       {newest['made']}" in lines
    assert "\x1b" not in lines


def test_an_unknown_picture_is_an_error_with_a_way_out(run: Callable[..., Result]):
    with pytest.raises(InvalidArguments, match="toolpost gallery list"):
        raise run("show", "nothing").exception or AssertionError


def test_a_copy_with_an_ending_is_opened(kept: Gallery, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", lambda path: opened.append(path) or 0)
    path = run("open", listed(run)[0]["id"]).output.strip()
    assert opened == [path]
    assert path.endswith(".png")
    assert Path(path).read_bytes() == picture(seed=2)


def test_cleaning_keeps_to_the_settings(kept: Gallery, run: Callable[..., Result]):
    assert run("clean").output == "removed 0 pictures, 0 kB\n"
    done = json.loads(run("clean", "--json", keep_count=2).output)
    assert done["pictures"] == 1
    assert done["bytes"] == len(picture(seed=0))


def test_what_is_older_goes(kept: Gallery, run: Callable[..., Result]):
    assert run("clean", "--older-than", "73h").output.startswith("removed 0 pictures")
    assert run("clean", "--older-than", "2d").output.startswith("removed 2 pictures")
    assert run("clean", "--older-than", "1h").output.startswith("removed 1 picture,")


@pytest.mark.parametrize("age", ["", "0d", "-1d", "5", "d", "1y", "1e9d", "nan"])
def test_an_age_that_is_none_is_refused(kept: Gallery, run: Callable[..., Result], age: str):
    done = run("clean", "--older-than", age)
    assert done.exit_code == 2
    assert "such as 90m, 12h, 30d or 2w" in done.output
    assert len(listed(run)) == 3
