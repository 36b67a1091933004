"""`tallystick market`: its verbs are functions here, and what does the work is imported by each."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    check_writable,
    out,
    write_json,
)
from checkers.cli.progress import progress
from checkers.results.terminal import show
from spec.notation import MachineError

if TYPE_CHECKING:
    from checkers.market.folder.kept import Kept, Report

_MOST_VENDORS, _MOST_CONSUMERS = 12, 100  # `tallystick place` tries every coalition of vendors
_MOST_MONEY, _MOST_BLOCKS = 10**12, 1_000_000
_MOST_PARTS = 64

Variant = Literal["hardened", "orchestrated", "basic"]
Side = Literal["provider", "consumer"]
VendorCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_VENDORS))]
ConsumerCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_CONSUMERS))]
Amount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_MONEY))]
Money = Annotated[int | None, Parameter(validator=Number(gte=1, lte=_MOST_MONEY))]
Windows = Annotated[int | None, Parameter(validator=Number(gte=2, lte=_MOST_BLOCKS))]
Blocks = Annotated[int | None, Parameter(validator=Number(gte=1, lte=_MOST_BLOCKS))]
PartCount = Annotated[int | None, Parameter(validator=Number(gte=1, lte=_MOST_PARTS))]
Crashes = Annotated[int | None, Parameter(validator=Number(gte=0))]
Step = Annotated[int, Parameter(validator=Number(gte=0))]
Repeated = Annotated[list[str] | None, Parameter(negative="")]

market_command = App(
    name="market",
    help="Keep a marketplace in a folder: deploy a model, call it, dispute what came out, and see "
    "the bill.",
)


@market_command.command
def new(
    folder: Path,
    /,
    *,
    variant: Variant = "hardened",
    vendors: VendorCount = 3,
    consumers: ConsumerCount = 1,
    purse: Money = None,
    windows: Windows = None,
    cast: Repeated = None,
) -> int:
    """Make a market in a new folder: a ledger, and parties with a key and a storage each.

    Vendors are called vendor0, vendor1, ..., and consumers consumer0, ...

    Parameters
    ----------
    folder
        Where; it must be new, or empty.
    variant
        Of the protocol: the hardened one has money, deadlines and disputes.
    vendors
        How many, at most 12.
    consumers
        How many, at most 100.
    purse
        The money that each party begins with; 1000 unless given.
    windows
        The blocks that a request may stay in each phase, and be disputed in the last; 8 unless
        given.
    cast
        Who deviates, and how, as vendor1=lazy; may be given repeatedly. `tallystick market ways`
        lists in which ways.
    """
    from checkers.market.folder.kept import Plan
    from checkers.market.folder.opening import make

    make(folder, variant, Plan(vendors, consumers, purse, windows, parse_cast(cast or [])))
    return status(folder)


def parse_cast(given: list[str]) -> dict[str, str]:
    """Who deviates how. Raises MachineError."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, manner = text.partition("=")
        if not (name and equals and manner):
            raise MachineError(f"--cast {text}: give a party and how it deviates, as vendor1=lazy")
        if name in found:
            raise MachineError(f"--cast {text}: {name} is {found[name]} already; give one")
        found[name] = manner
    return found


@market_command.command
def deploy(
    folder: Path,
    model: str = "digits",
    /,
    *,
    parts: PartCount = None,
    crashes: Crashes = None,
    data: Path | None = None,
    labels: str | None = None,
    api: str | None = None,
    json: JsonFile = None,
) -> int:
    """Split a model over the vendors and put it on the market.

    Each part goes to the vendors that `tallystick place` chooses, and to no other.

    Parameters
    ----------
    folder
        The market.
    model
        `digits`, a network that is trained on handwritten digits; as module:attribute or
        path/file.py:attribute, a fitted estimator of scikit-learn, a formula or a model; a folder
        that `tallystick split` has written; or a file: .onnx, an .npz of weights_0, biases_0,
        weights_1, ..., or a component's bytes, which is asked in integers.
    parts
        How many, cut between layers, groups of trees or subformulas; as many as there are of
        these, or else of vendors, unless given.
    crashes
        So many vendors may crash, whichever they are, and every part is still held; 1 unless given,
        and none in the basic variant, where each part has one vendor.
    data
        A file of rows, from which it is told in which range an estimator is asked.
    labels
        Of what the numbers that an ONNX graph gives are scores, in order: names between commas, or
        a file with one in each line.
    api
        What it is called on the market; as its attribute, file or folder unless given.
    """
    from checkers.market.folder.wares import ware

    return _acted(
        folder,
        json,
        lambda m: m.deploy(
            ware(model, data, api, labels), parts, crashes, progress, lambda page: show(page, out)
        ),
        *(Path(one) for one in (model, data, labels) if one),
    )


@market_command.command(usage="Usage: tallystick market call [OPTIONS] FOLDER INPUTS...")
def call(
    folder: Path,
    /,
    *inputs: str,
    api: str | None = None,
    by: str | None = None,
    json: JsonFile = None,
) -> int:
    """Ask for outputs, pay for them, and return once they are there.

    Blocks stop passing then, so that a step can still be disputed; `market wait` lets them pass.
    They stop also before the first of these requests could be disputed no more, and what is not
    answered by then is gone on with by the next verb that lets blocks pass. So is what was
    interrupted: the same call once more pays nothing again. `market status` shows earlier answers.

    Parameters
    ----------
    folder
        The market.
    inputs
        What to ask: digits:17 for a sample, or a file of rows of numbers, .npy, .csv or .json. Each
        row is a request, of the columns that `market status` shows, in that order. A .csv may begin
        with their names, which have to be these; of rows without names the place alone counts,
        and numbers for names are a row.
    api
        Which model, if there are several.
    by
        Which consumer asks; the first unless given.
    """
    if not inputs:
        raise MachineError("call: nothing is asked; give digits:17, or a file of rows of numbers")
    return _acted(folder, json, lambda m: m.call(inputs, api, by, progress), *map(Path, inputs))


