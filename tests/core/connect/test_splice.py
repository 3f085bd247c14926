from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.connect.jsonc import parse_jsonc
from toolpost.connect.splice import spliced

ENTRY = {"command": "/bin/toolpost", "args": ["serve"]}

BEFORE = """\
// my servers
{
    "inputs": [], // none
    "servers": {
        // the first
        "other": { "command": "x", /* odd */ "args": [1,2,], },
        "last": {} // no comma
        // the end
    }
}
"""

AFTER = """\
// my servers
{
    "inputs": [], // none
    "servers": {
        // the first
        "other": { "command": "x", /* odd */ "args": [1,2,], },
        "last": {}, // no comma
        // the end
        "toolpost": {
            "command": "/bin/toolpost",
            "args": [
                "serve"
            ]
        }
    }
}
"""


def test_an_entry_comes_after_all_others_and_nothing_else_changes():
    assert spliced(BEFORE, "servers", "toolpost", ENTRY) == AFTER


def test_taken_out_again_a_comma_is_all_that_is_left():
    out = spliced(AFTER, "servers", "toolpost", None)
    assert out == BEFORE


def test_an_entry_is_changed_where_it_stands():
    text = '{"servers": {"toolpost": {"command": 1}, // mine\n "b": {}}}'
    assert spliced(text, "servers", "toolpost", {"url": "x"}) == (
        '{"servers": {"toolpost": {\n   "url": "x"\n  }, // mine\n "b": {}}}'
    )


@pytest.mark.parametrize(
    "text", ["", "  \n", "{}", "{\n}\n", "// only\n{ /* nothing */ }", '{"a": 1,}', '{"servers": {}}']
)
def test_a_file_without_servers_gets_them(text: str):
    assert parse_jsonc(spliced(text, "servers", "toolpost", ENTRY)).plain["servers"] == {"toolpost": ENTRY}


@pytest.mark.parametrize(
    "text",
    [
        '{"servers": {"toolpost": {}}}',
        '{"servers": {"toolpost": {},}}',
        '{"servers": {"a": 1, "toolpost": {}}}',
        '{"servers": {"a": 1, /* , */ "toolpost": {} /* , */ , "b": 2}}',
        '{"servers": {\n  "a": 1,\n  // about toolpost, once\n  "toolpost": {}\n}}',
        '{"servers": {\r\n  "toolpost": {},\r\n  "a": 1\r\n}}',
    ],
)
def test_an_entry_is_taken_out_of_any_place(text: str):
    before, out = parse_jsonc(text).plain["servers"], spliced(text, "servers", "toolpost", None)
    del before["toolpost"]
    assert parse_jsonc(out).plain["servers"] == before
    assert out.count("//") == text.count("//")


def test_line_ends_stay_as_they_are():
    changed = spliced('{\r\n\t"a": 1\r\n}\r\n', "servers", "toolpost", ENTRY)
    assert changed.count("\n") == changed.count("\r\n")
    assert '\r\n\t"servers": {\r\n\t\t"toolpost"' in changed


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', "{a: 1}", '{"a" 1}', '{"a": 1 "b": 2}', '{"a": NaN}', '{"a": 1', "{} {}", '{"a": tru}', "{,}",
     '{"a": "\\x"}', "[" * 5000, '{"a": "b\n"}', "/* open", "'a'"],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        parse_jsonc(text)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
comments = st.sampled_from(["", " ", "\n", "// , } ]\n", '/* " { */', "\t// é\n"])


def written(value: Any, draw: Any) -> str:
    def space() -> str:
        return str(draw(comments))

    if isinstance(value, dict) and value:
        inside = ",".join(f"{space()}{json.dumps(k)}{space()}:{space()}{written(v, draw)}" for k, v in value.items())
        return f"{{{inside}{space()}{draw(st.sampled_from(['', ',']))}{space()}}}"
    if isinstance(value, list) and value:
        inside = ",".join(f"{space()}{written(item, draw)}{space()}" for item in value)
        return f"[{inside}{draw(st.sampled_from(['', ',']))}{space()}]"
    return json.dumps(value)


@st.composite
def documents(draw: Any) -> tuple[dict[str, Any], str]:
    value = draw(st.dictionaries(st.text(), values, max_size=4))
    servers = draw(st.none() | st.dictionaries(st.text() | st.just("toolpost"), values, max_size=3))
    if servers is not None:
        value["servers"] = servers
    return value, f"{draw(comments)}{written(value, draw)}{draw(comments)}"


@given(documents())
def test_whatever_stands_in_a_file_stays(document: tuple[dict[str, Any], str]):
    value, text = document
    mine = "toolpost" in value.setdefault("servers", {})
    assert parse_jsonc(text).plain.get("servers", {}) == value["servers"]
    there = spliced(text, "servers", "toolpost", ENTRY)
    value["servers"]["toolpost"] = ENTRY
    assert parse_jsonc(there).plain == value
    gone = spliced(there, "servers", "toolpost", None)
    del value["servers"]["toolpost"]
    assert parse_jsonc(gone).plain == value
    # Comments go only with the entry that they stand in.
    assert mine or all(gone.count(one) == text.count(one) for one in ("// , }", "// é", '/* " { */'))
