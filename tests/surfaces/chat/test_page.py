"""The page for people: loads nothing from elsewhere, runs nothing that a model says, and does what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Page, browsed
from talking import Talked, talked, until

from toolpost.testing import OpenAIServer
from toolpost.testing.openai import call_tool, fail, hang, say

SCRIPTS = (
    *("answer", "asked", "call", "chat", "composer", "copying", "door", "following", "inline", "make", "markdown"),
    *("naming", "places", "question", "server", "side", "words"),
)
FILES = {
    "/chat": "text/html",
    "/chat/page/chat.css": "text/css",
    "/chat/page/words.css": "text/css",
    "/chat/page/icon.svg": "image/svg+xml",
    **{f"/chat/page/{name}.js": "text/javascript" for name in SCRIPTS},
}
in_a_browser = [
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium, which is not installed here"),
    pytest.mark.slow,
]
PWN = "document.title='PWNED'"
HOSTILE = [
    f'<img src=x onerror="{PWN}"><script>{PWN}</script><svg onload="{PWN}"><iframe srcdoc=\'<script>{PWN}</script>\'>',
    f"[click](javascript:{PWN}) [c](JaVaScRiPt:{PWN}) [d](data:text/html,<script>{PWN}</script>) [v](vbscript:x)",
    f'![x](javascript:{PWN}) ![x" onerror="{PWN}](https://evil.example/x.png) ![y](//evil.example/y.png)',
    f'```"><img src=x onerror={PWN}>\n</code></pre><script>{PWN}</script>\n```',
    f"| <img src=x onerror={PWN}> | b |\n|---|---|\n| <script>{PWN}</script> | [x](javascript:{PWN}) |",
    f'# <script>{PWN}</script>\n> <img src=x onerror={PWN}>\n\n- <svg/onload={PWN}>\n\n<https://a.example/"onclick="{PWN}>',
    f'[a](https://a.example/" onmouseover="{PWN}) \\<script>{PWN}</script> `</code><script>{PWN}</script>`',
]
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = ([text, behind]) => {
    const [one, other] = [getComputedStyle(document.querySelector(text)).color,
      getComputedStyle(document.querySelector(behind)).backgroundColor].map(light);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  return Math.min(...[["h1", "body"], [".asked", ".asked"], [".words", "body"], [".told", ".tool"], ["#status", "body"],
    ["#send", "#send"], [".code-head", ".code-head"], [".words a", "body"], [".words code", ".words code"]].map(ratio));
})()"""
MARKDOWN = """Some **bold**, *thin* and `code`, with a [link](https://example.com/a_b_c).

1. one
2. two
   - inner

> said

```python
print("hello")
```

| a | b |
|---|---|
| 1 | 2 |
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="module")
def standing(provider: OpenAIServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talked]:
    with talked(tmp_path_factory.mktemp("page"), provider.base_url) as talk:
        yield talk


@pytest.fixture
def talk(provider: OpenAIServer, standing: Talked) -> Talked:
    provider.replies.clear()
    provider.requests.clear()
    return standing


@pytest.fixture
def page(talk: Talked, tmp_path: Path) -> Iterator[Page]:
    """The page after ann has shown her token."""
    with browsed(tmp_path, talk.server.url.replace("/mcp", "/")) as page:
        enter(page, "token-of-ann")
        page.until("document.querySelectorAll('#model option').length")
        yield page
        assert not [said for said in page.said if "401" not in said], page.said


def enter(page: Page, token: str) -> None:
    page.until("document.getElementById('door')?.open")
    page.run(f"token.value = '{token}', document.querySelector('#enter button').click()")


def type_in(page: Page, words: str) -> None:
    page.run(f"message.value = {json.dumps(words)}, document.getElementById('send').click()")


def answered(page: Page) -> None:
    page.until("document.querySelector('.answer:last-child')?.getAttribute('aria-busy') === 'false'")


@pytest.mark.parametrize("path", FILES)
def test_the_page_is_for_anyone_and_holds_nothing_of_anyone(talk: Talked, path: str):
    reply = talk.get(path, None)
    assert reply.status == 200
    assert reply.headers["content-type"].split(";")[0] == FILES[path]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'; style-src 'self'" in reply.headers["content-security-policy"]
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert talk.get(path, None, if_none_match=reply.headers["etag"]).status == 304


@pytest.mark.parametrize("path", FILES)
def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_texts(talk: Talked, path: str):
    text = talk.get(path, None).body.decode().replace("http://www.w3.org/2000/svg", "")
    text = re.sub(r"https\?:|\^https", "", text)
    assert not re.findall(r"https?://|@import|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|localStorage|document\.cookie", text)


def test_no_other_file_can_be_had_beside_the_page(talk: Talked):
    assert set(FILES) == {"/chat", *(f"/chat/page/{name}" for name in _files() if name != "index.html")}
    for name in ("index.html", "../page.py", "..%2fpage.py", "chat.js/", "CHAT.JS", ""):
        assert talk.get(f"/chat/page/{name}").status in (400, 404)


def _files() -> list[str]:
    from toolpost_gateway.web.page import FOLDER

    return [path.name for path in FOLDER.iterdir()]


class TestInABrowser:
    pytestmark = in_a_browser

    def test_who_has_no_token_is_asked_for_one(self, talk: Talked, tmp_path: Path):
        with browsed(tmp_path, talk.server.url.replace("/mcp", "/")) as page:
            enter(page, "wrong")
            page.until("document.getElementById('door-said').textContent.includes('not known')")
            assert page.run("document.activeElement.id") == "token"
            enter(page, "token-of-bob")
            page.until("!document.getElementById('door').open")
            page.until("!document.getElementById('leave').hidden")
            kept = page.run(
                "[JSON.stringify({...sessionStorage}), localStorage.length, document.cookie, location.href]"
            )
            assert kept[:3] == ['{"toolpost.token":"token-of-bob"}', 0, ""]
            assert "token" not in kept[3]

    def test_a_person_talks_and_sees_what_tools_do(self, provider: OpenAIServer, page: Page):
        provider.replies += [call_tool("look_up", text="Let me see.", word="blue"), call_tool("fail"), say(MARKDOWN)]
        type_in(page, "What is blue?")
        answered(page)
        assert page.run("[...document.querySelectorAll('.tool')].map((one) => one.className)") == [
            "tool good",
            "tool failed",
        ]
        assert "blue means seven" in page.run("document.querySelector('.tool .got').textContent")
        for tag in ("strong", "em", "code", "a", "ol > li > ul > li", "blockquote", ".code pre code", "table td"):
            assert page.run(f"document.querySelectorAll('.words {tag}').length"), tag
        assert page.run("document.querySelector('.words a').rel") == "noopener noreferrer"
        assert page.run("document.querySelector('.words a').href") == "https://example.com/a_b_c"
        assert page.run("document.getElementById('title').textContent") == "What is blue?"
        assert page.run("document.activeElement.id") == "message"
        shown = page.run("document.querySelector('.answer').innerText.split('Copy')[0]")
        page.send("Page.reload")
        answered(page)
        seconds = r"\d+\.\d s"
        again = page.run("document.querySelector('.answer').innerText.split('Copy')[0]")
        assert re.sub(seconds, "", again) == re.sub(seconds, "", shown)

    def test_words_appear_as_they_come(self, provider: OpenAIServer, page: Page):
        provider.replies += [hang(say("The first ", "words"), after=3)]
        type_in(page, "hello")
        page.until("document.querySelector('.answer .words')?.textContent === 'The first words'")
        assert page.run("document.querySelector('.answer').getAttribute('aria-busy')") == "true"
        assert page.run("document.querySelector('#thread').getAttribute('aria-live')") == "polite"
        page.run("document.getElementById('stop').click()")
        answered(page)
        assert "Stopped." in page.run("document.querySelector('.answer').innerText")
        assert page.run("document.activeElement.id") == "message"
        type_in(page, "go on")
        page.until("document.querySelectorAll('.answer').length === 2")
        answered(page)
        assert page.run("document.querySelector('.answer:last-child .words').textContent") == "Hello, world."

    @pytest.mark.parametrize("pieces", [1, 7, 4000], ids=["letters", "pieces", "whole"])
    def test_nothing_that_a_model_says_is_ever_run(self, provider: OpenAIServer, page: Page, pieces: int):
        for hostile in HOSTILE:
            provider.replies += [say(*[hostile[at : at + pieces] for at in range(0, len(hostile), pieces)])]
            count = page.run("document.querySelectorAll('.answer').length")
            type_in(page, hostile)
            page.until(f"document.querySelectorAll('.answer').length === {count + 1}")
            answered(page)
        page.until("document.querySelectorAll('.answer').length === 7")
        assert "PWNED" not in page.run("document.title").replace(HOSTILE[0][:40], "")
        assert page.run("document.title").startswith("<img src=x")
        inert = "img, script, svg, iframe, [onerror], [onload], [onclick], [onmouseover], [srcdoc]"
        assert page.run(f"document.querySelectorAll('.words :is({inert})').length") == 0
        links = page.run("[...document.querySelectorAll('.words a')].map((one) => one.protocol)")
        assert set(links) <= {"http:", "https:"}
        page.run("for (const one of document.querySelectorAll('#sessions button')) one.textContent")
        assert page.run("document.querySelectorAll('#sessions img, .asked img, #title img').length") == 0

    def test_the_pieces_of_a_stream_make_the_same_as_the_whole(self, provider: OpenAIServer, page: Page):
        provider.replies += [say(MARKDOWN), say(*MARKDOWN)]
        for count in (1, 2):
            type_in(page, "show")
            page.until(f"document.querySelectorAll('.answer').length === {count}")
            answered(page)
        one, other = page.run("[...document.querySelectorAll('.answer .words')].map((one) => one.innerHTML)")
        assert one == other

    def test_no_line_takes_long(self, page: Page):
        # These took minutes when spaces could be read in two ways.
        wide = [f"{head}{' ' * 200_000}{tail}" for head, tail in (("a|b\n|", "x"), ("```", "`"), ("-", "x\u2028y"))]
        tables = ["|a|b|\n|:-|:-:|\n|1|2|", "a|b\n--- | ---\n1|2", "a|b\n-|x", "a|b\n|", "a|b"]
        found = page.run(
            "import('./chat/page/markdown.js').then(({ rendered }) => "
            f"{json.dumps(wide + tables)}.map((text) => rendered(text)[0].matches('.table')))"
        )
        assert found == [False, False, False, True, True, False, False, False]

    def test_an_answer_stays_until_there_is_another(self, provider: OpenAIServer, page: Page):
        provider.replies += [say("first"), fail(400, "no such thing"), fail(400, "no such thing"), say("better")]
        type_in(page, "hello")
        answered(page)
        words = "[...document.querySelectorAll('.answer .words')].map((one) => one.textContent)"
        for count in (2, 3):
            page.run("[...document.querySelectorAll('.answer .again')].at(-1).click()")
            until(lambda count=count: sum(one.method == "POST" for one in provider.requests) >= count)
            page.until("document.querySelectorAll('.answer .notice').length === 1")
            answered(page)
            page.until(f"{words}.join() === 'first'")
        page.run("[...document.querySelectorAll('.answer .again')].at(-1).click()")
        page.until(f"{words}.join() === 'better'")
        assert page.run("document.querySelectorAll('.asked').length") == 1

    def test_a_person_allows_all_calls_of_a_tool_in_a_conversation(self, provider: OpenAIServer, page: Page):
        provider.replies += [call_tool("tear_down", house="barn"), say("Gone.")]
        type_in(page, "tear it down")
        page.until("document.querySelectorAll('.question button').length === 3")
        assert "Always" in page.run("document.querySelectorAll('.question button')[1].textContent")
        page.run("document.querySelectorAll('.question button')[1].click()")
        answered(page)
        provider.replies += [call_tool("tear_down", house="house"), say("Gone too.")]
        type_in(page, "and the house")
        page.until("document.querySelectorAll('.answer').length === 2")
        answered(page)
        assert "house is gone" in page.run("document.querySelector('.answer:last-child .tool .got').textContent")
        assert "allowed" in page.run("document.querySelector('.answer:last-child .question').innerText")
        page.run("document.getElementById('new').click()")
        provider.replies += [call_tool("tear_down", house="shed"), say("Gone.")]
        type_in(page, "and the shed")
        page.until("document.querySelectorAll('.question button').length === 3")
        page.run("document.getElementById('stop').click()")
        answered(page)

    def test_a_picture_that_a_tool_made_is_shown_once(self, provider: OpenAIServer, page: Page):
        kept = page.run("""(async () => {
          const { Answer } = await import('./chat/page/answer.js');
          const shown = new Answer(), url = '/images/one.png', picture = { title: 'A cat', url };
          document.getElementById('thread').append(shown.node);
          shown.hear({ name: 'tool_began', id: 'a', tool: 'draw', label: 'kit', title: '', arguments: '{}' });
          const ended = { id: 'a', tool: 'draw', text: '', is_error: false, seconds: 1, pictures: [picture] };
          shown.hear({ name: 'tool_ended', ...ended });
          shown.hear({ name: 'text', text: 'Here it is: ![cat](/images/one.png)\\n\\n![other](/images/two.png)' });
          shown.hear({ name: 'text', text: '\\n\\n![A cat](/images/one.png)' });
          shown.end('done', '', () => {});
          const count = shown.node.querySelectorAll('.picture').length;
          const parts = [...shown.node.querySelectorAll('.words > *')];
          const empty = parts.filter((one) => !one.textContent && one.offsetHeight).length;
          return [count, empty, shown.node.querySelector('.words').textContent.startsWith('Here it is')];
        })()""")
        assert kept == [2, 0, True]
        page.said.clear()  # there are no such pictures

    def test_what_is_noted_is_said_once_in_a_conversation(self, page: Page):
        notes = page.run("""(async () => {
          const { Answer } = await import('./chat/page/answer.js');
          const said = { tools: [], parts: [{ text: 'a', tool: '' }], response: 'a' };
          const turn = { ...said, state: 'done', error: '', notes: ['n'] };
          return [1, 2].map(() => Answer.of(turn, () => {}).node.querySelectorAll('.note').length);
        })()""")
        assert notes == [1, 0]

    def test_what_a_model_cannot_do_is_said_at_the_start(self, page: Page):
        welcome = "document.getElementById('welcome').innerText"
        assert "can use the tools" in page.run(welcome)
        page.run("import('./chat/page/places.js').then(({ tell }) => tell({ links: {}, notes: ['It cannot.'] }))")
        assert "It cannot." in page.run(welcome)
        assert "can use the tools" not in page.run(welcome)

    @pytest.mark.parametrize("width", [320, 390])
    def test_who_answers_can_be_read_on_a_phone(self, page: Page, width: int):
        page.look(width)
        needed = """(() => {
          const select = document.getElementById('model'), copy = select.cloneNode(true);
          copy.replaceChildren(new Option('Automatic'));
          copy.style.cssText = 'max-width: none; width: max-content; position: absolute';
          select.after(copy);
          const width = copy.offsetWidth;
          copy.remove();
          return [select.offsetWidth, width];
        })()"""
        has, needs = page.run(needed)
        assert has >= needs
        assert page.run("document.documentElement.scrollWidth") <= width

    def test_a_person_allows_a_call_and_refuses_another(self, provider: OpenAIServer, page: Page):
        provider.replies += [call_tool("tear_down", house="barn"), say("Gone.")]
        type_in(page, "tear it down")
        page.until("document.querySelectorAll('.question button').length === 3")
        assert page.run("document.querySelector('.question').getAttribute('role')") == "group"
        assert "barn" in page.run("document.querySelector('.question').innerText")
        assert "May Tear down" in page.run("document.getElementById('status').textContent")
        page.run("document.querySelector('.question button').focus()")
        page.press("Enter")
        answered(page)
        assert "barn is gone" in page.run("document.querySelector('.tool .got').textContent")
        provider.replies += [call_tool("tear_down", house="house"), say("As you wish.")]
        type_in(page, "and the house")
        page.until("document.querySelectorAll('.question button').length === 3")
        page.run("document.querySelectorAll('.question button')[2].click()")
        answered(page)
        assert "not allowed" in page.run("document.querySelector('.answer:last-child .question').innerText")

    def test_what_went_wrong_is_said_and_can_be_tried_again(self, provider: OpenAIServer, page: Page):
        provider.replies += [fail(400, "no such thing")]
        type_in(page, "hello")
        answered(page)
        assert page.run("document.querySelector('.answer .notice').getAttribute('role')") == "alert"
        page.run("document.querySelector('.answer .again').click()")
        page.until("document.querySelector('.answer .words')?.textContent === 'Hello, world.'")
        assert page.run("document.querySelectorAll('.asked').length") == 1

    def test_conversations_are_opened_and_deleted(self, talk: Talked, page: Page):
        other = talk.begin("the other one")
        type_in(page, "this one")
        answered(page)
        page.until(f"document.querySelectorAll('li[data-id=\"{other}\"]').length")
        page.run(f"document.querySelector('li[data-id=\"{other}\"] .open').click()")
        page.until("document.querySelector('.asked')?.textContent === 'the other one'")
        assert page.run("location.hash") == f"#{other}"
        assert page.run(f"document.querySelector('[data-id=\"{other}\"] .open').getAttribute('aria-current')") == "page"
        page.run(f"document.querySelector('li[data-id=\"{other}\"] .drop').click()")
        assert page.run("document.activeElement.value") == "no"
        page.run("document.querySelector('#sure button[value=yes]').click()")
        page.until("document.getElementById('title').textContent === 'New conversation'")
        assert talk.get(f"/chat/sessions/{other}").status == 404

    def test_a_conversation_is_renamed_and_escape_leaves_it(self, page: Page):
        type_in(page, "a first title")
        answered(page)
        for words, leave, title in (
            ("Mountains", "#naming button[value=yes]", "Mountains"),
            ("Valleys", "#unnamed", "Mountains"),
            ("Valleys", "", "Mountains"),
        ):
            page.run("document.getElementById('rename').click()")
            page.run(f"document.getElementById('name').value = '{words}'")
            page.run(f"document.querySelector('{leave}').click()") if leave else page.press("Escape")
            page.until("!document.getElementById('naming').open")
            page.until(f"document.getElementById('title').textContent === '{title}'")
        page.send("Page.reload")
        page.until("document.getElementById('title')?.textContent === 'Mountains'")

    def test_a_picture_is_pasted_and_sent(self, talk: Talked, provider: OpenAIServer, page: Page):
        page.run("""(async () => {
          const canvas = document.createElement('canvas');
          canvas.width = 40; canvas.height = 30;
          const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
          const data = new DataTransfer();
          data.items.add(new File([blob], 'flag.png', { type: 'image/png' }));
          message.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
        })()""")
        page.until("document.querySelector('#pictures img')?.naturalWidth === 40")
        assert page.run("document.querySelector('#pictures button').ariaLabel") == "Remove flag.png"
        type_in(page, "what is this?")
        answered(page)
        part = provider.requests[-1].body["messages"][-1]["content"][1]
        assert part["image_url"]["url"].startswith("data:image/png;base64,")
        page.send("Page.reload")
        page.until("document.querySelector('.asked img')?.naturalWidth === 40")

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_it_fits_and_can_be_read(self, provider: OpenAIServer, page: Page, width: int, dark: bool):
        page.look(width, dark)
        provider.replies += [call_tool("look_up", word="blue"), say(MARKDOWN + "\n" + "long" * 100)]
        type_in(page, "show me " + "much" * 50)
        answered(page)
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run("document.getElementById('scroller').scrollWidth") <= width
        assert page.run(CONTRAST) >= 4.5
        page.run("document.getElementById('menu').click()")
        page.until("document.getElementById('side').getBoundingClientRect().x === 0")
        # Those within the text of an answer may be as small as its lines (WCAG 2.2, 2.5.8).
        controls = "[...document.querySelectorAll('.side button, .side a, .bar button, .bar select, .box button')]"
        heights = page.run(f"{controls}.filter((one) => one.offsetHeight).map((one) => one.offsetHeight)")
        assert min(heights) >= 44

    def test_everything_has_a_name(self, provider: OpenAIServer, page: Page):
        provider.replies += [call_tool("tear_down", house="barn")]
        type_in(page, "tear it down")
        page.until("document.querySelectorAll('.question button').length === 3")
        nameless = """[...document.querySelectorAll('button, input, select, textarea, a, dialog, progress, summary')]
          .filter((one) => !(one.innerText?.trim() || one.textContent.trim() || one.ariaLabel || one.labels?.length ||
            document.getElementById(one.getAttribute('aria-labelledby')))).map((one) => one.outerHTML)"""
        assert page.run(nameless) == []
        assert page.run("[...document.images].filter((img) => !img.hasAttribute('alt')).length") == 0
        page.run("document.getElementById('stop').click()")
        answered(page)

    def test_the_keyboard_is_enough(self, page: Page):
        page.run("message.focus(), message.value = 'hello'")
        page.press("Enter")
        page.until("document.querySelectorAll('.answer').length")
        answered(page)
        page.look(390)
        page.run("document.getElementById('menu').focus()")
        page.press("Enter")
        assert page.run("document.activeElement.id") == "shut"
        page.press("Escape")
        assert page.run("document.activeElement.id") == "menu"
        page.until("getComputedStyle(document.getElementById('side')).visibility === 'hidden'")
