"""The connection to OpenAI, to a server that speaks like it, or to a local model, which all such tools share."""

from toolpost_openai.answer import Answer, Question, Usage
from toolpost_openai.asking import NATURE, MaxTokens, Message, ModelName
from toolpost_openai.plugin import OpenAI
from toolpost_openai.progress import Progress
from toolpost_openai.provider import Abilities, Endpoint, Provider, Report
from toolpost_openai.reply import REPLY, reply

__all__ = [
    "NATURE",
    "REPLY",
    "Abilities",
    "Answer",
    "Endpoint",
    "MaxTokens",
    "Message",
    "ModelName",
    "OpenAI",
    "Progress",
    "Provider",
    "Question",
    "Report",
    "Usage",
    "reply",
]
