"""What who reads the ledger of the orchestrated protocol does not learn, and what it does.

Equal data have equal hashes, and the digest of a component tells it from others.
"""

from spec.notation import Secrecy
from spec.orchestrated.dispute import convict, match
from spec.orchestrated.execution import deliver, give_back, pick, request, send
from spec.orchestrated.registration import hand_over

SECRECY = Secrecy(
    secret=(
        "component",
        "run",
        "handed",
        "wanted",
        "carried",
        "given",
        "delivered",
        "truth",
        "deviated",
    ),
    private=(
        (hand_over, "c"),
        (request, "d"),
        (send, "d"),
        (pick, "d"),
        (give_back, "d"),
        (deliver, "d"),
    ),
    leaks=(request, match, convict),
    refusals="reasons",
)
