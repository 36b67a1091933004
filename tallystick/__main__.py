"""`python -m tallystick` is `tallystick`."""

from checkers.cli import main

if __name__ == "__main__":
    main()
