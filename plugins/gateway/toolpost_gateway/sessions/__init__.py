"""Conversations that last: kept in the store, one caller's each, and short enough for the model."""

from toolpost_gateway.sessions.answering import Reply as Reply
from toolpost_gateway.sessions.keeping import Keeping as Keeping
from toolpost_gateway.sessions.keeping import UnknownSession as UnknownSession
from toolpost_gateway.sessions.records import Head as Head
from toolpost_gateway.sessions.records import Record as Record
from toolpost_gateway.sessions.sessions import Sessions as Sessions
