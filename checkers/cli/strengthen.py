"""`tallystick strengthen`."""

from checkers.cli.common import (
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    Seconds,
    check_writable,
    out,
    write_json,
)
from checkers.cli.machines import MachineName
from checkers.market.subjects import find_machine
from checkers.prove.limits import Limit
from checkers.prove.strengthen import strengthen


def strengthen_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    seconds: Seconds | None = None,
    json: JsonFile = None,
) -> int:
    """Find lemmas that prove what must always hold; the machine's own are not looked at.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    seconds
        After so many, give up; unless given, after 20,000 candidates.
    """
    found = find_machine(machine)
    check_writable(json)
    progress = Progress()
    result = strengthen(found, Limit.asked(timeout), progress, seconds)
    progress.done()
    write_json(
        json,
        {
            "machine": found.name,
            "proved": result.proof.complete,
            "lemmas": list(result.lemmas),
            "candidates": result.candidates,
            "inductive": result.inductive,
            "seconds": round(result.seconds, 3),
        },
    )
    tried = f"{result.candidates:,} candidates, {result.seconds:.2f} s"
    if not result.proof.complete:
        out.print(f"no strengthening found for {found.name}: {tried}")
        return UNKNOWN
    out.print(f"{found.name} is proved for any number of elements with these lemmas: {tried}")
    for lemma in result.lemmas:
        out.print(f"  {lemma}", markup=False)
    return OK
