"""`tallystick account`."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.blame.account import FINDINGS, Account, Collision, History
from checkers.blame.accountant import Accountant
from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.cli.machines import MachineName, Size, finding_json, parse_sizes, show_trace
from checkers.explore.engine import Engine
from checkers.market.subjects import find_machine
from checkers.traces.itf import itf
from checkers.traces.trace import Trace, named_past, sized

Number1 = Annotated[int | None, Parameter(validator=Number(gte=1))]


def account_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    culprits: Number1 = None,
    bound: Annotated[list[str] | None, Parameter(negative="")] = None,
    json: JsonFile = None,
    traces: bool = True,
    engine: Engine = "numpy",
    limit_states: Number1 = None,
) -> int:
    """Ask of every run whether the ledger shows who deviated, and no one else.

    Parameters
    ----------
    culprits
        Follow runs in which so many parties deviate, at most.
    bound
        Follow runs within a restriction that the machine names; may be given repeatedly.
    traces
        Print the runs that show what is refuted, and the two histories of each ledger that has two.
    engine
        numba compiles the machine first, and is several times faster on a large one.
    limit_states
        End once so many states were found; what was not visited is not passed.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)
    progress = Progress()
    accountant = Accountant(
        found,
        scope,
        lambda status: progress(status.line()),
        culprits=culprits,
        bounds=bound or (),
        engine=engine,
        limit_states=limit_states,
    )
    result = accountant.run()
    progress.done()
    write_json(json, account_json(result))
    show_account(result, traces=traces)
    if not {*result.refuted, *nothing_seen(result)} <= expected(result):
        return FAILED
    return OK if result.exhaustive else UNKNOWN


def expected(result: Account[Any]) -> set[str]:
    """The findings that must come out bad; that may need a larger size than this one."""
    assert result.machine.accountability
    return set(result.machine.accountability.refuted)


def nothing_seen(result: Account[Any]) -> Mapping[str, str]:
    """The findings for which there is nothing to look at; in a run that a limit ended, there may
    be something further on."""
    return result.vacuous if result.ended == "complete" else {}


def account_json(result: Account[Any]) -> dict[str, object]:
    """An account, machine readable."""
    runs = (("no_false_blame", result.false_blame), (FINDINGS[1], result.unpaid_harm))
    return {
        "machine": result.machine.name,
        "sizes": {sort.__name__: number for sort, number in result.scope.sizes.items()},
        "culprits": result.culprits,
        "bounds": list(result.bounds),
        "states": result.states,
        "depth": result.depth,
        "ended": result.ended,
        "extent": result.extent,
        "exhaustive": result.exhaustive,
        "seconds": round(result.seconds, 3),
        "transcripts": result.transcripts,
        "refuted": result.refuted,
        "vacuous": dict(result.vacuous),
        "upright": list(result.upright),
        "to_be_refuted": sorted(expected(result)),
        "traces": [finding_json(name, trace) for name, trace in runs if trace],
        "beyond_the_ledger": [
            {"action": action, "field": field} for action, field in result.beyond_the_ledger
        ],
        "collisions": [
            [history_json(history) for history in c.histories] for c in result.collisions
        ],
    }


def history_json(history: History[Any]) -> dict[str, object]:
    """One way in which a ledger can have come about."""
    return {
        "culprits": list(history.culprits),
        "deeds": [history.steps[deed] for deed in history.deeds],
        "trace": itf(history.trace),
    }


def show_account(result: Account[Any], *, traces: bool) -> None:
    """An account for people."""
    out.print(
        f"{result.machine.name} at {sized(result.scope) or 'its only size'}: "
        f"{result.states:,} states, "
        f"{result.transcripts:,} ledgers where all is over, {result.seconds:.2f} s"
    )
    if not result.exhaustive:
        out.print(f"[yellow]bounded[/yellow]: {extent(result)}")
    so_far = "" if result.ended == "complete" else " so far"
    for sort in result.upright:
        out.print(f"[yellow]no {sort} ever deviates{so_far}[/yellow]")
    rows = table("finding", "verdict")
    failures = evidence(result)
    for name in FINDINGS:
        rows.add_row(name, verdict(result, name, failures))
    out.print(rows)
    if result.collisions:
        show_collisions(result.collisions)
    if traces:
        show_runs(result)


