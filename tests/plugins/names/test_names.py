"""Names that a recogniser finds are masked by the `pii` layer; with presidio and a model made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolpost import Host, Refused, Tool, hookimpl
from toolpost.middleware.pii import PII
from toolpost.plugins.needs import given_to
from toolpost_names import Names
from toolpost_names.engine import missing

spacy_is_not_tidy = pytest.mark.filterwarnings("ignore")


class Echo:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        return text


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A spaCy pipeline that knows two names: models that have learned some cannot be had without a network."""
    pytest.importorskip("presidio_analyzer")
    import spacy

    pipeline = spacy.blank("en")
    patterns = [{"label": "PERSON", "pattern": "Ann Smith"}, {"label": "GPE", "pattern": "Oslo"}]
    ruler: Any = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(patterns)
    folder = tmp_path_factory.mktemp("model") / "names"
    pipeline.to_disk(folder)
    return str(folder)


async def call(names: Names, text: str, **settings: Any) -> str:
    async with Host({"pii": PII(names=names, **settings), "names": names, "echo": Echo()}) as host:
        return (await host.call("echo", {"text": text})).text


@spacy_is_not_tidy
async def test_a_name_is_masked_beside_what_patterns_find(model: str) -> None:
    assert await call(Names(model), "Ann Smith of Oslo\nis ann@example.com") == "[PERSON] of Oslo\nis [EMAIL]"


@spacy_is_not_tidy
async def test_places_are_masked_where_they_are_asked_for(model: str) -> None:
    assert await call(Names(model, types=["LOCATION"]), "Ann Smith of Oslo") == "Ann Smith of [LOCATION]"


@spacy_is_not_tidy
async def test_a_name_that_is_allowed_stays(model: str) -> None:
    assert await call(Names(model, allowed=["Ann Smith"]), "Ann Smith") == "Ann Smith"


@spacy_is_not_tidy
async def test_a_name_has_an_action_like_everything_else(model: str) -> None:
    assert await call(Names(model), "Ann Smith", actions={"PERSON": "placeholder"}) == "Ann Smith"
    with pytest.raises(Refused, match="PERSON"):
        await call(Names(model), "Ann Smith", actions={"PERSON": "refuse"})


@spacy_is_not_tidy
def test_a_stream_masks_names_too(model: str) -> None:
    from toolpost import ToolCall

    pii = PII(names=Names(model))
    stream = pii.stream(ToolCall(Echo().tools()[0]))
    assert stream is not None
    sent = [stream.feed(char) for char in "Ann Smith said\nthat Ann Smith left"]
    assert "".join([*sent, stream.end()]) == "[PERSON] said\nthat [PERSON] left"


async def test_without_a_model_calls_are_refused_with_what_to_install() -> None:
    pytest.importorskip("presidio_analyzer")
    with pytest.raises(Refused, match="python -m spacy download xx_no_such_model"):
        await call(Names("xx_no_such_model"), "Ann Smith")


def test_a_path_without_a_model_is_named(tmp_path: Path) -> None:
    pytest.importorskip("presidio_analyzer")
    assert missing(f"{tmp_path}/none") == f"there is no spaCy model in {tmp_path}/none"


def test_types_that_only_names_finds_need_the_plugin() -> None:
    with pytest.raises(ValueError, match="'PERSON' is no type of personal data"):
        PII(actions={"PERSON": "mask"})


def test_the_host_gives_the_plugin_to_the_layer() -> None:
    names = Names()
    assert given_to("pii", {"pii": PII, "names": Names}, {"names": names}, {}) == {"names": names}
    assert given_to("pii", {"pii": PII}, {}, {}) == {"names": None}
