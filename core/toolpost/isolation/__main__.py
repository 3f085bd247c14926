"""`python -m toolpost.isolation`: the process of one plugin, started by the host and by nobody else."""

from toolpost.descriptors import claim


def main() -> None:
    """Become the guard of a process, and that process."""
    wire = claim()
    from toolpost.isolation.guarding import guarded

    guarded(wire)
    from toolpost.isolation.inside import run

    run(wire)


if __name__ == "__main__":
    main()
