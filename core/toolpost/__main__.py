"""`toolpost` and `python -m toolpost`."""

import gc


def main() -> None:
    """Run the command line."""
    # What is imported stays: looking for garbage in between takes a tenth of the start.
    gc.disable()
    from toolpost.cli import toolpost

    try:
        toolpost()
    finally:
        from toolpost.descriptors import seal

        seal()


if __name__ == "__main__":
    main()
