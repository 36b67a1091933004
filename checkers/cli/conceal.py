"""`tallystick conceal`."""

from checkers.cli.common import JsonFile, Seconds, check_writable, conclude
from checkers.cli.machines import MachineName
from checkers.cli.progress import progress
from checkers.market.subjects import find_machine


def conceal_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    confirm: bool = True,
    json: JsonFile = None,
) -> int:
    """Prove that what is secret has no influence on what an onlooker sees, for any size.

    What else is proved of the machine is used where it is needed.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    confirm
        Have cvc5 decide again what took a proof.
    """
    found = find_machine(machine)
    check_writable(json)

    from checkers.prove.copies import secrecy_of
    from checkers.prove.limits import Limit
    from checkers.prove.secrets import conceal

    secrecy_of(found)
    result = conceal(found, Limit.asked(timeout), progress, confirmed=confirm)
    return conclude(result, json)
