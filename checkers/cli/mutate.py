"""`tallystick mutate`."""

from checkers.cli.common import FAILED, JsonFile, check_writable, conclude, out
from checkers.cli.machines import MachineName, Size, parse_sizes
from checkers.cli.progress import progress
from checkers.market.subjects import find_setup, find_subject


def mutate_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    against: str | None = None,
    all_layers: bool = False,
    json: JsonFile = None,
) -> int:
    """Change a protocol's text, one place at a time, and see which layer of checking notices.

    What no layer notices is shown to do the same as the protocol, or is a hole. That takes seconds
    or a few minutes; of `hardened`, which is told its stories instead of being explored, half an
    hour.

    Parameters
    ----------
    against
        An implementation to run mutants in lockstep with, as in `fuzz`.
    all_layers
        Ask every layer about every mutant; else only until one kills it.
    """
    subject = find_subject(machine)
    found = subject.machine
    scopes = [parse_sizes(found, size)] if size else subject.scopes
    reference = subject.setup if scopes else None  # beside which stories are told
    setup = find_setup(found.name, against) if against else reference
    check_writable(json)

    from checkers.lockstep.run import Divergence
    from checkers.mutate.mutation import mutate

    try:
        result = mutate(
            found,
            scopes,
            setup=setup,
            stories=subject.stories,
            all_layers=all_layers,
            progress=progress,
        )
    except Divergence as divergence:
        name = against or "reference"
        out.print(f"{name} is no implementation of the protocol: {divergence}", markup=False)
        return FAILED
    return conclude(result, json)
