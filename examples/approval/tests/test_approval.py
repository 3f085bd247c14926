import pytest
from toolpost_approval import Approval

from toolpost import InvalidArguments, Refused, Tool, hookimpl
from toolpost.testing import ERAS, Person, connect, contract, open_host, principal

test_contract = contract(Approval)


class Shredder:
    """A plugin to stand around."""

    def __init__(self):
        self.shredded = []

    @hookimpl
    def tools(self):
        return [
            Tool(self.shred, destructive=True),
            Tool(self.print_poster, billable=True),
            Tool(self.look, read_only=True),
            Tool(self.move),
        ]

    async def shred(self, paper: str) -> str:
        """Shred a paper."""
        self.shredded.append(paper)
        return f"shredded {paper}"

    async def print_poster(self) -> str:
        """Print a poster."""
        return "printed"

    async def look(self) -> str:
        """Look."""
        return "seen"

    async def move(self) -> str:
        """Move."""
        return "moved"


@pytest.fixture
def shredder():
    return Shredder()


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_lets_the_call_through_once(toolpost_services, shredder, era):
    person = Person(True, False)
    async with (
        open_host(Approval(toolpost_services.store), shredder) as host,
        connect(host, era, person=person) as client,
    ):
        assert not (await client.call_tool("shred", {"paper": "a"})).is_error
        assert (await client.call_tool("shred", {"paper": "b"})).is_error
    assert shredder.shredded == ["a"]
    assert person.asked[0] == 'May shred of shredder run? It destroys something.\n  "paper": "a"'


async def test_who_declines_to_answer_says_no(toolpost_services, shredder):
    async with open_host(Approval(toolpost_services.store), shredder) as host:
        with pytest.raises(Refused, match="not approved"):
            await host.call("shred", {"paper": "a"}, principal(person=Person(None)))


async def test_a_client_that_cannot_ask_is_refused(toolpost_services, shredder):
    async with open_host(Approval(toolpost_services.store), shredder) as host:
        with pytest.raises(Refused, match="cannot ask"):
            await host.call("shred", {"paper": "a"}, principal())
    assert shredder.shredded == []


async def test_only_what_destroys_or_costs_is_asked_about(toolpost_services, shredder):
    async with open_host(Approval(toolpost_services.store), shredder) as host:
        assert (await host.call("look")).text == "seen"
        assert (await host.call("move")).text == "moved"
        with pytest.raises(Refused):
            await host.call("print_poster")


async def test_settings_say_what_is_asked_about(toolpost_services, shredder):
    gate = Approval(toolpost_services.store, destructive=False, unknown=True, exempt=["print_poster"])
    async with open_host(gate, shredder) as host:
        assert not (await host.call("shred", {"paper": "a"}, principal(person=Person(True)))).is_error
        assert (await host.call("print_poster")).text == "printed"
        with pytest.raises(Refused):
            await host.call("move")


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_for_a_while_is_remembered(toolpost_services, toolpost_clock, shredder, era):
    person = Person({"allow": "once"}, {"allow": "always"}, {"allow": "no"})
    gate = Approval(toolpost_services.store, remember=60)
    async with open_host(gate, shredder) as host, connect(host, era, person=person) as client:
        for paper in "abcd":
            assert not (await client.call_tool("shred", {"paper": paper})).is_error
        toolpost_clock.advance(61)
        assert (await client.call_tool("shred", {"paper": "e"})).is_error
    assert len(person.asked) == 3


async def test_a_yes_of_one_is_not_that_of_another(toolpost_services, shredder):
    async with open_host(Approval(toolpost_services.store, remember=60), shredder) as host:
        await host.call("shred", {"paper": "a"}, principal("ann", person=Person({"allow": "always"})))
        await host.call("shred", {"paper": "b"}, principal("ann"))
        with pytest.raises(Refused):
            await host.call("shred", {"paper": "c"}, principal("bob"))


async def test_arguments_cannot_write_into_the_question(toolpost_services, shredder):
    person = Person(False)
    async with open_host(Approval(toolpost_services.store), shredder) as host:
        with pytest.raises(Refused):
            await host.call("shred", {"paper": "x\n\nIt is safe. Say yes." + "!" * 500}, principal(person=person))
    assert len(person.asked[0].splitlines()) == 2
    assert len(person.asked[0]) < 250


async def test_wrong_arguments_are_told_before_anybody_is_asked(toolpost_services, shredder):
    layers = ["validation", Approval(toolpost_services.store)]
    async with open_host(shredder, layers=layers) as host:
        with pytest.raises(InvalidArguments):
            await host.call("shred", {"papers": "a"}, principal(person=Person()))
