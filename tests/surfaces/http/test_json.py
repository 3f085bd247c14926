"""JSON is read as RFC 8259 has it: what it forbids is refused, what it allows is no error of form."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from reaching import ACCEPT, HANDSHAKE, MODERN, Reached

# Pieces that no JSON text holds, in the places where a value may stand.
WRONG_VALUES = [
    "", "nul", "truth", "TRUE", "None", "undefined", "NaN", "-NaN", "Infinity", "-Infinity", "nan", "inf",
    "+1", "01", "-01", "00", "-", "+", "1.", ".1", "-.1", "1e", "1e+", "1E-", "1.e1", "1.2.3", "1 2", "0x1", "0b1",
    "1_000", "1e1.5", "--1", "1a", "\uff11", "'a'", "a", '"', '"a', '"\\', '"\\"', '"\\x00"', '"\\a"', '"\\u"',
    '"\\u00"',
    '"\\u00G0"', '"\\ud800"', '"\\udc00"', '"\\ud800\\u"', '"\\ud800\\ud800"', '"\\U00e9"', '"\n"', '"\t"', '"\x00"',
    '"\x1f"', "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "[\x0b1]", "[\x0c]",
    "[\u00a01]",
    "{", "}", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,"a":1}', '{"a" 1}', '{"a"::1}', '{"a":1:2}',
    '{"a":1 "b":2}', "{a:1}", "{'a':1}", '{1:1}', '{null:1}', '{[]:1}', '{"a":1]', '{"a",1}', "/* c */1", "1 // c",
    "# c\n1", "1;", "1,", "\\u0031", "\u20601", "<null>", "*", "@", "(1)", '"a" "b"', '"a"+"b"', "[1]]", "{}}",
    '"\\u{41}"',
    "-Infinity1", "1..2", "1e1e1", "e1", "[\"a\",\n4\n,1,", '["a"', '[""],', "[{}", "[[]", '{"a":"b"}#', '"\\\u2028"',
]  # fmt: skip
# And pieces that all do.
RIGHT_VALUES = [
    "null", "true", "false", "0", "-0", "1", "-1", "123456789012345678901234567890", "0.1", "-0.1", "1e1", "1E1",
    "1e+1",
    "1e-1", "1.5e300", "1e-400", "0e0", "0.0e-0", '""', '"a"', '"\\""', '"\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"',
    '"\\u0041"',
    '"\\u0000"', '"\\u001f"', '"\\ud83d\\ude00"', '"\\uD834\\uDD1E"', '"\u00e9"', '"\U0001f600"', '"\u2028\u2029"',
    '"\x7f"',
    '"\ufeff"', '"\uffff"', '"\u0000 escaped"'.replace("\x00", "\\u0000"), '"/"', '"# no comment"', "[]", "[ ]", "[1]",
    "[1,2]", "[[[]]]", "[null,true,\"a\"]", "[\n1\r\n,\t2 ]", "{}", "{ }", '{"":0}', '{"a":1,"a":2}', '{"a":{"b":[]}}',
    '{"\\u0000":1}', '{"__proto__":{"x":1}}', '{"constructor":1}', '{"a" : 1 , "b" :\n2}', "[" * 60 + "]" * 60,
]  # fmt: skip
SHAPES = ["VALUE", "[0,VALUE]", '{"x":VALUE}', '{"x":[VALUE],"y":1}']
BYTES = {
    "a byte order mark": b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}',
    "UTF-16": '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16-le"),
    "UTF-32": '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-32"),
    "latin-1": '{"jsonrpc":"2.0","id":1,"method":"\xe9"}'.encode("latin-1"),
    "an overlong slash": b'{"jsonrpc":"2.0","id":1,"method":"\xc0\xaf"}',
    "a surrogate": b'{"jsonrpc":"2.0","id":1,"method":"\xed\xa0\x80"}',
    "half a character": b'{"jsonrpc":"2.0","id":1,"method":"\xe2\x82"}',
    "beyond Unicode": b'{"jsonrpc":"2.0","id":1,"method":"\xf4\xbf\xbf\xbf"}',
    "a NUL at the end": b'{"jsonrpc":"2.0","id":1,"method":"ping"}\x00',
    "two texts": b'{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}',
    "a list of two": b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]',
    "deep lists": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep objects": b'{"jsonrpc":"2.0","id":1,"params":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "only openings": b"[" * 1_000_000,
    "openings of both": b'[{"a":' * 100_000,
}  # fmt: skip


def messages(values: list[str]) -> Iterator[bytes]:
    for shape, value in itertools.product(SHAPES, values):
        params = shape.replace("VALUE", value)
        text = f'{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{params}}}}}'
        yield text.encode("utf-8", "surrogatepass")


def post(server: Reached, body: bytes, version: str) -> tuple[int, int | None]:
    headers = {"content-type": "application/json", "accept": ACCEPT, "mcp-protocol-version": version}
    if version == MODERN:
        headers["mcp-method"] = "ping"
    reply = server.request("POST", "/mcp", body, headers)
    return reply.status, reply.json.get("error", {}).get("code")


@pytest.mark.parametrize("version", [MODERN, HANDSHAKE])
def test_what_is_no_json_is_refused(server: Reached, version: str):
    # A value that is merely followed by more of itself may be right within another.
    wrong = [body for body in messages(WRONG_VALUES) if not _happens_to_be_right(body)]
    taken = [body for body in wrong if post(server, body, version) != (400, -32700)]
    assert len(wrong) > 350
    assert taken == []


@pytest.mark.parametrize("version", [MODERN, HANDSHAKE])
def test_what_is_json_is_no_error_of_form(server: Reached, version: str):
    for body in messages(RIGHT_VALUES):
        status, code = post(server, body, version)
        assert status < 500, body
        assert code != -32700, body


@pytest.mark.parametrize("version", [MODERN, HANDSHAKE])
@pytest.mark.parametrize("body", BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_message_are_refused(server: Reached, body: bytes, version: str):
    before = server.rss()
    assert post(server, body, version)[0] == 400
    assert server.rss() - before < 50_000_000
    server.alive()


NO_MESSAGES = [
    b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":1}', b'{"jsonrpc":"2.0","id":1,"method":5}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', b'{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}',
    b'{"jsonrpc":"2.0","method":null}', b'{"jsonrpc":"2.0","id":1,"result":5}', b'{"jsonrpc":"2.0","id":1,"error":5}',
    b'{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"y"}}', b'{"jsonrpc":2.0,"id":1,"method":"ping"}', b"{}",
    b'{"jsonrpc":"2.0","id":[],"method":"ping"}', b'{"id":1,"method":"ping"}', b"5", b'"x"', b"null", b"true", b"[]",
]  # fmt: skip


@pytest.mark.parametrize("version", [MODERN, HANDSHAKE])
@pytest.mark.parametrize("body", NO_MESSAGES, ids=lambda body: body.decode())
def test_what_is_no_message_is_refused_in_our_own_words(server: Reached, body: bytes, version: str):
    headers = {"content-type": "application/json", "accept": ACCEPT, "mcp-protocol-version": version}
    reply = server.request("POST", "/mcp", body, headers)
    assert reply.status == 400
    assert reply.json["error"]["data"]["request_id"] == reply.headers["x-request-id"]
    assert "pydantic" not in reply.body.decode()


def test_of_a_key_that_stands_twice_the_last_counts_everywhere(server: Reached):
    call = '{"name":"echo","arguments":{"text":"first","text":"last"}%s}'
    meta = f'"io.modelcontextprotocol/protocolVersion":"{MODERN}","io.modelcontextprotocol/clientCapabilities":{{}}'
    for more in ("", ',"progressToken":1'):
        params = call % f',"_meta":{{{meta}{more}}}'
        body = f'{{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{params}}}'
        headers = {
            "content-type": "application/json",
            "accept": ACCEPT,
            "mcp-protocol-version": MODERN,
            "mcp-method": "tools/call",
            "mcp-name": "echo",
        }
        reply = server.request("POST", "/mcp", body.encode(), headers)
        assert reply.json["result"]["content"][0]["text"] == "last"


def _happens_to_be_right(body: bytes) -> bool:
    import json

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        text = body.decode()
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return "\\ud" not in text.lower()
