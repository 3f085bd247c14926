"""Takes secrets and personal data out of what is logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from toolpost.config.load import Config
from toolpost.config.secrets import without_secrets
from toolpost.plugins.find import private_fields

# Characters that are looked at; no line shows as many.
LONGEST = 16_384
LOCAL = re.compile(r"127\.[0-9.]+|0\.0\.0\.0|::1?")


@dataclass
class Redaction:
    """Hides settings and variables that are secret, what is called or looks like a secret, and personal data.

    Personal data is whatever the `pii` layer would find, whether it is
    enabled or not; addresses of this machine itself are none.
    """

    config: Config

    def __call__(self, text: str) -> str:
        if len(text) > LONGEST:
            # What is cut in two might not be found any more, so it goes as a whole.
            text = text[:LONGEST].rpartition(" ")[0] + " …"
        return self._personal(self._fields(self._known(text)))

    @cached_property
    def _known(self) -> Callable[[str], str]:
        # This and the rest is made with the first line there is: most starts have nothing to say.
        return without_secrets(self.config, private_fields)

    @cached_property
    def _fields(self) -> Callable[[str], str]:
        from toolpost.logs.fields import without_fields
        from toolpost.logs.issuers import without_issued

        return lambda text: without_fields(without_issued(text))

    @cached_property
    def _personal(self) -> Callable[[str], str]:
        from toolpost.middleware.pii.detector import Detector

        detector = Detector()

        def pieces(text: str) -> Iterator[str]:
            done = 0
            for start, end, type_ in detector.find(text):
                if not LOCAL.fullmatch(text, start, end):
                    yield text[done:start]
                    yield f"[{type_}]"
                    done = end
            yield text[done:]

        return lambda text: "".join(pieces(text)) if detector.suspects(text) else text
