"""`tallystick demo`."""

import tempfile
from pathlib import Path

from checkers.cli.common import OK, out
from checkers.market.demo import demo


def demo_command() -> int:
    """Show the marketplace at work: deploy, call, dispute, and the ledger that remains."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        demo(Path(folder), lambda line: out.print(line, markup=False))
    return OK
