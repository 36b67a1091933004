"""What comes of what leaves a marketplace: who reads it, and who buys it or sells it elsewhere."""

from collections.abc import Callable, Sequence

import numpy as np

from adversaries.leaking.leakage import STOLEN
from adversaries.passing import Passing
from adversaries.script import Facts
from adversaries.victim import parts, right_output, victim, worse
from impl.ledger.port import Ledger
from impl.models.component import Component, chain, labels
from impl.models.fixedpoint import Integers
from spec.bytes.encoding import encode


def on_ledger(ledger: Ledger) -> bytes:
    """All that a ledger says, for whoever reads it."""
    return b"".join(encode(said.body) for _, said in ledger)


def rows() -> Sequence[Integers]:
    """What is asked: two rows of ordinary traffic, each by itself."""
    return [row.reshape(1, -1) for row in victim()[1][:2]]


def read(party: str, seen: bytes, passed: Passing) -> Facts:
    """What somebody sees in clear of requests: of the input, and of what each part makes of it.

    Args:
        party: who sees it.
        seen: all that it sees.
        passed: what passed meanwhile.
    """
    values = [encode(value) for row in rows() for value in chain(parts(), row)]
    found = sum(value in seen for value in values)
    return Facts(
        deviated=[party],
        harmed=found > 0,
        lines=[
            f"{len(rows())} requests: {len(values)} inputs and outputs of parts",
            f"{len(seen):,} bytes show the {party} {found} of them",
        ],
        figures={"values": len(values), "found": found},
        passed=passed,
    )


def bought(
    part: Component, secret: bytes, is_registered: Callable[[bytes], bool], passed: Passing
) -> Facts:
    """A buyer pays a vendor for its part, if the ledger shows that it is the registered one.

    Args:
        part: what the vendor offers.
        secret: what it was handed before that, if anything was.
        is_registered: what the buyer asks of both together, who knows nothing but the ledger.
        passed: what passed before.
    """
    proven, fooled = (is_registered(secret + p.canonical()) for p in (part, worse(part)))
    return Facts(
        deviated=["vendor1"],
        harmed=proven and not fooled,
        lines=[
            f"the ledger shows that a part is {'' if proven else 'not '}the registered one, "
            f"and {'also' if fooled else 'not'} that another one is",
            f"a bounty {'can' if proven and not fooled else 'cannot'} be paid for it",
        ],
        figures={"proven": float(proven), "fooled": float(fooled)},
        passed=passed,
    )


def served(held: Sequence[Component], unseen: bool, passed: Passing) -> Facts:
    """A coalition serves a client of its own from the first parts, which it was handed.

    Args:
        held: these parts, in order.
        unseen: whether the ledger is as it was before.
        passed: what passed before.
    """
    inputs = victim()[2]
    wanted, answers = labels(right_output(inputs)), labels(encode(chain(held, inputs)[-1]))
    equal = float(np.mean(np.equal(answers, wanted)))
    return Facts(
        deviated=["coalition"],
        harmed=equal >= STOLEN,
        suspects=() if unseen else ["coalition"],
        lines=[
            f"{len(held)} of 3 parts answer {len(inputs)} inputs of a client, {equal:.1%} of them "
            "as the model does",
            f"the head of the ledger is {'the same' if unseen else 'another one'} as before",
        ],
        figures={"served": len(inputs), "equal": equal, "unseen": float(unseen)},
        passed=passed,
    )


def favoured(
    deviated: Sequence[str],
    friend: str,
    executors: Sequence[str],
    holders: int,
    passed: Passing,
) -> Facts:
    """Somebody has its friend execute steps that others hold as well, more often than is fair.

    Args:
        deviated: who has that, and who helps.
        friend: who is to execute.
        executors: who did, of each step.
        holders: how many hold each step.
        passed: what passed meanwhile.
    """
    share, fair = executors.count(friend) / max(len(executors), 1), 1 / holders
    return Facts(
        deviated=deviated,
        harmed=share >= 2 * fair,
        lines=[f"of {len(executors)} steps {friend} executes {share:.0%}; fair are {fair:.0%}"],
        figures={"steps": len(executors), "share": share, "fair": fair},
        passed=passed,
    )
