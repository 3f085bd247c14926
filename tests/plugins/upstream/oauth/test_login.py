from __future__ import annotations

import logging
import stat
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import anyio
import httpx2
import pytest
from pydantic import SecretStr

from toolpost.testing import Services
from toolpost_upstream.oauth import LoginNeeded, auth_for
from toolpost_upstream.oauth.failures import LoginFailed
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.oauth.login import HELLO, log_in
from toolpost_upstream.servers.server import OAuth, Server

from .conftest import Site, browser

PATIENCE = 20.0


async def person(address: str) -> None:
    assert "You are logged in" in (await browser(address)).text


async def logged_in(site: Site, services: Services, server: Server | None = None) -> Server:
    server = server or site.server()
    with anyio.fail_after(PATIENCE):
        assert await log_in(server, services.store, person, PATIENCE)
    return server


async def asked(server: Server, services: Services, auth: httpx2.Auth | None = None) -> int:
    """The status of a request to the server, as a new process would make it."""
    signed = auth or auth_for(server, services.store)
    async with httpx2.AsyncClient(auth=signed, trust_env=False) as client:
        headers = {"Accept": "application/json, text/event-stream"}
        return (await client.post(server.url, json=HELLO, headers=headers)).status_code


async def end_token(server: Server, services: Services) -> None:
    """As if the token had been given long ago."""
    kept = Keeping.of(server, services.store)
    await kept.save((await kept.load()).model_copy(update={"expires": 1.0}))


