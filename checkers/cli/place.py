"""`tallystick place`."""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    Seconds,
    check_writable,
    out,
    parse_number,
    short,
    table,
    write_json,
)
from checkers.market.placement.problem import Answer, Problem, count, load, number
from spec.notation import MachineError
from spec.placement import Placement, Vendors, least_exposure

_MOST_VENDORS, _MOST_PARTS = 12, 64  # every coalition is tried, and there are 2 ** vendors
_MOST_SIZE = 1_000_000  # of a part, or of what a vendor can hold; Z3 adds in 32 bits

PartCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_PARTS))]
VendorCount = Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_VENDORS))]
Crashes = Annotated[int, Parameter(validator=Number(gte=0))]
Threshold = Annotated[int | None, Parameter(validator=Number(gte=1))]
Repeated = Annotated[list[str] | None, Parameter(negative="")]


def place_command(
    *,
    parts: PartCount,
    vendors: VendorCount,
    crashes: Crashes,
    threshold: Threshold = None,
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
    from checkers.market.placement.synthesis import synthesise
    from checkers.prove.limits import Limit

    problem = Problem(
        sizes=parse_part_sizes(size or [], parts),
        budgets=parse_budgets(budget or [], vendors),
        principals=parse_conflicts(conflict or [], vendors),
        crashes=crashes,
        infer=closure,
    )
    check_writable(json)
    progress = Progress()
    answer = synthesise(problem, threshold, limit=Limit.asked(timeout), progress=progress)
    progress.done()
    write_json(json, answer_json(problem, threshold, answer))
    show(problem, answer)
    return {"infeasible": FAILED, "undecided": UNKNOWN}.get(answer.verdict, OK)


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


def answer_json(problem: Problem, threshold: int | None, answer: Answer) -> dict[str, object]:
    """Everything about an answer."""
    found = answer.placement
    return {
        "parts": len(problem.sizes),
        "vendors": len(problem.budgets),
        "crashes": problem.crashes,
        "asked_threshold": threshold,
        "closure": problem.infer,
        "sizes": problem.sizes,
        "budgets": problem.budgets,
        "principals": [sorted(one) for one in problem.principals],
        "verdict": answer.verdict,
        "method": answer.reason.method,
        "reason": answer.reason.text,
        "coalitions_tried": answer.coalitions,
        "placement": found and placement_json(problem, found),
    }


def placement_json(problem: Problem, found: Placement) -> dict[str, object]:
    """A placement, and all that is counted of it by brute force."""
    vendors = range(len(problem.budgets))
    threshold = found.threshold(infer=problem.infer)
    return {
        "holders": [sorted(holders) for holders in found.holders],
        "holdings": [
            [part for part, holders in enumerate(found.holders) if vendor in holders]
            for vendor in vendors
        ],
        "loads": [load(problem, found, vendor) for vendor in vendors],
        "crash_tolerance": found.crash_tolerance(),
        "threshold": found.threshold(),
        "closure_threshold": found.threshold(infer=True),
        "exposure": [
            {
                "coalition_size": size,
                "held": found.exposure(size),
                "known": found.exposure(size, infer=True),
                "held_at_least": bounded_exposure(problem, size),
            }
            for size in range(1, len(problem.principals) + 1)
        ],
        "coalitions": [
            {"principals": some, "misses": sorted(found.missed(some, infer=problem.infer))}
            for some in found.coalitions(max(threshold - 1, 0))
        ],
    }


def bounded_exposure(problem: Problem, size: int) -> int:
    """So many parts some coalition of a size holds, in any placement."""
    return least_exposure(len(problem.sizes), len(problem.principals), problem.crashes, size)


def show(problem: Problem, answer: Answer) -> None:
    """Print an answer."""
    found = answer.placement
    if found is None:
        out.print(f"{answer.verdict}: {answer.reason.text}", markup=False)
        return
    show_parts(problem, found)
    show_vendors(problem, found)
    holds, knows = found.exposure(1), found.exposure(1, infer=True)
    one = count(problem, 1)
    out.print(
        f"\nf = {found.crash_tolerance()}, t = {found.threshold()}, "
        f"closure t = {found.threshold(infer=True)}"
    )
    out.print(what_is_missed(problem, found))
    out.print(
        f"exposure: {one} holds up to {holds} of {number(len(problem.sizes), 'part', 'parts')} "
        f"and knows up to {knows} with what it infers; "
        f"in any placement one holds {bounded_exposure(problem, 1)}"
    )
    out.print(f"{answer.verdict}: {answer.reason.text}", markup=False)


def show_parts(problem: Problem, found: Placement) -> None:
    """Print where each part is, and which coalitions miss it."""
    columns = ["part", "size", "on vendors", "missed by any of"]
    rows = table(*columns, *(["and the next, too, by any of"] if problem.infer else []))
    for part, holders in enumerate(found.holders):
        row = [str(part), str(problem.sizes[part]), listed(holders), outside(found, holders)]
        if problem.infer and part + 1 < len(found.holders):
            row.append(outside(found, holders | found.holders[part + 1]))
        rows.add_row(*row)
    out.print(rows)


def show_vendors(problem: Problem, found: Placement) -> None:
    """Print what each vendor holds."""
    rows = table("vendor", "parts", "load", "budget")
    for vendor, budget in enumerate(problem.budgets):
        held = [part for part, holders in enumerate(found.holders) if vendor in holders]
        limit = "none" if budget is None else str(budget)
        rows.add_row(str(vendor), listed(held), str(load(problem, found, vendor)), limit)
    out.print()
    out.print(rows)


def what_is_missed(problem: Problem, found: Placement) -> str:
    """What the coalitions miss that are smaller than the threshold by one."""
    threshold = found.threshold(infer=problem.infer)
    if threshold == 0:
        return "a consumer can infer the only part, with no vendor's help"
    if threshold == 1:
        return f"{count(problem, 1)} can know every part"
    coalitions = list(found.coalitions(threshold - 1))
    missed = [found.missed(some, infer=problem.infer) for some in coalitions]
    least = min(range(len(missed)), key=lambda i: len(missed[i]))
    some = names(found, coalitions[least])
    verb = "misses" if threshold == 2 else "miss"
    return (
        f"any {count(problem, threshold - 1)} {verb} at least "
        f"{number(len(missed[least]), 'part', 'parts')}: {some} {verb} {listed(missed[least])}"
    )


def outside(found: Placement, holders: Vendors) -> str:
    """The principals that hold a part on none of some vendors."""
    others = [i for i, one in enumerate(found.principals) if not one & holders]
    return names(found, others) or "nobody"


def names(found: Placement, coalition: Sequence[int]) -> str:
    """The principals of a coalition, as `0+1, 2` where vendors 0 and 1 are one firm."""
    return ", ".join("+".join(map(str, sorted(found.principals[one]))) for one in coalition)


def listed(numbers: Collection[int]) -> str:
    """`1, 2, 5`, or `none`."""
    return ", ".join(map(str, sorted(numbers))) or "none"
