"""`doctor --online`: who answers, who refuses the key, who is not heard."""

from __future__ import annotations

import anyio
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from toolpost import Host, Refused
from toolpost.doctor import online as module
from toolpost.doctor.online import online

pytestmark = pytest.mark.anyio
pytest.importorskip("toolpost_openai")


class Asked:
    """Answers, or does what it was made with."""

    def __init__(self, says: str = "", error: BaseException | None = None, seconds: float = 0.0) -> None:
        self.says, self.error, self.seconds = says, error, seconds

    async def online(self) -> str:
        await anyio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return self.says


async def test_each_is_asked_and_only_what_is_wrong_needs_a_look():
    plugins = {
        "fine": Asked("weather.example answers"),
        "nobody": Asked(),
        "refused": Asked(error=Refused("the key is refused")),
        "broken": Asked(error=ValueError("no")),
        "silent": object(),
    }
    assert [tuple(finding) for finding in await online(Host(plugins))] == [
        ("ok", "plugin 'fine': weather.example answers"),
        ("look", "plugin 'refused': the key is refused"),
        ("look", "plugin 'broken' cannot say whether it is online: ValueError: no"),
    ]


async def test_one_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LONGEST", 0.05)
    found = await online(Host({"slow": Asked(seconds=3600), "fine": Asked("here")}))
    assert [finding.text for finding in found] == ["plugin 'slow': no answer within 0.05 s", "plugin 'fine': here"]


@pytest.mark.parametrize(("key", "level"), [("sk-right", "ok"), ("sk-wrong", "look")])
async def test_a_provider_that_refuses_the_key_is_told_from_one_that_takes_it(
    httpserver: HTTPServer, key: str, level: str
):
    from toolpost_openai import OpenAI

    models = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]}
    error = {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key", "type": "x", "param": None}}
    right = httpserver.expect_request("/v1/models", headers={"authorization": "Bearer sk-right"})
    right.respond_with_json(models)
    httpserver.expect_request("/v1/models").respond_with_json(error, status=401)
    plugin = OpenAI(api_key=SecretStr(key), base_url=httpserver.url_for("/v1"))
    (finding,) = await online(Host({"openai": plugin}))
    assert finding.level == level
    assert "sk-" not in finding.text
    assert ("takes the key" in finding.text) is (level == "ok")


async def test_without_a_key_nobody_is_asked():
    from toolpost_openai import OpenAI

    (finding,) = await online(Host({"openai": OpenAI()}))
    assert finding.level == "note"
    assert finding.text.startswith("nothing was asked over the network")
