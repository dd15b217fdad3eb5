"""`python -m cityconv`, and what the installed command calls."""

from typing import NoReturn

from cityconv.signals import exit_on_signals


def main() -> NoReturn:
    """Run the command line. Ctrl-C ends it in order from the start, also while the rest is imported."""
    exit_on_signals()
    from cityconv.cli import main

    main()


if __name__ == "__main__":
    main()
