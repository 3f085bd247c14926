"""`toolpost` and `python -m toolpost`."""

import gc
import sys

# Seconds in which what plugins began may end.
CLOSING = 3.0


def main() -> None:
    """Run the command line."""
    # What is imported stays: looking for garbage in between takes a tenth of the start.
    gc.disable()
    from toolpost.cli import toolpost

    try:
        toolpost()
    except SystemExit as ended:
        _leave_behind(ended.code)
        raise
    finally:
        from toolpost.descriptors import seal

        seal()


def _leave_behind(status: object) -> None:
    """Where plugins ran, end after a while whatever happens: threads and exit handlers of theirs may never do."""
    if "toolpost.plugins.assemble" in sys.modules:
        from functools import partial

        from toolpost.server.endings import arm, leave

        arm(CLOSING, partial(leave, status if isinstance(status, int) else bool(status)))


if __name__ == "__main__":
    main()
