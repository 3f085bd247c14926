"""The log on stderr: a line for each event, no secret in any, and nobody ever waits for it."""

from toolpost.logs.start import hide_also as hide_also
from toolpost.logs.start import log_to_stderr as log_to_stderr
