"""`tallystick prove`."""

from pathlib import Path

import attrs

from checkers.cli.common import Count, JsonFile, Seconds, check_writable, conclude, out
from checkers.cli.machines import MachineName
from checkers.cli.progress import progress
from checkers.market.subjects import SUBJECTS, find_machine
from spec.notation import MachineError


def prove_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    steps: Count = 1,
    confirm: bool = True,
    export: Path | None = None,
    core: bool = False,
    witnesses: bool = False,
    json: JsonFile = None,
) -> int:
    """Prove what must always hold by induction, for any number of parties.

    What must be reachable is not looked at; `explore` looks for it, at a size.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    steps
        How many states in a row a property may have to hold in before a step keeps it.
    confirm
        Have cvc5 decide every obligation again, and enumerate all states of a small size.
    export
        Write the obligations to this folder, as SMT-LIB 2 with their digests.
    core
        Say which properties bear load: what fails without each, and a minimal inductive core.
    witnesses
        Write down anew the states that show that each action is possible; of a machine of the
        project only.
    """
    found = find_machine(machine)
    if witnesses and machine not in SUBJECTS:
        raise MachineError(f"--witnesses: {machine} is no machine of the project, which keeps them")
    check_writable(json, folder=export, holds=["*.smt2", "DIGESTS"])

    from checkers.prove.archive import keep_witnesses
    from checkers.prove.core import load_bearing
    from checkers.prove.limits import Limit
    from checkers.prove.prover import prove

    limit = Limit.asked(timeout)
    proof = prove(found, limit, progress, steps=steps, confirmed=confirm, export=export)
    if core:
        proof = attrs.evolve(proof, bearing=load_bearing(found, proof.kept, limit, progress))
    status = conclude(proof, json)
    if witnesses and proof.possible:
        out.print(f"witnesses are kept in {keep_witnesses(proof.possible)}")
    elif proof.possible and proof.possible.fresh and machine in SUBJECTS:
        out.print(
            f"witnesses were searched for: {', '.join(proof.possible.fresh)}; "
            f"`tallystick prove {machine} --witnesses` writes them down"
        )
    return status
