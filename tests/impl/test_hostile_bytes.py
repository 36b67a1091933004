"""Whatever bytes say, whoever reads them refuses them, or takes them for what they are."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from checkers.market.hardened.agreed import JOINT, ONE, ROUNDS, VERSIONS, genesis
from checkers.market.values import NEGATE
from impl.hardened.charter import Charter
from impl.hardened.mail import Mailbox, Message
from impl.hardened.sealing import seal
from impl.hardened.statement import Statement
from impl.hardened.terms import Terms
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey, lock
from impl.ledger.transaction import Refused, Transaction, parse
from impl.models.component import Component
from impl.models.operators import ModelError
from impl.quarrel.binding import WitnessError
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from impl.quarrel.step import Witness
from spec.bytes.encoding import EncodingError, Value, decode, encode

KEY = SigningKey.from_seed(bytes(32))
GENESIS = genesis()
RUN = Run.of(bytes(SALT) + NEGATE, ONE, Occasion())
LETTER = Message(bytes(32), "data", KEY.public, KEY.public, b"request", 1, b"content")
BOX = Mailbox(bytes(32), KEY.public, [KEY])
TOLD = Transaction(GENESIS.identity, "tick", KEY.public, 0, {"terms": [b"x", {"y": 1}]})

VALID: Mapping[str, tuple[Callable[[bytes], object], bytes]] = {
    "component": (Component.parse, NEGATE),
    "statement": (
        Statement.parse,
        Statement.of(bytes(SALT) + NEGATE, ONE, ONE, ROUNDS, Occasion()).canonical(),
    ),
    "witness": (Witness.parse, RUN.witness(0, (None, 0))),
    "last witness": (Witness.parse, RUN.witness(1, (0, 1))),
    "terms": (lambda data: Terms.parse(decode(data)), encode(VERSIONS[JOINT].terms.body())),
    "charter": (lambda data: Charter.parse(decode(data)), encode(GENESIS.agreed)),
    "genesis": (Genesis.parse, GENESIS.canonical()),
    "transaction": (parse, TOLD.signed(KEY)),
    "letter": (
        lambda data: BOX.open(seal(lock(KEY.public), data), lambda party: party),
        encode({"ledger": bytes(32), "kind": "data", "sender": KEY.public}),
    ),
}
JUNK: list[Value] = [
    np.zeros(2, np.int64),
    np.zeros((0, 3), np.int8),
    np.ones((2, 2), np.int32),
    None,
    True,
    -1,
    2**63,
    "",
    b"",
    [],
    [[]],
    {},
    {"": None},
]
"""Of every kind, and what is equal to nothing, or to several things at once."""


def varied(value: Value) -> Iterator[Value]:
    """A value with junk in each place."""
    yield from JUNK
    match value:
        case list():
            for index, item in enumerate(value):
                yield [*value[:index], *value[index + 1 :]]
                for other in varied(item):
                    yield [*value[:index], other, *value[index + 1 :]]
        case dict():
            for key, item in value.items():
                yield {name: each for name, each in value.items() if name != key}
                for other in varied(item):
                    yield {**value, key: other}


@pytest.mark.parametrize("name", VALID)
def test_junk_in_any_place_is_refused(name: str) -> None:
    read, valid = VALID[name]
    tried = 0
    for value in varied(decode(valid)):
        tried += 1
        try:
            read(encode(value))
        except (Refused, ModelError, WitnessError, EncodingError):
            continue
    assert tried > len(JUNK)
