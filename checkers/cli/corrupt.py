"""`tallystick corrupt`."""

from typing import Literal

from checkers.cli.common import Count, JsonFile, Seed, check_writable, conclude
from checkers.cli.progress import progress

Variant = Literal["hardened", "orchestrated", "basic"]


def corrupt_command(
    *,
    variant: Variant = "hardened",
    worlds: Count | None = None,
    seed: Seed = 0,
    json: JsonFile = None,
) -> int:
    """Let corrupted parties play anything, and see whether others have to complain.

    In each world some parties are corrupted, and deviate wherever chance has them: they leave out,
    delay, repeat and change what they say, say anything else, compute something else and stand by
    it. In a hardened market nobody else must be convicted, or short of what it has earned by what
    was said on the ledger, or left without what it asks for, unless somebody corrupted can be why;
    everything must end; and the judge must find the same. In the paper's markets this does not
    hold, and that is shown: how somebody honest is convicted, who is harmed while no culprit is,
    and which tales of different culprits leave one ledger, so that nobody can tell who it was. A
    strategy that breaks a promise is made as short as it can be.

    Of hardened worlds it is told what was played how often. `habit of X: late` is to say X in the
    last block of its phase only, `instead of X: twice` to say it changed as well, `more: X` to say
    it though it is not due; `way` and `message` are what the network does to all that one party
    says to another, and to one message; `appends`, `orders`, `leaves out` and `announces` are what
    the node does to a block. It is counted, too, what was not done for somebody honest, and why
    that is excused.

    Parameters
    ----------
    variant
        The protocol.
    worlds
        How many: by default 100 hardened ones, or 200 of the paper's.
    seed
        The number of the first.
    """
    check_writable(json)

    from checkers.market.corrupt import corrupt
    from checkers.market.repudiate import repudiate
    from checkers.results.result import Result

    found: Result
    if variant == "hardened":
        found = corrupt(100 if worlds is None else worlds, seed, progress)
    else:
        found = repudiate(variant, 200 if worlds is None else worlds, seed, progress)
    return conclude(found, json, {"seed": seed})
