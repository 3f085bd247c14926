from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from toolpost import InvalidArguments, Tool
from toolpost.cli.arguments import arguments_of

SAMPLES = Path(__file__).parents[1] / "core/plugins/samples"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tool]:
    monkeypatch.syspath_prepend(SAMPLES)
    with CliRunner().isolation():
        from workbench import Workbench
    return {tool.name: tool for tool in Workbench().tools()}


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["number=3"], {"number": 3}),
        (["number=-1.5"], {"number": -1.5}),
        (["number=1e3"], {"number": 1000.0}),
        (["number=null"], {"number": None}),
        (["count=3"], {"count": 3}),
        (["count=three"], {"count": "three"}),
        (["count=3.5"], {"count": "3.5"}),
        (["flag=true"], {"flag": True}),
        (["flag=false"], {"flag": False}),
        (['tags=["a", "b"]'], {"tags": ["a", "b"]}),
        (["tags=a"], {"tags": ["a"]}),
        (["tags=a", "tags=3"], {"tags": ["a", "3"]}),
        (["tags=[]"], {"tags": []}),
        (["sizes=1", "sizes=[2, 3]"], {"sizes": [1, 2, 3]}),
        (['point={"x": 1}'], {"point": {"x": 1}}),
        (["colour=red"], {"colour": "red"}),
        (["level=2"], {"level": 2}),
        (["anything=3"], {"anything": 3}),
        (["anything=plain"], {"anything": "plain"}),
        (['anything={"a": [1]}'], {"anything": {"a": [1]}}),
        (["text=3"], {"text": "3"}),
        (["text=true"], {"text": "true"}),
        (['text="quoted"'], {"text": '"quoted"'}),
        (["text="], {"text": ""}),
        (["text=a=b=c"], {"text": "a=b=c"}),
        (["text=@@home"], {"text": "@home"}),
        (["text=日本 é 🎈"], {"text": "日本 é 🎈"}),
    ],
)
def test_a_value_is_typed_by_the_schema(tools: dict[str, Tool], words: list[str], arguments: dict[str, Any]):
    assert arguments_of(tools["shapes"], words) == arguments


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["hello"], {"text": "hello"}),
        (["two words = one"], {"text": "two words = one"}),
        (["2+2=?"], {"text": "2+2=?"}),
        (["text=E=mc2"], {"text": "E=mc2"}),
        (["times=2", "hello"], {"text": "hello", "times": 2}),
        (["hello", "times=2"], {"text": "hello", "times": 2}),
        (["-5"], {"text": "-5"}),
        (["@@home"], {"text": "@home"}),
        ([""], {"text": ""}),
    ],
)
def test_a_word_without_a_key_is_the_first_text(tools: dict[str, Tool], words: list[str], arguments: dict[str, Any]):
    assert arguments_of(tools["echo"], words) == arguments


@pytest.mark.parametrize(
    ("tool", "words", "message"),
    [
        (
            "echo",
            ["txt=x"],
            "'txt': no such argument of echo; did you mean 'text'?; if it is the text, write text='txt=x'",
        ),
        ("echo", ["a", "b"], "'b' is too much; the arguments of echo are text, times"),
        ("echo", ["text=a", "text=b"], "text: given twice"),
        ("echo", ["times=many"], "times: 'many' is no integer"),
        ("echo", ["times=1", "times=2"], "times: given twice"),
        ("echo", ["times=NaN"], "times: 'NaN' is no integer"),
        ("nothing", ["x"], "'x' is too much: nothing takes no arguments"),
        ("nothing", ["x=1"], "'x=1' is too much: nothing takes no arguments"),
        ("shapes", ["flag=yes"], "flag: 'yes' is no boolean or null"),
        ("shapes", ["point={x:1}"], "point: '{x:1}' is no null or object"),
        ("echo", ["@gone.txt"], "@gone.txt: No such file or directory"),
        ("echo", ["\udcff"], "this is not UTF-8 text"),
    ],
)
def test_a_word_that_does_not_fit_is_named(tools: dict[str, Tool], tool: str, words: list[str], message: str):
    with pytest.raises(InvalidArguments) as caught:
        arguments_of(tools[tool], words)
    assert message in str(caught.value)


def test_a_file_stands_for_a_value(tools: dict[str, Tool]):
    Path("question.txt").write_text("Why?\nBecause = é", "utf-8")
    Path("point.json").write_text('{"x": 1}')
    assert arguments_of(tools["echo"], ["@question.txt"]) == {"text": "Why?\nBecause = é"}
    assert arguments_of(tools["echo"], ["text=@question.txt"]) == {"text": "Why?\nBecause = é"}
    assert arguments_of(tools["shapes"], ["point=@point.json"]) == {"point": {"x": 1}}


def test_a_file_that_is_no_text_is_named(tools: dict[str, Tool]):
    Path("picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(InvalidArguments, match="'@picture.png': this is not UTF-8 text"):
        arguments_of(tools["echo"], ["@picture.png"])


def test_a_dash_stands_for_stdin(tools: dict[str, Tool], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("from stdin"))
    assert arguments_of(tools["echo"], ["-"]) == {"text": "from stdin"}


def test_a_schema_without_names_takes_any():
    tool = Tool(lambda arguments: "", name="raw", input_schema={"type": "object"})
    assert arguments_of(tool, ["a=1", "b=x", "a=2"][:2]) == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"$ref": "#/$defs/loop"},
        {"$ref": "https://example.org/x"},
        {"enum": ["x", 1]},
        {"const": "x"},
    ],
)
def test_a_strange_schema_of_another_server_does_no_harm(schema: Any):
    definitions = {"loop": {"$ref": "#/$defs/loop"}}
    root = {"type": "object", "properties": {"a": schema}, "$defs": definitions}
    tool = Tool(lambda arguments: "", name="raw", input_schema=root)
    assert arguments_of(tool, ["a=x"]) == {"a": "x"}
