"""Plots: of what experiments on leaks found, the shares of each row; and of stakes, by audits.

matplotlib draws them, which is an extra.
"""

from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

from adversaries.gaining.bonds import Deal, Scheme, even_stake
from adversaries.leaking.leakage import Leakage
from adversaries.leaking.table import EXPERIMENTS
from checkers.host.files import make_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _ROW, _FRAME = 9.0, 0.22, 1.6  # inches: of a plot, of each of its rows, and around them
_HEIGHT = 6.0  # of a plot of lines
_MARKS = "o^sDv*"
_KNOWING = {0: "-", 0.1: "--", 0.3: ":"}
"""Shares of consumers who know the model, and how their lines are drawn."""


def draw(name: str, leakage: Leakage, folder: Path) -> Path:
    """Draw the shares of an experiment's rows into a folder, as NAME.svg."""
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
    return _saved(figure, folder, name)


def draw_stakes(deal: Deal, folder: Path) -> Path:
    """Draw the least stakes that stop vendors who skip their work into a folder, as stakes.svg.

    A line for each size of a cartel and share of consumers who know the model; none where no stake
    is enough.
    """
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")).subplots()
    audited = np.linspace(0.01, 1, 100)
    for knowing, style in _KNOWING.items():
        for size in range(1, deal.holders + 1):
            deals = (attrs.evolve(deal, audited=float(a), knowing=knowing) for a in audited)
            stakes = [even_stake(each, Scheme(size=size)) for each in deals]
            label = f"{size} of {deal.holders}, {knowing:.0%} know"
            axes.plot(audited, stakes, style, color=f"C{size}", label=label)
    axes.axhline(deal.stake, color="black", linewidth=0.5)
    axes.set(
        title="the least stake at which skipped work gains nothing",
        xlabel="share of steps that are audited",
        ylabel=f"stake, at a wage of {deal.wage:g}; the line is what is agreed",
        yscale="log",
    )
    axes.grid()
    figure.legend(loc="outside lower center", ncols=len(_KNOWING))
    return _saved(figure, folder, "stakes")


def _saved(figure: "Figure", folder: Path, name: str) -> Path:
    """Write a figure into a folder; the same facts make the same file."""
    from matplotlib import rc_context

    make_folder(folder)
    path = folder / f"{name}.svg"
    with rc_context({"svg.hashsalt": name}):
        figure.savefig(path, metadata={"Date": None})
    return path
