"""The ways in which `programs/escrow.py` can be wrong, and how each is told."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).parent / "programs/escrow.py"
TEXT = PROGRAM.read_text()
GUARDS: dict[str, list[str]] = {
    action: re.findall(r'"([^"]+)"', reasons)
    for action, reasons in re.findall(r'^    "(\w+)": \[(.*)\],$', TEXT, re.MULTILINE)
}
WITHOUT = [f"no guard: {action}, {g}" for action, guards in GUARDS.items() for g in guards]
ORDERS = re.findall(r'^    \("([^"]+)", "\w+", \d, \d\),$', TEXT, re.MULTILINE)
OTHERS = sorted(set(re.findall(r'is_\(\s*"([^"]+)"\s*\)', TEXT)))
FAULTS = [*WITHOUT, *ORDERS, *OTHERS]
LATE = {"half an answer", "hangs late"}
"""Those of which it is undecided whether they would have answered."""


def program(fault: str = "") -> Sequence[str]:
    """The command of the program that is wrong in a way, or right."""
    return [sys.executable, str(PROGRAM), fault]