def extent(result: Account[Any]) -> str:
    """What a bounded account looked at."""
    parts = [] if result.ended == "complete" else [f"every state within {result.depth} steps"]
    if result.culprits is not None:
        parts.append(f"at most {result.culprits} culprit{'s' * (result.culprits != 1)}")
    if result.left_out:
        parts.append(f"sizes that leave out {named_past(result.left_out)}")
    return ", ".join([*parts, *result.bounds])


def evidence(result: Account[Any]) -> Mapping[str, str]:
    """What refutes each finding that is refuted, in words."""
    fields = ", ".join(f"{act} looks at {field}" for act, field in result.beyond_the_ledger)
    pairs = len({collision.culprits for collision in result.collisions})
    words = (
        f"refuted in {result.false_blame.extent}" if result.false_blame else "",
        f"refuted in {result.unpaid_harm.extent}" if result.unpaid_harm else "",
        f"refuted: {fields}",
        f"refuted: {len(result.collisions):,} collisions of {pairs:,} pairs of culprits",
    )
    return {n: words for n, words in zip(FINDINGS, words, strict=True) if n in result.refuted}


def verdict(result: Account[Any], name: str, failures: Mapping[str, str]) -> str:
    """What an account says of a finding, marked where it must not be so."""
    if name in failures:
        return failures[name] if name in expected(result) else f"[red]{failures[name]}[/red]"
    if name in nothing_seen(result):
        words = f"vacuous: {result.vacuous[name]}"
        words = words if name in expected(result) else f"[red]{words}[/red]"
    elif name == "verdict_from_ledger_only":
        return "holds of every action"
    else:
        words = result.extent if result.exhaustive else "[yellow]bounded[/yellow]"
    return f"{words}; to be refuted at another" if name in expected(result) else words


def show_collisions(collisions: list[Collision[Any]]) -> None:
    """Which deeds leave the same ledger."""
    rows = table("one ledger: either", "did", "or", "did")
    for collision in collisions:
        rows.add_row(*(cell for history in collision.histories for cell in told(history)))
    out.print()
    out.print(rows, markup=False)


def told(history: History[Any]) -> tuple[str, str]:
    """Who did what."""
    return ", ".join(history.culprits), ", ".join(history.steps[deed] for deed in history.deeds)


def show_runs(result: Account[Any]) -> None:
    """The runs that show what is refuted; of the collisions, one for each pair of culprits."""
    runs: list[tuple[str, Trace[Any] | None]] = [
        ("no_false_blame", result.false_blame),
        ("every_harm_blamed_or_repaid", result.unpaid_harm),
    ]
    for name, trace in runs:
        if trace:
            show_trace(f"{name} is refuted:", trace)
    shown = {collision.culprits: collision for collision in reversed(result.collisions)}
    for collision in reversed(shown.values()):
        show_histories(collision)


def show_histories(collision: Collision[Any]) -> None:
    """Two runs to one ledger, side by side."""
    names = [", ".join(history.culprits) for history in collision.histories]
    rows = table(f"{names[0]} deviated", f"or {names[1]}")
    for pair in zip_longest(*(marked(history) for history in collision.histories), fillvalue=""):
        rows.add_row(*pair)
    out.print()
    out.print(rows, markup=False)


def marked(history: History[Any]) -> list[str]:
    """The steps of a history, those marked by which somebody comes to have deviated."""
    return [f"{step}{' (!)' * (i in history.deeds)}" for i, step in enumerate(history.steps)]
