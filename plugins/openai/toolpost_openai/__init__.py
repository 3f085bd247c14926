"""The connection to OpenAI, to a server that speaks like it, or to a local model, which all such tools share."""

from toolpost_openai.answer import Answer, Question, Usage
from toolpost_openai.plugin import OpenAI
from toolpost_openai.provider import Abilities, Endpoint, Provider, Report

__all__ = ["Abilities", "Answer", "Endpoint", "OpenAI", "Provider", "Question", "Report", "Usage"]
