from __future__ import annotations

import pytest

from toolpost.config.lines import line_of

TEXT = """\
server.grace = 1.0
[plugins.chat]  # a comment
model = "x"

[ plugins . "pii" ]
'regions' = []
[plugins]
cache = { ttl = 1.0 }
retry.attempts = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("server", "grace"), 1),
        (("plugins", "chat"), 2),
        (("plugins", "chat", "model"), 3),
        (("plugins", "chat", "missing"), 2),
        (("plugins", "pii"), 5),
        (("plugins", "pii", "regions"), 6),
        (("plugins", "cache", "ttl"), 8),
        (("plugins", "retry", "attempts"), 9),
        (("nothing",), None),
    ],
)
def test_a_table_or_key_is_found_however_it_is_written(path: tuple[str, ...], line: int | None):
    assert line_of(TEXT, path) == line


def test_line_ends_of_windows_count_once():
    assert line_of(TEXT.replace("\n", "\r\n"), ("plugins", "pii", "regions")) == 6
