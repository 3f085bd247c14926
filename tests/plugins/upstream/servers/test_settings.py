from __future__ import annotations

from pathlib import Path

import pytest

from toolpost.config.fields import keyword_arguments
from toolpost.config.load import load
from toolpost.errors import ConfigError
from toolpost_upstream.servers.gathering import gather
from toolpost_upstream.servers.server import Server
from toolpost_upstream.servers.settings import Servers, ServerSettings


def settings(tmp_path: Path, text: str) -> dict[str, ServerSettings]:
    """The servers of a configuration file, checked as the host checks a plugin's settings."""
    from dataclasses import dataclass, field

    path = tmp_path / "config.toml"
    path.write_text(text)
    table = load(path).plugins["upstream"]

    @dataclass
    class Upstream:
        servers: Servers = field(default_factory=dict)

    # The types are named in this module, and not in the function.
    Upstream.__annotations__["servers"] = Servers
    found = keyword_arguments(Upstream, table.settings, table.source)["servers"]
    return dict(found)


def one(tmp_path: Path, text: str) -> Server:
    return gather(settings(tmp_path, f"[plugins.upstream.servers.it]\n{text}"), [])[0]


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        one(tmp_path, text)
    return str(refused.value)


def test_two_servers_with_one_prefix_are_refused(tmp_path: Path) -> None:
    two = '[plugins.upstream.servers.a]\nurl = "https://a.example"\n[plugins.upstream.servers.b]\n{}'
    with pytest.raises(ConfigError, match="b has the prefix 'a', and so has a; give one of them another"):
        settings(tmp_path, two.format('url = "https://b.example"\nprefix = "a"'))
    off = 'url = "https://b.example"\nprefix = "a"\nenabled = false'
    assert set(settings(tmp_path, two.format(off))) == {"a", "b"}


def test_a_command_is_a_server_to_start(tmp_path: Path) -> None:
    server = one(tmp_path, 'command = "npx"\nargs = ["-y", "pkg"]\nenv = { A = "b" }')
    assert (server.name, server.transport, server.command, server.args) == ("it", "stdio", "npx", ("-y", "pkg"))
    assert dict(server.env) == {"A": "b"}
    assert server.origin == "[plugins.upstream.servers.it]"


def test_an_address_is_a_server_that_runs(tmp_path: Path) -> None:
    server = one(tmp_path, 'url = "https://a.example/mcp"\nheaders = { X = "y" }')
    assert (server.transport, server.url) == ("http", "https://a.example/mcp")
    assert server.headers["X"].get_secret_value() == "y"


def test_an_address_of_the_old_transport_is_known_by_its_end(tmp_path: Path) -> None:
    assert one(tmp_path, 'url = "https://a.example/sse"').transport == "sse"
    assert one(tmp_path, 'url = "https://a.example/sse"\ntransport = "http"').transport == "http"


def test_all_keys_arrive(tmp_path: Path) -> None:
    server = one(
        tmp_path,
        """command = "~/bin/x"
cwd = "/tmp"
era = "handshake"
start_timeout = 5
call_timeout = 7.5
only = ["a*"]
except = ["ab"]
prefix = ""
enabled = false""",
    )
    assert server.command == str(Path.home() / "bin/x")
    assert (server.cwd, server.era, server.start_timeout, server.call_timeout) == ("/tmp", "handshake", 5.0, 7.5)
    assert (server.only, server.except_, server.prefix, server.enabled) == (("a*",), ("ab",), "", False)


def test_a_variable_of_the_environment_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_IT", "sesame")
    server = one(tmp_path, 'command = "x"\nenv = { KEY = "${KEY_OF_IT}" }')
    assert server.env["KEY"] == "sesame"
    assert "sesame" not in repr(server)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('comand = "x"', "it: unknown key 'comand'; did you mean 'command'?"),
        ("", "`command`"),
        ('command = "x"\nurl = "http://a"', "not both"),
        ('command = "x"\ntransport = "http"', "transport 'http' needs `url`"),
        ('url = "http://a"\ntransport = "stdio"', "transport 'stdio' needs `command`"),
        ('url = "http://a"\nenv = { A = "b" }', "`env` says nothing"),
        ('command = "x"\nheaders = { A = "b" }', "`headers` says nothing"),
        ('command = "x"\nauth = "oauth"', "`env`"),
        ('url = "ftp://a"', "url is no address"),
        ('url = "http://a"\nheaders = { "a b" = "c" }', "header 'a b' cannot be sent"),
        ('url = "http://a"\nheaders = { a = "c\\nd" }', "header 'a' cannot be sent"),
        ('url = "http://a"\nauth = "oauth"\noauth = { client_secret = "s" }', "no client_id"),
        ('url = "http://a"\noauth = { client_id = "s" }', 'add auth = "oauth"'),
        (
            'url = "http://a"\nauth = "oauth"\noauth.grant = "client_credentials"\noauth.client_id = "c"',
            "`issuer`",
        ),
        ('command = "x"\nstart_timeout = 0', "start_timeout"),
        ('command = "x"\nprefix = "a b"', "prefix"),
        ('command = "/v/bin/toolpost"\nargs = ["serve"]', "would call itself for ever"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(tmp_path: Path, text: str, said: str) -> None:
    refused = refusal(tmp_path, text)
    assert said in refused
    assert "config.toml:1: [plugins.upstream] servers" in refused
    assert "it" in refused.split("servers: ")[1]


def test_another_toolpost_is_a_server_as_any(tmp_path: Path) -> None:
    text = 'command = "/v/bin/toolpost"\nargs = ["--config", "other.toml", "serve"]'
    assert one(tmp_path, text).args[-1] == "serve"


def test_a_name_that_cannot_stand_in_names_of_tools_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="servers"):
        settings(tmp_path, '[plugins.upstream.servers."a b"]\ncommand = "x"')


def test_secrets_are_in_no_representation_and_no_error(tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    server = one(
        tmp_path,
        f"""url = "https://user:{secret}@a.example/?key={secret}"
headers = {{ Authorization = "Bearer {secret}" }}
auth = "oauth"
oauth = {{ client_id = "c", client_secret = "{secret}" }}""",
    )
    assert secret not in repr(server)
    assert secret not in refusal(tmp_path, f'url = "gopher://user:{secret}@a.example"')
    assert secret not in refusal(tmp_path, f'command = "x"\nenv = {{ KEY = "{secret}", LIST = ["{secret}"] }}')
