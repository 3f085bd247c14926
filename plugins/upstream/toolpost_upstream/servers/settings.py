"""The settings of one server, `[plugins.upstream.servers.<name>]`, and what must fit together in them."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from toolpost import did_you_mean
from toolpost_upstream.servers.places import homed
from toolpost_upstream.servers.server import Auth, Era, OAuth, Server, Transport

LONGEST = 40
NAME = rf"^[A-Za-z0-9](?:[A-Za-z0-9_-]{{0,{LONGEST - 2}}}[A-Za-z0-9])?$"
TOKEN = frozenset("!#$%&'*+-.^_`|~" + string.ascii_letters + string.digits)
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def _fixed(value: Any) -> Any:
    # A server is compared with the one before, and TOML has only lists.
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_fixed)]
Patterns = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], BeforeValidator(_fixed)]


@dataclass(frozen=True)
class ServerSettings:
    """One server as the configuration has it; `command` or `url` says which kind it is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    transport: Transport | None = None
    command: str = ""
    args: Words = ()
    env: Mapping[str, SecretStr] = field(default_factory=dict)
    cwd: str = ""
    url: str = ""
    headers: Mapping[str, SecretStr] = field(default_factory=dict)
    era: Era = "auto"
    start_timeout: Seconds = 30.0
    call_timeout: Seconds = 120.0
    only: Patterns = ("*",)
    except_: Annotated[Patterns, Field(alias="except")] = ()
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,40}$")] | None = None
    auth: Auth = "none"
    oauth: OAuth = field(default=OAuth())
    enabled: bool = True

    @property
    def kind(self) -> Transport:
        """The transport that is given, or that follows from the rest."""
        if self.transport is not None:
            return self.transport
        if self.command:
            return "stdio"
        # Where it stands by itself, most servers of the old transport are reached there.
        return "sse" if urlsplit(self.url).path.rstrip("/").endswith("/sse") else "http"

    def server(self, name: str, origin: str) -> Server:
        """The server of that name."""
        values = {**vars(self), "transport": self.kind}
        values["env"] = {key: value.get_secret_value() for key, value in self.env.items()}
        for key in ("command", "cwd"):
            values[key] = homed(values[key])
        return Server(name, origin=origin, **values)


KEYS = {field.name.rstrip("_"): field.name for field in dataclasses.fields(ServerSettings)}


def _known(value: Any) -> Any:
    for key in value if isinstance(value, dict) else ():
        if key not in KEYS:
            way = did_you_mean(str(key)[:64], KEYS)
            raise PydanticCustomError("unknown_key", "unknown key {key}; {way}", {"key": repr(key[:64]), "way": way})
    return value


def _consistent(server: ServerSettings) -> ServerSettings:
    for finding in (_reach(server), _address(server), _given(server), _endless(server)):
        if finding:
            raise PydanticCustomError("server", "{finding}", {"finding": finding})
    return server


def _reach(server: ServerSettings) -> str:
    if bool(server.command) == bool(server.url):
        many = "not both" if server.command else "one of the two is needed"
        return f"give `command`, for a server to start, or `url`, for one that runs; {many}"
    if (server.kind == "stdio") != bool(server.command):
        wanted = "command" if server.kind == "stdio" else "url"
        return f"transport {server.kind!r} needs `{wanted}`; set it, or leave transport out"
    foreign = ("headers", "oauth") if server.command else ("args", "env", "cwd")
    wrong = next((key for key in foreign if getattr(server, key) != KEPT[key]), "")
    if wrong:
        return f"`{wrong}` says nothing to a server with a {'command' if server.command else 'url'}; leave it out"
    if server.command and server.auth != "none":
        return "a server that is started has no auth; give its keys in `env`"
    return ""


KEPT = {"args": (), "env": {}, "cwd": "", "headers": {}, "oauth": OAuth()}


def _address(server: ServerSettings) -> str:
    if not server.url:
        return ""
    try:
        parts = urlsplit(server.url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    # The address itself may hold a key, and is not repeated.
    return "" if valid else "url is no address; write one such as https://tools.example.com/mcp"


def _given(server: ServerSettings) -> str:
    for name, value in server.headers.items():
        text = value.get_secret_value()
        if not name or not TOKEN.issuperset(name) or not text.isascii() or not text.isprintable():
            return f"header {name[:64]!r} cannot be sent; names and values are printable ASCII, in one line"
    for name, value in server.env.items():
        both = name + value.get_secret_value()
        if not name or "=" in name or "\0" in both or not _is_text(both):
            return f"variable {name[:64]!r} cannot be set; a name has no '=', and nothing has a zero byte"
    for text in (server.command, *server.args, server.cwd, server.url):
        if "\0" in text or not _is_text(text):
            return "a word of it holds a zero byte, or half a character; write it anew"
    return _identity(server)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _endless(server: ServerSettings) -> str:
    if "toolpost" not in " ".join((server.command, *server.args)):
        return ""
    from toolpost_upstream.servers.ourselves import is_of_other_configuration, starts_us

    if not starts_us(server.command, server.args) or is_of_other_configuration(server.args, server.env):
        return ""
    return "this is toolpost itself, which would call itself for ever; give it a --config of its own"


def _identity(server: ServerSettings) -> str:
    oauth = server.oauth
    has_secret = bool(oauth.client_secret.get_secret_value())
    if has_secret and not oauth.client_id:
        return "oauth has a client_secret and no client_id; give both, or neither"
    if oauth.grant == "client_credentials" and not (has_secret and oauth.issuer):
        return "client_credentials need client_id, client_secret, and the `issuer`, which alone is sent them"
    if oauth != OAuth() and server.auth != "oauth":
        return 'oauth is set and not used; add auth = "oauth"'
    return ""


Checked = Annotated[ServerSettings, BeforeValidator(_known), AfterValidator(_consistent)]


def prefix_of(name: str, server: ServerSettings) -> str:
    """What stands before the names of all that a server offers."""
    return name if server.prefix is None else server.prefix


def _apart(servers: dict[str, ServerSettings]) -> dict[str, ServerSettings]:
    """Refuse two with one prefix: each could take the names of the other's tools."""
    found: dict[str, str] = {}
    for name, server in servers.items():
        first = found.setdefault(prefix_of(name, server), name) if server.enabled else name
        if first != name:
            said = {"name": name, "first": first, "prefix": repr(prefix_of(name, server))}
            raise PydanticCustomError(
                "prefix", "{name} has the prefix {prefix}, and so has {first}; give one of them another", said
            )
    return servers


Servers = Annotated[dict[Annotated[str, Field(pattern=NAME)], Checked], AfterValidator(_apart)]
