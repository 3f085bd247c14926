"""The log on stderr; it lies in a room of its own."""

from toolpost.logs import log_to_stderr as log_to_stderr
