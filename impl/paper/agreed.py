"""What the genesis of a ledger says to the paper's contracts."""

from collections.abc import Collection

from impl.ledger.genesis import Genesis
from impl.ledger.transaction import MalformedTransaction, check_fields
from impl.paper.steps import check_list


def agree_on_nothing(genesis: Genesis) -> None:
    """See that nothing is agreed: anybody may take part. Raises MalformedTransaction."""
    check_fields(genesis.agreed, {}, "genesis.agreed")


def agreed_consumers(genesis: Genesis) -> Collection[bytes]:
    """Who may request. Raises MalformedTransaction."""
    check_fields(genesis.agreed, {"consumers": list}, "genesis.agreed")
    match genesis.agreed["consumers"]:
        case [*consumers]:
            check_list(consumers, bytes, "genesis.agreed.consumers")
            return [consumer for consumer in consumers if isinstance(consumer, bytes)]
    raise MalformedTransaction("genesis.agreed: not the fields that were checked")
