"""`python -m checkers.cli` is `tallystick`."""

from checkers.cli import main

main()
