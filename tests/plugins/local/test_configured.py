from pathlib import Path

import pytest

from toolpost_local.configuration_files import pip_files, uv_files
from toolpost_local.configured import PYPI, Places, read


def test_pypi_is_the_default():
    assert read({}, [], []) == Places((PYPI,))


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"])
def test_index_of_the_environment_replaces_the_default(variable):
    assert read({variable: "https://mirror/simple/"}, [], []).indexes == ("https://mirror/simple",)


@pytest.mark.parametrize("variable", ["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"])
def test_extra_indexes_are_asked_after_the_default(variable):
    assert read({variable: "https://a https://b"}, [], []).indexes == (PYPI, "https://a", "https://b")


def test_later_pip_file_wins_and_the_environment_wins_over_files(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_text("[global]\nindex-url = https://first\ncert = /first.pem\nproxy = http://proxy:1\n")
    second.write_text("[install]\nindex_url = https://second\n")
    assert read({"PIP_CERT": "/env.pem"}, [first, second], []) == Places(
        ("https://second",), "/env.pem", "http://proxy:1"
    )


def test_several_extra_indexes_of_a_pip_file_are_read(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nextra-index-url =\n    https://a\n    https://b\n")
    assert read({}, [file], []).indexes == (PYPI, "https://a", "https://b")


def test_indexes_of_uv_are_read(tmp_path):
    file = tmp_path / "uv.toml"
    file.write_text(
        '[[index]]\nname = "x"\nurl = "https://x"\n[[index]]\nname = "mirror"\nurl = "https://m"\ndefault = true\n'
    )
    assert read({}, [], [file]).indexes == ("https://m", "https://x")


def test_named_index_of_uv_gets_its_credentials():
    environ = {"UV_INDEX": "in-house=https://h/simple", "UV_INDEX_IN_HOUSE_USERNAME": "me"}
    assert read({**environ, "UV_INDEX_IN_HOUSE_PASSWORD": "p@ss"}, [], []).indexes[1] == "https://me:p%40ss@h/simple"


def test_equals_sign_in_a_url_is_no_name():
    assert read({"UV_DEFAULT_INDEX": "https://h/simple?a=b"}, [], []).indexes == ("https://h/simple?a=b",)


@pytest.mark.parametrize("variable", ["PIP_NO_INDEX", "UV_OFFLINE", "UV_NO_INDEX"])
def test_no_index_is_asked_where_that_is_forbidden(variable):
    assert read({variable: "1", "PIP_INDEX_URL": "https://mirror"}, [], []).indexes == ()


def test_broken_files_do_not_hide_the_others(tmp_path):
    broken, good = tmp_path / "broken", tmp_path / "good"
    broken.write_text("not [ a = file")
    good.write_text("[global]\nindex-url = https://good\n")
    assert read({}, [broken, good], [broken]).indexes == ("https://good",)


def test_null_device_turns_off_the_files_of_pip():
    assert pip_files({"PIP_CONFIG_FILE": "/dev/null"}, "linux") == []


def test_named_file_of_pip_is_the_last_and_stands_for_the_users(tmp_path):
    named = tmp_path / "pip.conf"
    named.touch()
    files = pip_files({"PIP_CONFIG_FILE": str(named), "XDG_CONFIG_HOME": "/xdg"}, "linux")
    assert files[-1] == named
    assert Path("/xdg/pip/pip.conf") not in files


def test_virtual_environment_has_a_file_of_pip():
    assert Path("/venv/pip.conf") in pip_files({"VIRTUAL_ENV": "/venv"}, "linux")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_users_file_of_uv_lies_in_the_configuration_folder(platform):
    assert uv_files({"XDG_CONFIG_HOME": "/xdg"}, platform)[-1] == Path("/xdg/uv/uv.toml")


def test_named_file_of_uv_is_the_only_one():
    assert uv_files({"UV_CONFIG_FILE": "/my/uv.toml"}, "linux") == [Path("/my/uv.toml")]
