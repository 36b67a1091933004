"""Whatever bytes say, whoever reads them refuses them, or takes them for what they are."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import attrs
import numpy as np
import pytest

from checkers.market.hardened.agreed import JOINT, ONE, ROUNDS, VERSIONS, genesis
from checkers.market.values import NEGATE
from impl.hardened.charter import Charter
from impl.hardened.mail import Mailbox, Message
from impl.hardened.sealing import seal
from impl.hardened.statement import Statement
from impl.hardened.terms import Terms
from impl.ledger.block import Block, SignedBlock, Stretch
from impl.ledger.chain import Chain
from impl.ledger.codec import Codec
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey, lock
from impl.ledger.transaction import Refused, Transaction, parse
from impl.ledger.undo import UndoLog
from impl.ledger.witness import Head
from impl.models.component import Component
from impl.models.operators import ModelError
from impl.quarrel.binding import WitnessError
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from impl.quarrel.step import Witness
from spec.bytes.encoding import EncodingError, Value, decode, encode
from tests.support.lived import LIVES, lived

KEY = SigningKey.from_seed(bytes(32))
GENESIS = genesis()
RUN = Run.of(bytes(SALT) + NEGATE, ONE, Occasion())
LETTER = Message(bytes(32), "data", KEY.public, KEY.public, b"request", 1, b"content")
BOX = Mailbox(bytes(32), KEY.public, [KEY])
BLOCK = Block(GENESIS.identity, 1, GENESIS.identity, bytes(32), 1)
BLOCKS = [block.signed(KEY) for block in (BLOCK, BLOCK.next(bytes(32), 2))]
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
    "block": (SignedBlock.parse, BLOCKS[0].canonical()),
    "stretch": (Stretch.parse, Stretch.of(BLOCKS).canonical()),
    "head": (Head.parse, Head(BLOCKS[0], {KEY.public: BLOCKS[0].signature}).canonical()),
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


# Numbers

ENDS = (-(2**63), -1, 2**63, 2**64 - 1)
"""The last that bytes can say, and those that are no size, or of which a file has no room."""

MANY = 200
"""How many variations of a kind of transaction are tried."""


def at_its_ends(value: Value) -> Iterator[Value]:
    """A value with each number in it at its ends, also within bytes that say a value."""
    match value:
        case int() if not isinstance(value, bool):
            yield from ENDS
        case list():
            for index, item in enumerate(value):
                for other in at_its_ends(item):
                    yield [*value[:index], other, *value[index + 1 :]]
        case dict():
            for key, item in value.items():
                for other in at_its_ends(item):
                    yield {**value, key: other}
        case bytes() if len(value) > 1:  # one byte alone may be anything
            try:
                inner = decode(value)
            except EncodingError:
                return
            yield from map(encode, at_its_ends(inner))


def blocks(value: object) -> list[SignedBlock]:
    """The blocks in what was read."""
    match value:
        case SignedBlock():
            return [value]
        case Stretch():
            return [SignedBlock(value.first, value.signature), value.last]
        case Head():
            return [value.signed]
    return []


def numbers_of(block: Block) -> tuple[int, int]:
    return block.height, block.count


@pytest.mark.parametrize("name", ["block", "stretch", "head"])
def test_a_block_that_is_read_has_numbers_for_which_a_file_has_room(name: str) -> None:
    """So it can be looked for in one, whoever has signed it."""
    read, valid = VALID[name]
    found = [read(valid)]
    for value in at_its_ends(decode(valid)):
        try:
            found.append(read(encode(value)))
        except Refused:
            continue
    numbers = [n for each in found for signed in blocks(each) for n in numbers_of(signed.block)]
    assert 0 <= min(numbers) <= max(numbers) < 2**63


@pytest.mark.parametrize("name", LIVES)
def test_any_number_in_a_transaction_is_refused_or_can_be_kept(name: str) -> None:
    """Where a transaction that was said has it, whatever its kind."""
    told, tried = lived(name), Counter[str]()
    chain = Chain.begin(told.genesis, told.contract)
    contract, codec = chain.admission.contract, Codec(chain.admission.contract)
    for data in (data for said in told.blocks for data in said):
        said = parse(data).transaction
        for body in at_its_ends(said.body) if tried[said.kind] < MANY else ():
            assert isinstance(body, dict)
            tried[said.kind] += 1
            log = UndoLog()
            try:
                with log.recording():
                    contract.apply(attrs.evolve(said, body=body))
                codec.write(chain)
            except Refused:
                continue
            finally:
                log.undo()
        chain.admission.admit(data)
    assert tried
