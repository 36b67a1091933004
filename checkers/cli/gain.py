"""`tallystick gain`."""

from math import inf
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import JsonFile, check_plots, check_writable, conclude
from checkers.cli.progress import progress

Stake = Annotated[float, Parameter(validator=Number(gte=0, lt=inf))]
Share = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]


def gain_command(
    *,
    stake: Stake = 45,
    audited: Share = 0.25,
    knowing: Share = 0,
    plots: Path | None = None,
    json: JsonFile = None,
) -> int:
    """Ask what deviating gains at a stake, what stops it, and what a nuisance costs whom.

    Vendors skip their work, flip labels, bribe their auditors, or are each other's, in requests of
    three steps, each of which three vendors hold. What they gain is beyond honest wages of 10 a
    step, exactly and as it comes out of a million requests. Then everybody who can have others wait
    or pay does that in a living market, beside the bounds on it.

    Parameters
    ----------
    stake
        What an executor puts up for a step.
    audited
        The share of steps that chance draws for an audit.
    knowing
        The share of consumers who know the model, and dispute what is wrong.
    plots
        Draw the stakes at which nothing is gained into this folder; needs matplotlib.
    """
    check_writable(json, folder=plots, holds=["*.svg"])
    check_plots(plots)

    from checkers.market.gain import gain
    from checkers.market.plots import draw_stakes

    result = gain(stake, audited, knowing, progress=progress)
    if plots is not None:
        draw_stakes(result.deal, plots)
    return conclude(result, json, {})
