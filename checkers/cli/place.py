"""`tallystick place`."""

from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    Count,
    JsonFile,
    Seconds,
    check_writable,
    conclude,
    parse_number,
    short,
)
from checkers.cli.progress import progress
from checkers.market.placement.problem import Problem
from spec.notation import MachineError
from spec.placement import Vendors

_MOST_VENDORS, _MOST_PARTS = 12, 64  # every coalition is tried, and there are 2 ** vendors
_MOST_SIZE = 1_000_000  # of a part, or of what a vendor can hold; Z3 adds in 32 bits

PartCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_PARTS))]
VendorCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_VENDORS))]
Crashes = Annotated[int, Parameter(validator=Number(gte=0))]
Repeated = Annotated[list[str] | None, Parameter(negative="")]


def place_command(
    *,
    parts: PartCount,
    vendors: VendorCount,
    crashes: Crashes,
    threshold: Count | None = None,
    closure: bool = False,
    budget: Repeated = None,
    size: Repeated = None,
    conflict: Repeated = None,
    timeout: Seconds | None = None,
    json: JsonFile = None,
) -> int:
    """Place a model's parts on vendors: crashes are survived, and small coalitions miss a part.

    The threshold t is the least number of vendors that together know every part. What is found has
    the largest, and why none is larger is told. Parts and vendors are numbered from 0.

    Parameters
    ----------
    parts
        How many, at most 64.
    vendors
        How many, at most 12: every coalition of them is tried.
    crashes
        So many vendors may crash, whichever they are, and every part is still held.
    threshold
        Look for a placement with this threshold or more, and not for the largest.
    closure
        Count a part as known to those who hold both its neighbours. The model's input and output
        are known to everybody.
    budget
        What a vendor can hold, in sum of sizes: N for each vendor, or VENDOR=N for one; may be
        given repeatedly.
    size
        The size of a part, as PART=N; 1 unless given.
    conflict
        Vendors that are one firm, as 0,1; they count as one, for crashes and in coalitions. May be
        given repeatedly.
    timeout
        Seconds for all of it; unless given, Z3 counts its own steps.
    """
    problem = Problem(
        sizes=parse_part_sizes(size or [], parts),
        budgets=parse_budgets(budget or [], vendors),
        principals=parse_conflicts(conflict or [], vendors),
        crashes=crashes,
        infer=closure,
    )
    check_writable(json)

    from checkers.market.placement.placing import Placing
    from checkers.market.placement.synthesis import synthesise
    from checkers.prove.limits import Limit

    answer = synthesise(problem, threshold, limit=Limit.asked(timeout), progress=progress)
    return conclude(Placing(problem, threshold, answer), json)


def parse_part_sizes(given: Iterable[str], parts: int) -> tuple[int, ...]:
    """The size of each part."""
    sizes: dict[int, int] = {}
    for text in given:
        part, equals, many = text.partition("=")
        if not (equals and is_below(part, parts) and is_below(many, _MOST_SIZE + 1) and int(many)):
            raise MachineError(
                f"--size {short(text)}: give a part from 0 to {parts - 1} and a number from 1 to "
                f"{_MOST_SIZE:,}, as in 0=2"
            )
        if int(part) in sizes:
            raise MachineError(f"--size {text}: part {part} has a size already; give one")
        sizes[int(part)] = int(many)
    return tuple(sizes.get(part, 1) for part in range(parts))


def parse_budgets(given: Iterable[str], vendors: int) -> tuple[int | None, ...]:
    """The budget of each vendor; None where there is none."""
    budgets: dict[int | None, int] = {}
    for text in given:
        vendor, equals, many = text.rpartition("=")
        if not (is_below(many, _MOST_SIZE + 1) and (is_below(vendor, vendors) or not equals)):
            raise MachineError(
                f"--budget {short(text)}: give a number for all vendors, or for one from 0 to "
                f"{vendors - 1}, as in 0=2; at most {_MOST_SIZE:,}"
            )
        whose = int(vendor) if equals else None
        if whose in budgets:
            raise MachineError(f"--budget {text}: there is such a budget already; give one")
        budgets[whose] = int(many)
    return tuple(budgets.get(vendor, budgets.get(None)) for vendor in range(vendors))


def parse_conflicts(given: Iterable[str], vendors: int) -> tuple[Vendors, ...]:
    """The vendors in sets that are one firm each, by their first vendors."""
    firms = [frozenset({vendor}) for vendor in range(vendors)]
    for text in given:
        names = text.split(",")
        if len(set(names)) < 2 or not all(is_below(name, vendors) for name in names):
            raise MachineError(
                f"--conflict {short(text)}: give two or more vendors from 0 to {vendors - 1}, "
                "as in 0,1"
            )
        same = {int(name) for name in names}
        joined = frozenset[int]().union(*(firm for firm in firms if firm & same))
        firms = [joined, *(firm for firm in firms if not firm & same)]
    return tuple(sorted(firms, key=min))


def is_below(text: str, limit: int) -> bool:
    """Whether a text is one of the numbers 0, 1, ... below a limit."""
    number = parse_number(text)
    return number is not None and number < limit