async def test_who_logged_in_is_let_in_by_later_processes(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    assert await asked(server, services) == 200
    assert len(site.provider.clients) == 1


async def test_who_did_not_is_told_how(site: Site, services: Services) -> None:
    with pytest.raises(LoginNeeded, match="wants a login; run `toolpost upstream login it`"):
        await asked(site.server(), services)
    # Nothing is registered for nobody, and nothing is looked up.
    assert [path for _, path, _ in site.requests] == ["/mcp"]


async def test_a_server_without_auth_is_not_signed(site: Site, services: Services) -> None:
    assert auth_for(Server("it", "http", url=site.url), services.store) is None


async def test_a_new_login_is_seen_by_who_runs(site: Site, services: Services) -> None:
    server = site.server()
    auth = auth_for(server, services.store)
    with pytest.raises(LoginNeeded):
        await asked(server, services, auth)
    await logged_in(site, services)
    assert await asked(server, services, auth) == 200


async def test_requests_do_not_wait_for_each_other(site: Site, services: Services) -> None:
    """The SDK's flow would hold a lock until the response to the one before begins."""
    server = await logged_in(site, services)
    auth = auth_for(server, services.store)
    assert auth is not None
    await asked(server, services, auth)
    request = httpx2.Request("POST", server.url)
    first, second = auth.async_auth_flow(request), auth.async_auth_flow(httpx2.Request("POST", server.url))
    with anyio.fail_after(PATIENCE):
        assert (await anext(first)).headers["Authorization"] == (await anext(second)).headers["Authorization"]
    await first.aclose()
    await second.aclose()


async def test_a_token_is_for_the_address_that_gave_it(site: Site, services: Services) -> None:
    from dataclasses import replace

    server = await logged_in(site, services)
    with pytest.raises(LoginNeeded):
        await asked(replace(server, url=f"{site.url}?other"), services)
    assert site.requests[-1][2] == ""


async def test_the_scopes_of_the_settings_are_asked_for(site: Site, services: Services) -> None:
    await logged_in(site, services, site.server(oauth=OAuth(scope="tools more")))
    assert site.provider.scopes == ["tools", "more"]


async def test_a_refusal_is_said_and_what_was_kept_stays(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    site.provider.denies = True

    async def refused(address: str) -> None:
        assert "did not work" in (await browser(address)).text

    with anyio.fail_after(PATIENCE), pytest.raises(LoginFailed, match="access_denied"):
        await log_in(server, services.store, refused, PATIENCE)
    assert await asked(server, services) == 200


async def test_an_answer_to_another_question_is_not_taken(site: Site, services: Services) -> None:
    async def attacked(address: str) -> None:
        back = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        for query in ("code=evil&state=guessed", "code=evil", "error=access_denied"):
            parts = urlsplit(back)
            answer = await browser(urlunsplit(parts._replace(query=query)))
            assert answer.status_code == 400
        assert (await browser(back.replace("/callback", "/"))).status_code == 404
        await person(address)

    with anyio.fail_after(PATIENCE):
        assert await log_in(site.server(), services.store, attacked, PATIENCE)


async def test_who_never_comes_back_is_not_waited_for(site: Site, services: Services) -> None:
    async def away(address: str) -> None: ...

    with anyio.fail_after(PATIENCE), pytest.raises(LoginFailed, match="not logged in to within 0.5 s"):
        await log_in(site.server(), services.store, away, 0.5)


async def test_a_server_that_takes_no_unknown_clients_is_said(site: Site, services: Services) -> None:
    async def nothing(*_: Any) -> None:
        from mcp.server.auth.provider import RegistrationError

        raise RegistrationError("invalid_client_metadata", "no strangers: hunter2hunter2")

    site.provider.register_client = nothing  # type: ignore[method-assign]  # one that refuses
    with anyio.fail_after(PATIENCE), pytest.raises(LoginFailed, match="set .*client_id") as failed:
        await log_in(site.server(), services.store, person, PATIENCE)
    assert "hunter2" not in str(failed.value)


async def test_a_client_of_the_operators_own_is_used(site: Site, services: Services) -> None:
    from mcp.shared.auth import OAuthClientInformationFull
    from pydantic import AnyUrl

    class Anywhere(OAuthClientInformationFull):
        def validate_redirect_uri(self, redirect_uri: Any) -> Any:
            return redirect_uri

    site.provider.clients["ours"] = Anywhere(
        client_id="ours", redirect_uris=[AnyUrl("http://127.0.0.1/callback")], token_endpoint_auth_method="none"
    )
    server = await logged_in(site, services, site.server(oauth=OAuth(client_id="ours")))
    assert list(site.provider.clients) == ["ours"]
    assert await asked(server, services) == 200


async def test_a_forgotten_login_is_gone(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    assert await Keeping.of(server, services.store).forget()
    with pytest.raises(LoginNeeded):
        await asked(server, services)
    assert not await Keeping.of(server, services.store).forget()


async def test_tokens_are_for_their_owner_alone(site: Site, services: Services) -> None:
    await logged_in(site, services)
    for path in services.folders.data.glob("toolpost.sqlite3*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


async def test_a_damaged_record_is_as_none(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    kept = Keeping.of(server, services.store)
    assert kept.space is not None
    await kept.space.set(kept.key, b"\x00{")
    with pytest.raises(LoginNeeded):
        await asked(server, services)


async def test_no_token_is_logged_or_shown(site: Site, services: Services, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        server = await logged_in(site, services)
        await end_token(server, services)
        assert await asked(server, services) == 200
    kept = Keeping.of(server, services.store)
    login = await kept.load()
    assert login.tokens is not None
    for token in (*site.provider.access, *site.provider.refresh):
        assert token not in caplog.text
        assert token not in repr(kept) + repr(login) + repr(auth_for(server, services.store))


MACHINE = OAuth(grant="client_credentials", client_id="bot", client_secret=SecretStr("hunter2hunter2"), scope="tools")


def machine(site: Site) -> Server:
    from dataclasses import replace

    return site.server(oauth=replace(MACHINE, issuer=site.origin))


async def test_a_machine_logs_in_by_itself(site: Site, services: Services) -> None:
    forms: list[Any] = []

    def answer(form: Any, headers: Any) -> tuple[int, Any]:
        forms.append((form, headers.get("authorization", "")))
        return 200, site.provider.tokens("bot", ["tools"]).model_dump(exclude={"refresh_token"})

    site.machine["answer"] = answer
    assert await asked(machine(site), services) == 200
    assert await asked(machine(site), services) == 200
    assert len(forms) == 1
    assert forms[0][0]["grant_type"] == ["client_credentials"]
    assert forms[0][0]["scope"] == ["tools"]
    assert forms[0][1].startswith("Basic ")


async def test_a_machine_gets_another_token_when_one_has_ended(site: Site, services: Services) -> None:
    def answer(form: Any, headers: Any) -> tuple[int, Any]:
        return 200, site.provider.tokens("bot", ["tools"]).model_dump(exclude={"refresh_token"})

    site.machine["answer"] = answer
    auth = auth_for(machine(site), services.store)
    assert await asked(machine(site), services, auth) == 200
    site.provider.access.clear()
    assert await asked(machine(site), services, auth) == 200
    assert len(site.provider.access) == 1


async def test_a_machine_that_is_refused_says_so_without_what_was_said(
    site: Site, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    site.machine["answer"] = lambda form, headers: (
        401,
        {"error": "invalid_client", "error_description": "hunter2hunter2"},
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(LoginFailed, match="gave no token: invalid_client") as failed:
        await asked(machine(site), services)
    assert "hunter2" not in str(failed.value) + caplog.text


async def test_the_secret_of_a_machine_goes_to_its_issuer_alone(site: Site, services: Services) -> None:
    from dataclasses import replace

    seen: list[Any] = []
    site.machine["answer"] = lambda form, headers: (seen.append(form), (200, {}))[1]
    server = site.server(oauth=replace(MACHINE, issuer="https://elsewhere.example"))
    with pytest.raises(LoginFailed):
        await asked(server, services)
    assert seen == []
