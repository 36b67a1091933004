"""What who reads the ledger does not learn (theorem 10): data, and the components.

A commitment stands for a salted digest, so its look says nothing of what it hides: two runs may
show the same commitments and hide other data behind them. Parties may deviate differently too, as
long as they act alike before everybody's eyes.

The theorem leaves out what is given away on purpose. An executor that is disputed opens input,
output and component of the step; or it shows salted digests of what lies in between, while the
quarrel is narrowed down, and then one row. None of that is a field of the machine. Of what is, only
whether an opened row leads to what its executor says, and the verdict on what was opened, tell of
data.
"""

from spec.hardened.dispute import is_reproduced, narrow
from spec.hardened.registration import hand_over
from spec.hardened.state import Market, Phase, Request
from spec.notation import Secrecy, all_of


def verdict(s: Market, r: Request) -> bool:
    """Whether an opened step is found right."""
    return (s.phase[r] == Phase.OPENED) & is_reproduced(s, r)


def row(s: Market, r: Request) -> bool:
    """Whether the one row that is left of a quarrel leads to what its executor says."""
    return all_of(s.phase[r] == Phase.DISPUTED, s.halvings[r] == 0, s.leads[r])


SECRECY = Secrecy(
    secret=(
        "component",
        "run",
        "rerun",
        "opens",
        "true",
        "takes",
        "gives",
        "handed",
        "deviated",
        "leads",
        "first_leads",
    ),
    private=((hand_over, "c"), (narrow, "first")),
    alike=(verdict, row),
    refusals="reasons",  # what the contract refuses, and why, stands on the ledger too
)
