"""Logins at an authorization server that nobody here wrote, as a person makes them."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from pydantic import SecretStr

from toolpost import Host, ToolError, UnknownTool
from toolpost.testing import Services, open_host
from toolpost_upstream import Upstream
from toolpost_upstream.oauth import LoginNeeded
from toolpost_upstream.oauth.failures import LoginFailed
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.servers.server import OAuth

from ..test_login import asked, end_token
from .conftest import PATIENCE, logged_in, scopes, upstream
from .guarded import Guarded, Visitor, revoke


async def test_each_refresh_token_is_used_once_by_whichever_process(site: Guarded, services: Services) -> None:
    server = site.server()
    await logged_in(server, services)
    statuses: list[int] = []

    async def process() -> None:
        statuses.append(await asked(server, services))

    for _ in range(2):
        # Had any of them used one twice, the authorization server would have ended the login.
        await end_token(server, services)
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(process)
    assert statuses == [200] * 8


async def test_a_login_that_was_revoked_is_said_and_others_go_on(
    site: Guarded, other: Guarded, services: Services
) -> None:
    for server in (site.server(), replace(other.server(), name="other")):
        await logged_in(server, services)
    login = await Keeping.of(site.server(), services.store).load()
    assert login.client is not None
    assert login.tokens is not None
    assert login.tokens.refresh_token is not None
    revoke(site.issuer, login.client.client_id, login.tokens.refresh_token)
    async with open_host(Upstream, folder=services.folder, settings=upstream(it=site.url, other=other.url)) as host:
        site.refused.add(login.tokens.access_token)
        with pytest.raises(ToolError, match="no longer takes the login; run `toolpost upstream login it`"):
            await host.call("it_secret", {})
        assert (await host.call("other_secret", {})).content[0].text == "secret"


async def test_a_call_that_needs_more_is_told_and_the_next_login_asks_for_it(site: Guarded, services: Services) -> None:
    await logged_in(site.server(), services)
    async with open_host(Upstream, folder=services.folder, settings=upstream(it=site.url)) as host:
        with pytest.raises(ToolError, match="a login for more than it was given; run `toolpost upstream login it`"):
            await host.call("it_rare", {})
        assert (await host.call("it_secret", {})).content[0].text == "secret"
        visitor = await logged_in(site.server(), services)
        assert set(scopes(visitor)) == {"tools", "more", "offline_access"}
        # The server knows the session of another login only, and the host begins a new one.
        with anyio.fail_after(PATIENCE):
            while not (text := await _tried(host)):
                await anyio.sleep(0.05)
        assert text == "rare"


async def _tried(host: Host) -> str:
    try:
        return str((await host.call("it_rare", {})).content[0].text)
    except (ToolError, UnknownTool):
        return ""


async def test_a_person_who_says_no_is_heard(site: Guarded, services: Services) -> None:
    with pytest.raises(LoginFailed, match="refused the login: access_denied"):
        await logged_in(site.server(), services, Visitor(agrees=False))


async def test_an_answer_that_names_another_issuer_is_not_taken(site: Guarded, services: Services) -> None:
    with pytest.raises(LoginFailed, match="answered by another authorization server than the one that was asked"):
        await logged_in(site.server(), services, Visitor(iss="https://elsewhere.example"))


async def test_a_server_that_wants_another_audience_is_said(elsewhere: Guarded, services: Services) -> None:
    with pytest.raises(LoginFailed, match=r"does not take the login that it gave \(HTTP 401\)"):
        await logged_in(elsewhere.server(), services)


async def test_settings_that_name_too_few_scopes_are_said(site: Guarded, services: Services) -> None:
    with pytest.raises(LoginNeeded, match="wants more than the `scope` of its settings; add to it"):
        await logged_in(site.server(OAuth(scope="more offline_access")), services)


async def test_a_machine_logs_in_by_itself(site: Guarded, services: Services) -> None:
    ours = OAuth("client_credentials", "bot", SecretStr("hunter2hunter2"), issuer=site.issuer, scope="tools")
    assert await asked(site.server(ours), services) == 200
    assert site.callers[-1] == "bot"
