"""What a request puts on the ledger, in bytes, and what they cost where a ledger sells room."""

from collections.abc import Sequence
from itertools import pairwise

from adversaries.script import Facts
from adversaries.victim import parts, victim
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import Transaction
from impl.models.component import chain
from spec.bytes.encoding import Value, encode

GAS = 16  # for a byte of calldata that is not zero, on Ethereum (EIP-2028)
BLOCK = 60_000_000  # the gas of a block of Ethereum at the end of 2025
DIGEST = 32
SIGNATURE = 64

RESNET = (
    3 * 224 * 224,
    64 * 56 * 56,
    256 * 56 * 56,
    512 * 28 * 28,
    1024 * 14 * 14,
    1000,
)
"""Activations of ResNet-50 (He et al., CVPR 2016, table 1), cut after each of its stages."""


def digits_sizes() -> list[int]:
    """Bytes of the input and of each part's output, of the digits' classifier."""
    return [len(encode(values)) for values in chain(parts(), victim()[2][:1])]


def resnet_sizes() -> list[int]:
    """Bytes of the input and of each stage's output, of ResNet-50 in single precision."""
    return [4 * activations for activations in RESNET]


def basic_bytes(sizes: Sequence[int]) -> int:
    """What a request puts on the basic ledger: its input, and each step's input and output."""
    records: list[dict[str, Value]] = [
        {"received": bytes(given), "produced": bytes(made), "claimed": bytes(DIGEST)}
        for given, made in pairwise(sizes)
    ]
    return sum(
        [
            _size("request", {"api": "digits", "input": bytes(sizes[0])}),
            *(_size("record", record) for record in records),
            _size("take", {"request": 0, "record": len(records) - 1}),
        ]
    )


def hardened_bytes(sizes: Sequence[int]) -> int:
    """What a request puts on the hardened ledger: commitments, whatever the data."""
    name = bytes(DIGEST)
    made: dict[str, Value] = {"request": name}
    posted = [
        _size("request", {**made, "nonce": 0, "version": name, "input": name}),
        _size("route", {**made, "beacon": bytes(SIGNATURE)}),
        _size("draw_lots", {**made, "beacon": bytes(SIGNATURE)}),
        _size("settle", made),
    ]
    for step in range(len(sizes) - 1):
        posted += [
            _size("assign", made),
            _size("record", {**made, "step": step, "output": name}),
            _size("collect", {**made, "step": step}),
        ]
    return sum(posted)


def _size(kind: str, body: dict[str, Value]) -> int:
    """The bytes of a signed transaction."""
    key = SigningKey()
    return len(Transaction(bytes(DIGEST), kind, key.public, 0, body).signed(key))


def ledger_bytes(hardened: bool) -> Facts:
    """An API of a large model is sold on a ledger that charges for every byte."""
    measure = hardened_bytes if hardened else basic_bytes
    posted = {"digits": measure(digits_sizes()), "resnet": measure(resnet_sizes())}
    gas = {name: GAS * count for name, count in posted.items()}
    fits = gas["resnet"] <= BLOCK
    return Facts(
        deviated=[],
        harmed=not fits,
        lines=[
            *(
                f"a request of {name} puts {count:,} bytes on the ledger: {gas[name]:,} gas"
                for name, count in posted.items()
            ),
            f"a block has {BLOCK:,} gas; ResNet-50's request {'fits' if fits else 'does not fit'}",
        ],
        figures={f"bytes_{name}": count for name, count in posted.items()}
        | {f"gas_{name}": count for name, count in gas.items()},
    )
