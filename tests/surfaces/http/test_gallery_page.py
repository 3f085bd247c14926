"""The page for people: loads nothing from elsewhere, and does in a browser what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Page, browsed
from galleries import Served, png, served

FILES = {
    "/gallery": "text/html",
    "/gallery/gallery.css": "text/css",
    "/gallery/icon.svg": "image/svg+xml",
    **{f"/gallery/{name}.js": "text/javascript" for name in ("gallery", "server", "cards", "view", "order")},
}
HOSTILE = "<img src=x onerror=\"document.title='PWNED'\"><script>document.title='PWNED'</script>"
in_a_browser = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium, which is not installed here")
# Two colours of the page by WCAG 2.2, relative luminance and contrast ratio.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (element, behind) => {
    const [one, other] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  const one = (selector) => document.querySelector(selector);
  const pairs = [["h1", "body"], ["#said", "body"], [".when", ".card"], [".line", ".card"], ["#new", "#new"]];
  return Math.min(...pairs.map(([text, behind]) => ratio(one(text), one(behind))));
})()"""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("page")) as gallery:
        for number, prompt in enumerate(["a heron at dusk", HOSTILE, "three foxes", "a wide valley " * 40]):
            gallery.draw(png(number, 300, 200), prompt)
        yield gallery


@pytest.fixture
def page(gallery: Served, tmp_path: Path) -> Iterator[Page]:
    """The page after ann has shown her token."""
    with browsed(tmp_path, gallery.server.url.replace("/mcp", "/gallery")) as page:
        enter(page, "token-of-ann")
        page.until("document.querySelectorAll('.card').length")
        yield page
        assert not [said for said in page.said if "401" not in said], page.said


def enter(page: Page, token: str) -> None:
    page.until("document.getElementById('door')?.open")
    page.run(f"token.value = '{token}', document.querySelector('#enter button').click()")


@pytest.mark.parametrize("path", FILES)
def test_the_page_is_for_anyone_and_holds_nothing_of_anyone(gallery: Served, path: str):
    reply = gallery.get(path, who=None)
    assert reply.status == 200
    assert reply.headers["content-type"].split(";")[0] == FILES[path]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'; style-src 'self'" in reply.headers["content-security-policy"]
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert gallery.get(path, who=None, if_none_match=reply.headers["etag"]).status == 304


@pytest.mark.parametrize("path", FILES)
def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_texts(gallery: Served, path: str):
    text = gallery.get(path, who=None).body.decode().replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?:|//[a-z]|@import|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|localStorage|document\.cookie", text)


def test_no_other_file_can_be_had_beside_the_page(gallery: Served):
    for name in ("index.html", "page.py", "../plugin.py", "..%2fplugin.py", "gallery.js/", "GALLERY.JS"):
        assert gallery.get(f"/gallery/{name}").status in (400, 404)


@in_a_browser
@pytest.mark.slow
def test_who_has_no_token_is_asked_for_one(gallery: Served, tmp_path: Path):
    with browsed(tmp_path, gallery.server.url.replace("/mcp", "/gallery")) as page:
        enter(page, "wrong")
        page.until("document.getElementById('door-said').textContent.includes('not known')")
        assert page.run("document.activeElement.id") == "token"
        enter(page, "token-of-bob")
        page.until("!document.getElementById('empty').hidden")
        assert "New picture" in page.run("document.getElementById('empty').innerText")
        kept = page.run("[JSON.stringify({...sessionStorage}), localStorage.length, document.cookie, location.href]")
        assert kept[:3] == ['{"toolpost.token":"token-of-bob"}', 0, ""]
        assert "token" not in kept[3]


@in_a_browser
@pytest.mark.slow
def test_pictures_are_shown_with_their_prompts_as_text(page: Page):
    page.until("document.querySelectorAll('.card img').length === 4")
    page.until("[...document.querySelectorAll('.card img')].every((img) => img.naturalWidth === 300)")
    assert HOSTILE in page.run("[...document.querySelectorAll('.card img')].map((img) => img.alt)")
    assert page.run("document.title") == "Gallery"
    assert page.run("document.querySelectorAll('li script, li img[onerror]').length") == 0
    page.run("[...document.querySelectorAll('.card')].find((card) => card.innerText.includes('<img')).click()")
    page.until("document.getElementById('whole').naturalWidth === 300")
    assert page.run("document.getElementById('view-prompt').textContent") == HOSTILE
    assert "300 × 200" in page.run("document.getElementById('facts').innerText")


@in_a_browser
@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_and_can_be_read(page: Page, width: int, dark: bool):
    page.look(width, dark)
    page.run("document.getElementById('new').click()")
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run(CONTRAST) >= 4.5
    controls = "[...document.querySelectorAll('button, input, select')].filter((one) => one.offsetHeight)"
    assert page.run(f"Math.min(...{controls}.map((one) => one.offsetHeight))") >= 44
    page.run("document.querySelector('.card').click()")
    page.until("document.getElementById('whole').naturalWidth === 300")
    assert page.run("document.getElementById('view').scrollWidth") <= width


@in_a_browser
@pytest.mark.slow
def test_everything_has_a_name(page: Page):
    page.run("document.getElementById('new').click()")
    nameless = """[...document.querySelectorAll('button, input, select, textarea, a, dialog, progress')].filter((one) =>
      !(one.innerText?.trim() || one.textContent.trim() || one.ariaLabel || one.labels?.length ||
        document.getElementById(one.getAttribute('aria-labelledby')))).map((one) => one.outerHTML)"""
    assert page.run(nameless) == []
    assert page.run("[...document.images].filter((img) => !img.hasAttribute('alt')).length") == 0


@in_a_browser
@pytest.mark.slow
def test_the_keyboard_is_enough(page: Page):
    page.run("document.querySelector('.card').focus()")
    first = page.run("document.activeElement.closest('li').dataset.id")
    page.press("Enter")
    page.until("document.getElementById('view').open")
    assert page.run("location.hash") == f"#{first}"
    page.run("document.getElementById('delete').click()")
    assert page.run("document.activeElement.id") == "keep"
    page.press("Enter")
    assert page.run("document.getElementById('sure').hidden")
    page.press("Escape")
    page.until("!document.getElementById('view').open")
    assert page.run("document.activeElement.closest('li').dataset.id") == first


@in_a_browser
@pytest.mark.slow
def test_a_person_searches_draws_and_deletes(gallery: Served, page: Page):
    gallery.draws(png(50, 200, 200))
    page.run("document.getElementById('new').click(), document.getElementById('prompt').value = 'a blue kite'")
    page.run("document.getElementById('draw').click()")
    page.until("document.querySelector('.card.fresh')?.innerText.includes('a blue kite')")
    page.run("words.value = 'kite', words.dispatchEvent(new Event('input'))")
    page.until("document.getElementById('said').textContent === '1 picture for “kite”'")
    page.run("document.querySelector('.card').click(), document.getElementById('delete').click(), really.click()")
    page.until("document.getElementById('said').textContent === 'The picture was deleted.'")
    assert page.run("document.querySelectorAll('.card').length") == 0
    assert gallery.get("/images?search=kite").json["images"] == []


@in_a_browser
@pytest.mark.slow
def test_what_went_wrong_is_said(gallery: Served, page: Page):
    page.run("words.value = 'x'.repeat(201), words.dispatchEvent(new Event('input'))")
    page.until("!document.getElementById('trouble').hidden")
    assert "search" in page.run("document.getElementById('trouble').innerText")
    page.said.clear()
