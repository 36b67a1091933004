"""`tallystick demo`."""

import tempfile
from pathlib import Path

from checkers.cli.common import OK, out


def demo_command() -> int:
    """Show the marketplace at work: what comes of a lazy vendor, by the paper and hardened."""
    from checkers.market.demo.demo import demo

    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        demo(Path(folder), lambda line: out.print(line, markup=False))
    return OK
