"""Presidio with one spaCy model and nothing else: the patterns that it brings are those of the `pii` layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Engine = Callable[[str], list[tuple[int, int, str]]]

# What the models of spaCy call things, and what presidio does.
ENTITIES = {
    "PER": "PERSON",
    "PERSON": "PERSON",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
}


def missing(model: str) -> str:
    """What is missing, and how to get it; nothing if all is there. Imports neither."""
    if find_spec("presidio_analyzer") is None:
        return 'presidio is not installed; install it with: pip install "toolpost-names[presidio]"'
    if "/" in model or "\\" in model:
        return "" if (Path(model) / "config.cfg").is_file() else f"there is no spaCy model in {model}"
    if not model.isidentifier() or find_spec(model) is None:
        return f"the spaCy model {model!r} is not installed; install it with: python -m spacy download {model}"
    return ""


def load(model: str, language: str, types: Sequence[str], allowed: Sequence[str]) -> Engine:
    """What finds names in a text. Takes about a second, and 100 MB or more."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    registry = RecognizerRegistry(supported_languages=[language])
    registry.add_recognizer(SpacyRecognizer(supported_language=language, supported_entities=list(types)))
    engine = NlpEngineProvider(nlp_configuration=_configuration(model, language)).create_engine()
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])

    def find(text: str) -> list[tuple[int, int, str]]:
        found = analyzer.analyze(text, language, entities=list(types), allow_list=list(allowed))
        return sorted((one.start, one.end, one.entity_type) for one in found)

    return find


def _configuration(model: str, language: str) -> dict[str, Any]:
    return {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": language, "model_name": model}],
        "ner_model_configuration": {"model_to_presidio_entity_mapping": ENTITIES, "low_score_entity_names": []},
    }
