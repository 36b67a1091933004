"""`tallystick split`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import JsonFile, check_writable, conclude
from spec.notation import MachineError

_MOST_PARTS, _LEAST_BITS, _MOST_BITS, _MOST_DECIMALS = 64, 2, 24, 9

PartCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_PARTS))]
Bits = Annotated[int | None, Parameter(validator=Number(gte=_LEAST_BITS, lte=_MOST_BITS))]
Decimals = Annotated[int | None, Parameter(validator=Number(gte=0, lte=_MOST_DECIMALS))]


def split_command(
    model: str,
    /,
    *,
    parts: PartCount,
    data: Path | None = None,
    out: Path | None = None,
    bits: Bits = None,
    decimals: Decimals = None,
    labels: str | None = None,
    json: JsonFile = None,
) -> int:
    """Split a trained model or a formula in parts; see what vendors learn, and what is lost.

    The parts compute in exact integers, and composed they are the model.

    Parameters
    ----------
    model
        As module:attribute or path/file.py:attribute, a fitted estimator of scikit-learn, a formula
        or a model; or a file: .onnx, or a component's bytes.
    parts
        How many, at most 64.
    data
        A file of rows that the model was not trained on: .npy, .csv (which may begin with names) or
        .json. From them it is told in which range an estimator is asked, and what is lost.
    out
        A new folder: each part's bytes, and model.json for those who ask.
    bits
        Fractional bits of the weights and of what passes between layers of what is imported, 2 to
        24; 12 unless given.
    decimals
        Of what an imported estimator is asked with, 0 to 9; as fine as the data call for unless
        given, which the page shows.
    labels
        Of what the numbers that an ONNX graph gives are scores, in order: names between commas, or
        a file with one in each line. Estimators say it themselves.
    """
    check_writable(json, folder=out, reads=[data, Path(labels or model)])
    if out and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MachineError(f"{out}: is there already; give a new folder")
    if out and json and json.resolve().is_relative_to(out.resolve()):
        raise MachineError(f"{json}: lies in {out}, which gets the parts; give another place")

    from checkers.market.rows import read_rows
    from checkers.market.splitting.source import source
    from checkers.market.splitting.splitting import split

    rows = read_rows(data) if data else None
    found = split(source(model, rows, bits, decimals, labels), parts, rows)
    if out and not found.failed:
        found.write(out)
    return conclude(found, json)
