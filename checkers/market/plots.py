"""Plots of what experiments on leaks found: the shares of each row, beside one another.

matplotlib draws them, which is an extra.
"""

from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

from adversaries.leaking.leakage import Leakage
from adversaries.leaking.table import EXPERIMENTS
from checkers.host.files import make_folder
from spec.notation import MachineError

_WIDTH, _ROW, _FRAME = 9.0, 0.22, 1.6  # inches: of a plot, of each of its rows, and around them
_MARKS = "o^sDv*"


def check_plots() -> None:
    """Raise MachineError unless there is what draws."""
    if find_spec("matplotlib") is None:
        raise MachineError("plots need matplotlib: install tallystick[plots], or leave --plots out")


def draw(name: str, leakage: Leakage, folder: Path) -> Path:
    """Draw the shares of an experiment's rows into a folder, as NAME.svg."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    height = _FRAME + _ROW * len(leakage.rows)
    axes = (figure := Figure(figsize=(_WIDTH, height), layout="constrained")).subplots()
    kinds = dict.fromkeys(kind for row in leakage.rows for kind in row.shares)
    for kind, mark in zip(kinds, cycle(_MARKS), strict=False):
        there = [
            (row.shares[kind], place)
            for place, row in enumerate(leakage.rows)
            if kind in row.shares
        ]
        axes.plot(*zip(*there, strict=True), mark, label=kind, alpha=0.7)
    axes.set_yticks(range(len(leakage.rows)), map(str, leakage.rows))
    axes.set(title=EXPERIMENTS[name].asks, xlabel="share", xlim=(-0.02, 1.02))
    axes.invert_yaxis()
    axes.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=len(kinds))
    make_folder(folder)
    path = folder / f"{name}.svg"
    with rc_context({"svg.hashsalt": name}):  # the same facts make the same file
        figure.savefig(path, metadata={"Date": None})
    return path
