"""Objects of plugins that everybody handles: what one raises it would raise anywhere, and others would be blamed."""

from __future__ import annotations

from contextlib import suppress

from toolpost.errors import PluginError
from toolpost.plugins.broken import reason

NOBODY_HAS = "toolpost_has_no_such_attribute"


def refuse_uncivil(what: str, one: object) -> None:
    """Do to an object what is done to any; `what` says whose it is.

    Raises:
        PluginError: it is no object that others can handle.
    """
    try:
        has_all = getattr(one, NOBODY_HAS, None) is not None
        _ = bool(one), one == object()
        # One that holds what has no hash has none itself, and says so.
        with suppress(TypeError):
            hash(one)
    except PluginError:
        raise
    except BaseException as error:
        raise PluginError(f"{what} cannot be handled as others are: {reason(error)}") from error
    if has_all:
        raise PluginError(f"{what} has any attribute that it is asked for, and so hooks that nobody wrote")
