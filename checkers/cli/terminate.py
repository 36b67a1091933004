"""`tallystick terminate`."""

from checkers.cli.common import (
    FAILED,
    OK,
    JsonFile,
    MachineName,
    Progress,
    Size,
    app,
    check_writable,
    out,
    parse_sizes,
    write_json,
)
from checkers.itf import itf
from checkers.lasso import find_lasso
from checkers.registry import find_machine
from checkers.trace import sized


@app.command(name="terminate")
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
    lasso = result.lasso
    write_json(
        json,
        {
            "machine": found.name,
            "sizes": {sort.__name__: n for sort, n in scope.sizes.items()},
            "states": result.states,
            "goal": lasso.goal if lasso else None,
            "stem": itf(lasso.stem) if lasso else None,
            "around": list(lasso.around) if lasso else None,
        },
    )
    where = f"{found.name} at {sized(scope) or 'its only size'}: {result.states:,} states"
    if lasso is None:
        out.print(f"{where}, and from each a fair run comes to its end")
        return OK
    out.print(f"{where}; a fair run never comes to {lasso.goal}:", markup=False)
    for line in lasso.lines():
        out.print(line, markup=False)
    return FAILED
