"""The small model: what no rule can say, in windows of a text, in the thread that it is called from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from importlib.util import find_spec
from typing import Any

# It reads 256 tokens at a time, of about four letters each; in other scripts a character may be one.
WINDOW, WINDOW_OF_GLYPHS = 800, 200
OVERLAP = 100
WINDOWS = 24
# Both from the model's own `classifier_config.json`: its calibration, and where its second head says that a text
# only talks about attacks.
TEMPERATURE = 2.41
ONLY_ABOUT = 0.325
MISSING = 'detector = "model" needs a package that is not installed; run `pip install "toolpost[injection]"`'


class Model:
    """Judges texts with the model of `stackone-defender`, loaded at the first of them.

    Of a long text at most `WINDOWS` windows are judged: those that
    `suspicious` points at, the first and the last, and some in between.
    """

    def __init__(self, threshold: float, suspicious: Callable[[str], bool]) -> None:
        if find_spec("stackone_defender") is None or find_spec("onnxruntime") is None:
            raise ValueError(MISSING)
        self._threshold = threshold
        self._suspicious = suspicious

    def __call__(self, text: str) -> bool:
        """Whether any window of a text speaks to a model."""
        found = self._classifier.classify_batch_pair(self._chosen(list(windows(text))))
        return any(main >= self._threshold and (about or 0.0) < ONLY_ABOUT for main, about in found)

    def _chosen(self, every: list[str]) -> list[str]:
        if len(every) <= WINDOWS:
            return every
        wanted = [at for at, window in enumerate(every) if self._suspicious(window)][: WINDOWS // 2]
        step = (len(every) - 1) / (WINDOWS // 2 - 1)
        spread = (round(step * number) for number in range(WINDOWS // 2))
        return [every[at] for at in sorted({*wanted, *spread})]

    @cached_property
    def _classifier(self) -> Any:
        # Loading takes 0.3 s and 100 MB.
        from stackone_defender.classifiers.onnx_classifier import OnnxClassifier

        return OnnxClassifier(temperature_t=TEMPERATURE)


def windows(text: str) -> Iterable[str]:
    """A text in pieces that overlap, but for blank ones."""
    size = WINDOW if text.isascii() else WINDOW_OF_GLYPHS
    for start in range(0, max(len(text) - OVERLAP, 1), size - OVERLAP):
        if piece := text[start : start + size].strip():
            yield piece
