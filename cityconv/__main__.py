"""`python -m cityconv`."""

from cityconv.cli import main

main()