@market_command.command
def dispute(
    folder: Path,
    request: str,
    step: Step,
    /,
    *,
    as_: Side = "provider",
    json: JsonFile = None,
) -> int:
    """Doubt a step of a request, narrow the quarrel down to one operation, and have it judged.

    It costs two tolls, which come back if the step is wrong. Whoever holds its component can tell,
    by running it; whoever has but the answer can only suspect it, and chance draws steps for
    audits. A few blocks pass, for other requests as well. A request that is under way is gone on
    with until it can be disputed; the same dispute once more goes on, or tells the verdict again.
    In the paper's variants the contract compares digests, whoever asks, and nobody pays.

    Parameters
    ----------
    folder
        The market.
    request
        Which, by the beginning of its identifier, which `market status` lists; or `last`.
    step
        Which, from 0.
    as_
        Who disputes. The provider has all components, and answers from a run of its own. A consumer
        has none: it agrees to whatever the executor says of its run, late, and so loses to one that
        lies in the middle of it.
    """
    return _acted(folder, json, lambda m: m.dispute(request, step, as_, progress))


@market_command.command
def withdraw(
    folder: Path,
    party: str,
    amount: Money = None,
    /,
    *,
    json: JsonFile = None,
) -> int:
    """Take money out of a party's bond, into its purse.

    Parameters
    ----------
    folder
        The market.
    party
        Whose.
    amount
        How much; all of it unless given. What is at stake comes to the purse later.
    """
    return _acted(folder, json, lambda m: m.withdraw(party, amount, progress))


@market_command.command
def deposit(folder: Path, party: str, amount: Amount, /, *, json: JsonFile = None) -> int:
    """Put money into a party's bond, out of its purse.

    Parameters
    ----------
    folder
        The market.
    party
        Whose.
    amount
        How much.
    """
    return _acted(folder, json, lambda m: m.deposit(party, amount, progress))


@market_command.command
def replace_key(folder: Path, party: str, /, *, json: JsonFile = None) -> int:
    """Have a party sign with a new key from now on, as when the one before was stolen.

    What that has signed until now stands; of what it signs from now on, the ledger takes nothing.

    Parameters
    ----------
    folder
        The market.
    party
        Whose; in the hardened variant also `ledger`, who says that blocks pass. Blocks themselves
        are signed with the key that the genesis names.
    """
    return _acted(folder, json, lambda m: m.replace_key(party, progress))


@market_command.command
def wait(folder: Path, blocks: Blocks = None, /, *, json: JsonFile = None) -> int:
    """Let blocks pass, and go on with all that is under way.

    Parameters
    ----------
    folder
        The market.
    blocks
        How many; until nothing is left to be done unless given.
    """
    return _acted(folder, json, lambda m: m.wait(blocks, progress))


@market_command.command
def ways(*, variant: Variant = "hardened", json: JsonFile = None) -> int:
    """List in which ways somebody can be cast to deviate in a new market, and what each does.

    Parameters
    ----------
    variant
        Of the protocol.
    """
    check_writable(json)

    from checkers.market.folder.ways import told

    return _conclude(told(variant), json)


@market_command.command
def status(folder: Path, request: str | None = None, /, *, json: JsonFile = None) -> int:
    """Say how things stand: who takes part, what is sold and how it is asked, what is under way.

    Parameters
    ----------
    folder
        The market.
    request
        Of which to say what came of it, the answer included: the beginning of its identifier, or
        `last`; of none unless given.
    """
    return _seen(folder, json, lambda m: m.status(request))


@market_command.command
def bill(folder: Path, party: str | None = None, /, *, json: JsonFile = None) -> int:
    """Say whose all the money is, and which requests have changed that.

    Parameters
    ----------
    folder
        The market.
    party
        Whose bill, transaction by transaction; everybody's unless given.
    """
    return _seen(folder, json, lambda m: m.bill(party))


def _acted(folder: Path, json: Path | None, act: Callable[["Kept"], "Report"], *reads: Path) -> int:
    """Do something in a market, of which files are read, and say what time has changed."""
    check_writable(json, reads=[folder, *reads])

    from checkers.market.folder.opening import opened

    with opened(folder) as market:
        return _conclude(act(market).followed_by(market.passed()), json)


def _seen(folder: Path, json: Path | None, look: Callable[["Kept"], "Report"]) -> int:
    """Look at a market, also while another command is at work there."""
    check_writable(json, reads=[folder])

    from checkers.market.folder.opening import opened

    with opened(folder, reading=True) as market:
        return _conclude(look(market), json)


def _conclude(report: "Report", json: Path | None) -> int:
    """Write a report down and print it; the exit status that it comes to."""
    write_json(json, report.json)
    show(report.page, out)
    report.then()
    return {"": OK, "against": FAILED, "undecided": UNKNOWN}[report.mark]
