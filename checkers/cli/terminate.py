"""`tallystick terminate`."""

from typing import Any

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    check_writable,
    out,
    write_json,
)
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.explore.lasso import Endings, find_lasso
from checkers.market.subjects import find_machine
from checkers.traces.itf import itf
from checkers.traces.trace import counted, named_past, sized


def terminate_command(
    machine: MachineName, /, *, size: Size | None = None, json: JsonFile = None
) -> int:
    """Look for a run that is fair and never comes to its end, among all states of a size.

    That there is none at any size is what `prove` proves of the machine's ranking.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)
    progress = Progress()
    progress(f"{found.name}: every state, and every step between two")
    result = find_lasso(found, scope)
    progress.done()
    write_json(json, endings_json(found.name, result))
    show_endings(found.name, result)
    if result.lasso or result.vacuous:
        return FAILED
    return OK if result.hold else UNKNOWN


def endings_json(name: str, result: Endings[Any]) -> dict[str, object]:
    """What was found of a machine's ending, machine readable."""
    lasso = result.lasso
    return {
        "machine": name,
        "sizes": {sort.__name__: n for sort, n in result.scope.sizes.items()},
        "complete": result.complete,
        "states": result.states,
        "beyond_size": result.cut,
        "left_out": {str(constant): text for constant, text in result.left_out.items()},
        "holds": result.hold,
        "vacuous": result.vacuous,
        "impossible": list(result.impossible),
        "goal": lasso.goal if lasso else None,
        "passed": lasso.passed if lasso else None,
        "stem": itf(lasso.stem) if lasso else None,
        "around": list(lasso.around) if lasso else None,
    }


def show_endings(name: str, result: Endings[Any]) -> None:
    """The same for people."""
    for act in result.impossible:
        out.print(f"[yellow]{act}, which is taken to be fair, is never possible[/yellow]")
    where = f"{name} at {sized(result.scope) or 'its only size'}: {counted(result.states, 'state')}"
    if not result.complete:
        out.print(f"{where} and more to come are too many to look at; give smaller sizes")
    elif result.lasso:
        out.print(f"{where}; a fair run {result.lasso.said}:", markup=False)
        for line in result.lasso.lines():
            out.print(line, markup=False)
    elif result.vacuous:
        out.print(f"{where}; nothing was checked: {result.vacuous}", markup=False)
    elif result.hold:
        out.print(f"{where}, and from each a fair run comes to its end")
    if result.left_out:
        out.print(f"{where}, which leave out {named_past(result.left_out)}", markup=False)
    if result.cut:
        out.print(
            f"{where}; {counted(result.cut, 'step')} past these sizes cut: runs that may never "
            "come to their end were not followed",
            markup=False,
        )
