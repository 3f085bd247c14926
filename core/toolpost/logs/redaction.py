"""Takes secrets and personal data out of what is logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.plugins.find import private_fields

if TYPE_CHECKING:
    from toolpost.middleware.pii.detector import Detector

# Characters that are looked at: what a line may show.
LONGEST = 4_096
# Configurations whose secrets are hidden besides the first: so many reloads ago they are history.
KEPT = 5
LOCAL = re.compile(r"127\.[0-9.]+|0\.0\.0\.0|::1?")


@dataclass
class Redaction:
    """Hides settings and variables that are secret, what is called or looks like a secret, and personal data."""

    config: Config
    _later: list[Callable[[str], str]] = field(default_factory=list)

    def also(self, config: Config) -> None:
        """Hide the secrets of another configuration too; those of the ones before stay secret."""
        self._later.append(without_secrets(config, private_fields))

    def __call__(self, text: str) -> str:
        if len(text) > LONGEST:
            # What is cut in two might not be found any more, so it goes as a whole.
            text = text[:LONGEST].rpartition(" ")[0] + " …"
        text = self._known(text)
        for known in self._later[-KEPT:]:
            text = known(text)
        return clean(text)

    @cached_property
    def _known(self) -> Callable[[str], str]:
        # This and the rest is made with the first line there is: most starts have nothing to say.
        return without_secrets(self.config, private_fields)


def clean(text: str) -> str:
    """A text without what is called or looks like a secret, and without personal data.

    Personal data is whatever the `pii` layer would find, whether it is
    enabled or not; addresses of this machine itself are none.
    """
    from toolpost.logs.fields import without_fields
    from toolpost.logs.issuers import without_issued

    return "".join(_impersonal(without_fields(without_issued(text))))


def _impersonal(text: str) -> Iterator[str]:
    done = 0
    for start, end, type_ in _detector().find(text):
        if not LOCAL.fullmatch(text, start, end):
            yield text[done:start]
            yield f"[{type_}]"
            done = end
    yield text[done:]


@cache
def _detector() -> Detector:
    """Its patterns take a while to make, so that there is one."""
    from toolpost.middleware.pii.detector import Detector

    return Detector()
