"""Both stories, one after the other."""

from pathlib import Path

from checkers.market.demo.basic import tell_basic
from checkers.market.demo.hardened import tell_hardened
from checkers.market.demo.telling import Say


def demo(folder: Path, say: Say) -> None:
    """Tell what comes of a lazy vendor: first in the paper's protocol, then in the hardened one."""
    tell_basic(folder / "basic", say)
    say("\n" + "-" * 80 + "\n")
    tell_hardened(folder / "hardened", say)
