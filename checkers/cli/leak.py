"""`tallystick leak`."""

from pathlib import Path

from checkers.cli.common import JsonFile, check_plots, check_writable, conclude
from checkers.cli.progress import progress


def leak_command(
    *names: str, full: bool = False, plots: Path | None = None, json: JsonFile = None
) -> int:
    """Measure what split models leak to vendors, to onlookers, and to who has dictionaries.

    Each attack stands beside a consumer who asked as often and has the answers alone. Of a copy the
    share of equal answers is told, on held-out inputs and on uniform ones, and the largest error of
    a score. Experiments: coalitions, onlookers, worth, exposure, trees, shares, formulas,
    convolutions, logistic, tolerance, dictionary, openings, linking, reidentification.

    Parameters
    ----------
    names
        Which; without names, all of them.
    full
        At full sizes, which takes minutes.
    plots
        Draw each into this folder; needs matplotlib.
    """
    check_writable(json, folder=plots, holds=["*.svg"])
    check_plots(plots)

    from checkers.market.leak import check_names, leak
    from checkers.market.plots import draw

    check_names(names)
    result = leak(names, full, progress)
    if plots is not None:
        for name, leakage in result.found.items():
            draw(name, leakage, plots)
    return conclude(result, json, {"full": full})
