"""What a ledger shows of a contract of the paper's, as drivers show their states."""

from collections.abc import Mapping

from impl.ledger.port import View
from spec.notation.sorts import Value


def read(view: View) -> Mapping[str, Value]:
    """A view, field by field: what is under one key alone is under no tuple."""
    return {
        name: entries[()] if () in entries else {_key(keys): v for keys, v in entries.items()}
        for name, entries in view.items()
    }


def _key(keys: tuple[Value, ...]) -> Value:
    return keys[0] if len(keys) == 1 else keys
