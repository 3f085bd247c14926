"""The catalogue knows which models live and which follows a retired one."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from toolpost_openai.catalogue import SNAPSHOT, Catalogue

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.mark.parametrize("name", ["gpt-4", "gpt-3.5-turbo", "gpt-4-0613", "o1", "gpt-4-turbo-2024-04-09"])
def test_a_retired_name_becomes_a_living_one(catalogue, name):
    assert catalogue.living(name, TODAY).name in catalogue.alive(TODAY)


def test_a_living_name_stays(catalogue):
    assert catalogue.living("gpt-6-luna", TODAY).name == "gpt-6-luna"


def test_a_model_lives_until_the_day_it_ends(catalogue):
    assert catalogue.living("gpt-5", date(2026, 12, 10)).name == "gpt-5"
    assert catalogue.living("gpt-5", date(2026, 12, 11)).name == "gpt-6.1-terra"


def test_a_replacement_that_has_ended_too_is_replaced(catalogue):
    assert catalogue.living("gpt-4o-audio-preview", date(2027, 2, 1)).name == "gpt-6-luna"


def test_a_snapshot_is_as_its_family(catalogue):
    model = catalogue.find("gpt-5.5-2026-04-23")
    assert (model.name, model.temperature) == ("gpt-5.5-2026-04-23", False)


def test_a_listed_snapshot_has_an_end_of_its_own(catalogue):
    assert catalogue.find("gpt-4o-2024-05-13").ends != catalogue.find("gpt-4o").ends


def test_an_unknown_name_passes_through(catalogue):
    assert catalogue.living("gpt-9-nova", TODAY).name == "gpt-9-nova"


def test_every_end_names_what_follows(catalogue):
    assert all(model.instead in catalogue.models for model in catalogue.models.values() if model.ends)


def test_aliases_lead_to_models_that_live_long(catalogue):
    assert all(not catalogue.models[name].ends for name in catalogue.aliases.values())


def test_it_knows_every_model_of_the_sdk(catalogue):
    from openai.types.shared.chat_model import ChatModel

    unknown = {name for name in get_args(ChatModel) if not {name, SNAPSHOT.sub("", name)} & set(catalogue.models)}
    assert unknown == {"gpt-5.1-mini"}  # which the provider does not have, says the SDK


def test_it_knows_every_image_model_of_the_sdk(catalogue):
    from openai.types.image_model import ImageModel

    assert all(catalogue.find(name).draws for name in get_args(ImageModel))


def test_every_model_that_draws_has_its_rules(catalogue):
    assert all(catalogue.drawing(model) for model in catalogue.models.values() if model.draws)


def test_our_own_files_have_the_form_that_a_users_must_have(catalogue, tmp_path):
    (tmp_path / "empty.toml").write_text("")
    assert Catalogue.load(str(tmp_path / "empty.toml")) == catalogue


def test_a_users_file_is_laid_over_ours_key_by_key(tmp_path):
    (tmp_path / "mine.toml").write_text("""
        [aliases]
        "image.best" = "gpt-image-9"
        [models]
        "gpt-image-9" = { draws = "gpt-image-9" }
        "gpt-6-luna" = { ends = 2027-06-01, instead = "gpt-6-sol" }
        [draws."gpt-image-9"]
        sizes = ["auto"]
        most = 4
        prompt = 100
        [draws."gpt-image-2"]
        most = 2
    """)
    mine = Catalogue.load(str(tmp_path / "mine.toml"))
    assert (mine.aliases["image.best"], mine.aliases["chat.fast"]) == ("gpt-image-9", "gpt-6-luna")
    assert mine.drawing(mine.find("gpt-image-9-2027-01-01")).most == 4
    assert (mine.models["gpt-6-luna"].ends, mine.models["gpt-6-luna"].temperature) == (date(2027, 6, 1), False)
    assert (mine.draws["gpt-image-2"].most, mine.draws["gpt-image-2"].images) == (2, 16)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", "models"),
        ("[models]\nx = { wings = 2 }", "models.x.wings"),
        ("[models]\nx = { ends = 'soon' }", "models.x.ends"),
        ("[models]\nx = { draws = 'nothing' }", r"models.x: no rules \[draws.nothing\]"),
        ("[models]\nx = 3", "models.x"),
        ("[wings]\ncount = 2", "wings"),
        ("[prices.x]\ninput = 'much'", "prices.x.input"),
        ("[models", "mine.toml"),
        ("\xff", "mine.toml"),
    ],
)
def test_a_users_file_that_is_none_is_refused_with_the_place(tmp_path, text, words):
    (tmp_path / "mine.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=f"catalogue: .*{words}"):
        Catalogue.load(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(("path", "words"), [("mine.toml", "relative"), ("/nowhere/mine.toml", "cannot be read")])
def test_a_users_file_that_is_not_there_is_refused(path, words):
    with pytest.raises(ValueError, match=words):
        Catalogue.load(path)
