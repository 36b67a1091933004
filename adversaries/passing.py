"""What passes between parties and to the ledger, and whom that convicted: so that a run is told."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

import attrs

from impl.hardened.contract import HardenedContract
from impl.ledger.port import Judge
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import ROTATE, Refused, parse_rotation
from impl.paper.basic.contract import BasicContract
from impl.paper.member import Member
from impl.paper.orchestrated.contract import OrchestratedContract
from impl.paper.steps import A, R, StepContract
from spec.bytes.encoding import Value

M = TypeVar("M", bound=Member)

LEDGER = "ledger"
"""What takes the place of a party where something is said to everybody."""


@attrs.frozen
class Passed:
    """Something that a party said.

    Attributes:
        source: who said it.
        target: to whom: a party, or the ledger.
        kind: what it is called.
        body: what it said, if it said that to the ledger.
        refused: why the ledger refused it, if it said so at once.
    """

    source: str
    target: str
    kind: str
    body: Mapping[str, Value] = attrs.field(factory=dict)
    refused: str = ""


def noted(role: type[M], passed: list[Passed]) -> type[M]:
    """A role of the paper's markets that does as it does, and what it says publicly is noted."""

    class Noted(role):  # type: ignore[valid-type, misc]  # whichever it is
        def send(self, kind: str, keep: Mapping[str, bytes] | None = None, /, **body: Value) -> int:
            try:
                position: int = super().send(kind, keep, **body)
            except Refused as refusal:
                passed.append(Passed(self.name, LEDGER, kind, body, refusal.reason))
                raise
            passed.append(Passed(self.name, LEDGER, kind, body))
            return position

    return Noted


def evidence(ledger: Ledger) -> dict[bytes, str]:
    """Whom a contract convicted, in order, and by which kind of transaction.

    The ledger is gone through once more, so that what convicts is what anybody can read.
    """
    contract = type(ledger.contract)(ledger.genesis)  # type: ignore[call-arg]  # each begins so
    assert isinstance(contract, BasicContract | OrchestratedContract | HardenedContract)
    found: dict[bytes, str] = {}
    for _, said in ledger:
        if said.kind == ROTATE and isinstance(contract, Judge):
            contract.replace_key(said.author, parse_rotation(said)[0])
        else:
            contract.apply(said)
        found |= dict.fromkeys(contract.convicted - found.keys(), said.kind)
    return found


def uncredited(contract: StepContract[A, R], carrier: bytes = b"") -> int:
    """How many records a contract of the paper has not found to execute a step of a request.

    Whoever has recorded them has worked for nothing, or is paid for what nobody asked for.

    Args:
        contract: once it has been asked about every request.
        carrier: whose records execute nothing: the orchestrator, if there is one.
    """
    recorded = Counter(record.author for record in contract.records if record.author != carrier)
    executed = (number for made in contract.requests for number in made.evidence)
    return (recorded - Counter(contract.records[number].author for number in executed)).total()


def told(convicted: Mapping[str, str]) -> str:
    """Who was convicted, and by what."""
    return ", ".join(f"{name}, by {kind}" for name, kind in convicted.items()) or "nobody"
