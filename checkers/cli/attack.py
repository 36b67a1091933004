"""`tallystick attack`."""

from typing import Annotated

from cyclopts import Parameter

from checkers.cli.common import OK, JsonFile, check_writable, conclude, out, write_json
from checkers.cli.progress import progress
from checkers.results.terminal import show


def attack_command(
    *names: str,
    story: bool = False,
    list_: Annotated[bool, Parameter(negative="")] = False,
    json: JsonFile = None,
) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which, in all variants or in one, as `stall` or `stall/basic`; without names, all of them.
    story
        Tell one attack as a sequence diagram: who said what to whom, and what became of the money.
    list_
        Run nothing, and say which there are, what each does, and on what claims it bears.
    """
    check_writable(json)

    from checkers.market.attack import attack, listed

    if list_:
        table, told = listed(names)
        write_json(json, told)
        show([table], out)
        return OK
    result = attack(names, progress, story=story)
    return conclude(result, json)
