"""What who reads the ledger of the basic protocol does not learn, and what it does.

Inputs and outputs stand on the ledger, and the digest of a component tells it from others.
"""

from spec.basic.dispute import convict, match
from spec.basic.execution import record, request
from spec.basic.registration import deploy
from spec.notation import Secrecy

SECRECY = Secrecy(
    secret=("component", "run", "handed", "deviated"),
    private=((deploy, "c"), (request, "d"), (record, "d"), (record, "o")),
    leaks=(request, record, match, convict),
    refusals="reasons",
)
