from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolpost import ConfigError, Folders
from toolpost.config.load import load
from toolpost.plugins.assemble import assemble
from toolpost.plugins.build import Built, build

Install = Callable[..., None]

PLAIN = """
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol, Annotated
from pydantic import SecretStr
from toolpost import Folders, Tool, hookimpl, ConfigError

@dataclass
class Weather:
    units: str = "metric"

    @hookimpl
    def tools(self):
        return []
"""


def built(text: str, *services: object) -> Built:
    path = Path.cwd() / "c.toml"
    path.write_text(text)
    return build(load(path, {}), services)


def failing(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        built(text)
    message = str(caught.value)
    assert message.isprintable()
    assert "c.toml:" in message
    return message


def test_plugins_are_built_with_their_settings_in_the_order_of_the_file(install: Install):
    install("w", PLAIN, b="w:Weather", a="w:Weather")
    plugins = built("[plugins.b]\nunits = 'x'\n[plugins.a]").plugins
    assert list(plugins) == ["b", "a"]
    assert plugins["b"].units == "x"  # type: ignore[attr-defined]


def test_a_plugin_that_is_not_enabled_is_not_imported(install: Install):
    install("w", "raise SystemExit", w="w:W")
    assert built("[plugins.w]\nenabled = false").plugins == {}


def test_a_missing_plugin_is_named_with_the_nearest():
    message = failing("[server]\n[plugins.vallidation]")
    assert "c.toml:2: [plugins.vallidation]: plugin 'vallidation' is not installed; " in message
    assert "did you mean 'validation'?" in message
    assert "install it, or set enabled = false" in message


def test_two_distributions_with_one_name_are_both_named(install: Install):
    install("one", PLAIN, w="one:Weather")
    install("two", PLAIN, w="two:Weather")
    (broken,) = built("[plugins.w]").broken
    assert "one 1.0" in broken.reason
    assert "two 1.0" in broken.reason
    assert "uninstall one of them" in broken.reason
    assert "c.toml:1: [plugins.w]: plugin 'w'" in failing("[plugins.w]\nrequired = true")


def test_a_wrong_setting_is_the_operators_to_mend(install: Install):
    install("w", PLAIN, w="w:Weather")
    assert "c.toml:2: [plugins.w] unit: unknown key 'unit'; did you mean 'units'?" in failing("[plugins.w]\nunit = 'x'")
    assert "c.toml:2: [plugins.w] units: input should be a valid string" in failing("[plugins.w]\nunits = 3")


@pytest.mark.parametrize("error", ["ValueError", "ConfigError"])
def test_what_a_plugin_says_of_its_settings_gets_the_place_in_the_file(install: Install, error: str):
    source = f"{PLAIN}\n    def __post_init__(self): raise {error}('units must\\n be metric')\n"
    install("w", source, w="w:Weather")
    assert "c.toml:1: [plugins.w]: units must be metric" in failing("[plugins.w]")


def test_a_pydantic_error_in_a_plugin_is_one_line_without_the_value(install: Install):
    source = """
    from dataclasses import dataclass
    from pydantic import TypeAdapter
    @dataclass
    class W:
        port: str = ""
        def __post_init__(self): TypeAdapter(int).validate_python(self.port)
    """
    install("w", source, w="w:W")
    message = failing("[plugins.w]\nport = 'canary'")
    assert "[plugins.w]: input should be a valid integer" in message
    assert "canary" not in message


def test_secrets_stay_out_of_what_a_plugin_raises(install: Install, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTHER_TOKEN", "canary-3")
    source = """
    import os
    from dataclasses import dataclass
    @dataclass
    class W:
        api_key: str
        url: str
        def __post_init__(self):
            raise ValueError(f"{self.api_key} {self.url} {os.environ['OTHER_TOKEN']}")
    """
    install("w", source, w="w:W")
    install("v", source.replace("raise ValueError", "raise OSError"), v="v:W")
    settings = "api_key = 'canary-1'\nurl = 'https://me:canary-2@example.org'\n"
    assert "canary" not in failing(f"[plugins.w]\n{settings}")
    (broken,) = built(f"[plugins.v]\n{settings}").broken
    assert broken.reason.startswith("OSError: (hidden) ")
    assert "canary" not in broken.reason


EVERY_KIND = ["RuntimeError", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "RecursionError"]
AT_IMPORT = [f"raise {kind}('first\\nsecond')" for kind in EVERY_KIND]
WRONG = ["import nowhere", "def broken(:", "Weather = 3", "", "class Weather:\n    def __init__(self): raise OSError"]
UNPRINTABLE = "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E"
NAMELESS = "from dataclasses import dataclass\n@dataclass\nclass Weather:\n    a: Nowhere"


@pytest.mark.parametrize("source", [*AT_IMPORT, *WRONG, UNPRINTABLE, NAMELESS.replace("a:", "a: 'Nowhere' #")])
def test_a_broken_plugin_is_skipped_and_the_others_stand(
    install: Install, source: str, caplog: pytest.LogCaptureFixture
):
    install("w", source, w="w:Weather")
    result = built("[plugins.w]\n[plugins.trace]")
    assert list(result.plugins) == ["trace"]
    (broken,) = result.broken
    assert broken.sentence.startswith("plugin 'w' (w 1.0) is left out: ")
    assert broken.sentence.isprintable()
    assert broken.sentence in caplog.messages
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("source", AT_IMPORT[:2])
def test_a_broken_plugin_that_is_required_ends_the_start(install: Install, source: str):
    install("w", source, w="w:Weather")
    message = failing("[plugins.w]\nrequired = true")
    assert "[plugins.w]: plugin 'w' (w 1.0) is required and does not start: " in message
    assert message.endswith("first second (w.py:1); mend it, or set required = false")


@pytest.mark.parametrize("hook", ["tools", "middleware", "resources"])
def test_a_required_plugin_that_fails_in_a_hook_ends_the_start(install: Install, hook: str):
    source = f"from toolpost import hookimpl\nclass W:\n    @hookimpl\n    def {hook}(self): raise OSError('x')"
    install("w", source, w="w:W")
    path = Path.cwd() / "c.toml"
    path.write_text("[plugins.w]\nrequired = true")
    with pytest.raises(ConfigError, match=r"plugin 'w' \(w 1.0\) is required and does not start: OSError: x"):
        assemble(load(path, {}))


def test_the_log_says_where_a_plugin_broke_but_only_to_those_who_debug(
    install: Install, caplog: pytest.LogCaptureFixture
):
    install("w", "raise OSError('canary')", w="w:Weather")
    caplog.set_level(logging.DEBUG, "toolpost.plugins")
    built("[plugins.w]")
    (debug,) = [record for record in caplog.records if record.levelno == logging.DEBUG]
    assert "w.py:1 in <module>" in debug.getMessage()
    assert "canary" not in debug.getMessage()


NEEDY = """
@dataclass
class Report:
    weather: {hint}

@dataclass
class Storm(Weather):
    pass

class Forecaster(Protocol):
    units: str
    def tools(self) -> Any: ...

@dataclass
class Other:
    pass
"""


def needy(install: Install, hint: str) -> None:
    source = PLAIN + NEEDY.format(hint=hint)
    install("n", source, weather="n:Weather", storm="n:Storm", report="n:Report", other="n:Other")


@pytest.mark.parametrize(
    "hint", ["Weather", "Weather | None", "Optional[Weather]", "Annotated[Weather | None, 1] = None", "'Forecaster'"]
)
def test_a_plugin_is_given_what_the_type_of_its_field_says(install: Install, hint: str):
    needy(install, hint)
    plugins = built("[plugins.report]\n[plugins.other]\n[plugins.weather]").plugins
    assert list(plugins) == ["report", "other", "weather"]
    assert plugins["report"].weather is plugins["weather"]  # type: ignore[attr-defined]


def test_a_subclass_will_do_and_the_first_in_the_file_is_taken(install: Install):
    needy(install, "Weather")
    plugins = built("[plugins.report]\n[plugins.storm]\n[plugins.weather]").plugins
    assert plugins["report"].weather is plugins["storm"]  # type: ignore[attr-defined]


def test_a_service_of_the_host_is_given(install: Install, folders: Folders):
    needy(install, "Folders")
    assert built("[plugins.report]", folders).plugins["report"].weather is folders  # type: ignore[attr-defined]


@pytest.mark.parametrize("hint", ["Weather | None", "Annotated[Weather | None, 1]", "Weather | None = None"])
def test_a_plugin_that_is_optional_may_be_missing_or_broken(install: Install, hint: str):
    needy(install, hint)
    assert built("[plugins.report]").plugins["report"].weather is None  # type: ignore[attr-defined]
    install("b", "from n import Weather\nclass B(Weather):\n    def __init__(self): raise OSError", b="b:B")
    assert built("[plugins.report]\n[plugins.b]").plugins["report"].weather is None  # type: ignore[attr-defined]


def test_a_field_with_a_default_keeps_it_where_no_plugin_fits(install: Install):
    needy(install, "Weather = field(default_factory=lambda: Weather('own'))")
    assert built("[plugins.report]").plugins["report"].weather.units == "own"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["[plugins.report]", "[plugins.report]\n[plugins.weather]\nenabled = false"])
def test_a_plugin_that_needs_a_disabled_one_names_it(install: Install, text: str):
    needy(install, "Weather")
    message = failing(text)
    assert "c.toml:1: [plugins.report]: plugin 'report' needs plugin 'weather', which is not enabled; " in message
    assert "`toolpost plugins enable weather`" in message


def test_the_chat_plugin_names_the_openai_plugin_that_it_needs():
    assert "plugin 'chat' needs plugin 'openai', which is not enabled" in failing("[plugins.chat]")


def test_a_plugin_that_needs_a_kind_nobody_is_says_which(install: Install):
    needy(install, "'Forecaster'")
    assert "plugin 'report' needs one that is a Forecaster for 'weather'" in failing("[plugins.report]")


def test_a_plugin_that_needs_a_broken_one_is_skipped_with_it(install: Install):
    needy(install, "Weather")
    install("b", "from n import Weather\nclass B(Weather):\n    def __init__(self): raise OSError", b="b:B")
    result = built("[plugins.report]\n[plugins.b]")
    assert [broken.name for broken in result.broken] == ["b", "report"]
    assert result.broken[1].reason == "PluginError: it needs plugin 'b', which is left out"


def test_plugins_that_need_each_other_are_named_in_a_circle(install: Install):
    circle = "@dataclass\nclass A(Weather):\n    b: 'B' = None\n@dataclass\nclass B(Weather):\n    a: A = None\n"
    install("c", PLAIN + circle, a="c:A", b="c:B")
    message = failing("[plugins.a]\n[plugins.b]")
    assert "plugins need each other in a circle: a → b → a; disable one of them" in message


def test_a_plugin_that_could_fill_its_own_field_does_not(install: Install):
    needy(install, "Any")
    source = "from n import *\n@dataclass\nclass Self(Weather):\n    inner: Weather | None = None\n"
    install("s", source, s="s:Self")
    assert built("[plugins.s]").plugins["s"].inner is None  # type: ignore[attr-defined]


def test_a_private_field_may_name_types_for_type_checkers_alone(install: Install):
    source: Any = """
    from __future__ import annotations
    from dataclasses import dataclass, field
    from typing import TYPE_CHECKING
    if TYPE_CHECKING:
        from nowhere import Child
    @dataclass
    class W:
        a: int = 1
        _child: Child | None = field(default=None, init=False)
    """
    install("w", source, w="w:W")
    assert list(built("[plugins.w]\na = 2").plugins) == ["w"]
