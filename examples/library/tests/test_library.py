import anyio
import pytest
from mcp.shared.subscriptions import ResourcesListChanged
from mcp_types import PromptReference, ResourceTemplateReference
from toolpost_library import Library

from toolpost import InvalidArguments
from toolpost.testing import ERAS, connect, contract, open_host, principal

test_contract = contract(Library)

EMMA = {"title": "Emma", "text": "Emma Woodhouse, handsome,\nclever and rich.\n\nShe was the youngest."}


@pytest.fixture
def library(toolpost_services):
    return Library(toolpost_services.store, toolpost_services.changes)


async def test_a_book_that_was_added_can_be_read(library, toolpost_services):
    async with open_host(library, services=toolpost_services) as host:
        added = await host.call("add_book", EMMA)
        assert [block.type for block in added.content] == ["text", "resource_link"]
        assert (await host.read("library://emma"))[1].text == EMMA["text"]
        assert (await host.read("library://emma/2"))[1].text == "She was the youngest."


async def test_books_survive_a_restart(library, toolpost_services):
    async with open_host(library, services=toolpost_services) as host:
        await host.call("add_book", EMMA)
    again = Library(toolpost_services.store, toolpost_services.changes)
    async with open_host(again) as host:
        assert (await host.call("find_passages", {"words": "YOUNGEST"})).structured["result"] == [
            "Emma: She was the youngest."
        ]


async def test_clients_that_listen_hear_of_a_new_book(library, toolpost_services):
    async with (
        open_host(library, services=toolpost_services) as host,
        connect(host, "stateless") as client,
        client.listen(resources_list_changed=True) as heard,
    ):
        await client.call_tool("add_book", EMMA)
        assert await anext(heard) == ResourcesListChanged()
        assert [book.title for book in (await client.list_resources()).resources] == ["Emma"]


async def test_older_clients_are_told_of_a_new_book(library, toolpost_services):
    heard = anyio.Event()

    async def hear(message):
        if getattr(message, "method", "") == "notifications/resources/list_changed":
            heard.set()

    async with (
        open_host(library, services=toolpost_services) as host,
        connect(host, "handshake", message_handler=hear) as client,
    ):
        await client.call_tool("add_book", EMMA)
        await heard.wait()
        assert [book.title for book in (await client.list_resources()).resources] == ["Emma"]


@pytest.mark.parametrize(
    ("uri", "why"),
    [("library://persuasion/1", "no book called 'persuasion'"), ("library://emma/3", "paragraphs 1 to 2")],
)
async def test_what_is_not_there_is_said(library, toolpost_services, uri, why):
    async with open_host(library, services=toolpost_services) as host:
        await host.call("add_book", EMMA)
        with pytest.raises(InvalidArguments, match=why):
            await host.read(uri)


async def test_a_title_is_taken_once(library, toolpost_services):
    async with open_host(library, services=toolpost_services) as host:
        await host.call("add_book", EMMA)
        with pytest.raises(InvalidArguments, match="a book called 'emma' already"):
            await host.call("add_book", {"title": "Émma!", "text": "x"})


async def test_a_full_library_says_so(toolpost_services):
    full = Library(toolpost_services.store, toolpost_services.changes, most_books=1)
    async with open_host(full, services=toolpost_services) as host:
        await host.call("add_book", EMMA)
        with pytest.raises(InvalidArguments, match="it keeps 1 books"):
            await host.call("add_book", {"title": "Persuasion", "text": "x"})


async def test_counting_tells_how_far_it_is(library, toolpost_services):
    ann = principal("ann")
    async with open_host(library, services=toolpost_services) as host:
        for title in ("A", "B"):
            await host.call("add_book", {"title": title, "text": "The rain, the RAIN."})
        result = await host.call("count_words", {"most": 2}, ann)
    assert result.structured == {"the": 4, "rain": 4}
    assert [(report.done, report.total, report.message) for report in ann.reports] == [
        (0, 2, "A"),
        (1, 2, "B"),
        (2, 2, "done"),
    ]


async def test_counting_ends_when_the_caller_goes(library, toolpost_services):
    ann = principal("ann")
    async with open_host(library, services=toolpost_services) as host:
        for title in ("A", "B", "C"):
            await host.call("add_book", {"title": title, "text": "The rain."})
        with anyio.CancelScope() as scope:

            async def leave(done, total, message):
                if done == 1:
                    scope.cancel()

            ann.report = leave
            await host.call("count_words", {}, ann)
        assert scope.cancelled_caught
        assert [report.message for report in ann.reports] == ["A", "B"]
        assert (await host.call("count_words")).structured == {"the": 3, "rain": 3}


@pytest.mark.parametrize("era", ERAS)
async def test_names_and_numbers_are_suggested(library, toolpost_services, era):
    async with open_host(library, services=toolpost_services) as host, connect(host, era) as client:
        await client.call_tool("add_book", EMMA)
        prompt = PromptReference(name="discuss_book")
        assert (await client.complete(prompt, {"name": "book", "value": "E"})).completion.values == ["emma"]
        assert (await client.complete(prompt, {"name": "angle", "value": "how"})).completion.values == [
            "how it is told"
        ]
        template = ResourceTemplateReference(uri="library://{book}/{number}")
        found = await client.complete(template, {"name": "number", "value": ""}, context_arguments={"book": "emma"})
        assert found.completion.values == ["1", "2"]
        filled = await client.get_prompt("discuss_book", {"book": "emma"})
    assert filled.messages[0].content.text.startswith("Let us talk about 'Emma': the people in it.")
