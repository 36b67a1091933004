"""The variants of the protocol, and of which a ledger is: by what its genesis agrees on.

What the genesis is called says nothing: that is up to whoever begins a ledger.
"""

from collections.abc import Mapping

from impl.hardened.contract import HardenedContract
from impl.ledger.genesis import Genesis
from impl.ledger.transaction import MalformedTransaction
from impl.paper.basic.contract import BasicContract
from impl.paper.orchestrated.contract import OrchestratedContract
from spec.notation import MachineError

CONTRACTS: Mapping[str, type[BasicContract | OrchestratedContract | HardenedContract]] = {
    "basic": BasicContract,
    "orchestrated": OrchestratedContract,
    "hardened": HardenedContract,
}
"""By variant, the contract that a ledger begins with. Each agrees on other fields."""


def variant_of(genesis: Genesis) -> str:
    """The variant whose contract a ledger begins with. Raises MachineError: there is none."""
    reasons = list[str]()
    for variant, contract in CONTRACTS.items():
        try:
            contract(genesis)
        except MalformedTransaction as error:
            reasons.append(f"not {variant}: {error}")
        else:
            return variant
    raise MachineError(f"the ledger of another contract; {'; '.join(reasons)}")
