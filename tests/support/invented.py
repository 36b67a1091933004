"""Ledgers that somebody made up: properly signed, and mostly what a contract accepts."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from random import Random
from typing import Any

import attrs

from checkers.market.hardened.agreed import BEACON, CLOCK
from checkers.market.variants import CONTRACTS, variant_of
from impl.hardened.digests import request_id
from impl.ledger.admission import Admission
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, parse, rotation
from impl.ledger.undo import UndoLog
from spec.bytes.encoding import Value, encode
from spec.bytes.suite import BLAKE3
from tests.support.told import KEYS, MARKETS, Told, kept

_KEYS = list(KEYS.values())
_OTHERS: Mapping[type, Sequence[Any]] = {
    bool: [True, False],
    int: [-(2**63), -1, 0, 1, 2, 3, 2**62],
    str: ["", "digits", "other"],
    bytes: [b"", b"none", bytes(32), *list(KEYS)[:2]],
    list: [[]],
    dict: [{}],
}
"""By type, what may stand in a field that nobody expects there."""


def pool(name: str) -> Sequence[Told]:
    """The ledgers of a machine from which others are made."""
    return [told for told in kept(name) if told.said]


def kinds_of(told: Told) -> Mapping[str, Mapping[str, type]]:
    """The kinds of transaction that a ledger's contract knows, with their fields."""
    contract: Any = CONTRACTS[variant_of(told.genesis)]  # a class, which has its kinds
    kinds: Mapping[str, Mapping[str, type]] = contract.kinds
    return kinds


def value_of(chance: Random, told: Told, name: str, kind: type) -> Any:  # of any field
    """Something for a field: what stands there in some transaction, or anything of its type."""
    here = [body[name] for data in told.said if name in (body := body_of(data))]
    known = [*here, *known_values(variant_of(told.genesis), name)]
    if name == "terms" and known and chance.random() < 0.5:
        terms = dict(chance.choice(known))
        part = chance.choice([*terms]) if terms else "api"
        return {**terms, part: chance.choice(_OTHERS[type(terms.get(part, ""))])}
    if known and chance.random() < 0.85:
        return chance.choice(known)
    return chance.choice([*_OTHERS[kind], chance.randbytes(32) if kind is bytes else kind()])


@lru_cache(maxsize=1 << 14)
def body_of(data: bytes) -> Mapping[str, Value]:
    """The body of a transaction; of what is none, nothing."""
    try:
        return parse(data).transaction.body
    except MalformedTransaction:
        return {}


@cache
def known_values(variant: str, name: str) -> Sequence[Any]:  # of any field
    """What stands in a field anywhere."""
    found: dict[bytes, Value] = {}
    for machine in MARKETS:
        if machine.startswith(variant):
            for told in pool(machine):
                for body in map(body_of, told.said):
                    if name in body:
                        found[encode(body[name])] = body[name]
    return list(found.values())


_BY_CLOCK, _BY_BEACON = {"tick": CLOCK}, {"route": BEACON, "draw_lots": BEACON}


def invented(chance: Random, told: Told, length: int = 40) -> Told:
    """A ledger that goes on with what somebody makes up, mostly accepted, until it is not."""
    start = chance.randrange(len(told.said) + 1)
    made = attrs.evolve(told, said=told.said[:start])
    admission = Admission(told.genesis.identity, CONTRACTS[variant_of(told.genesis)](told.genesis))
    for data in made.said:
        admission.admit(data)
    patience = chance.choice([5, 40])
    while len(made.said) < start + length:
        for _ in range(patience):
            data = anything(chance, made, admission)
            if is_accepted(admission, data):
                break
        else:
            return attrs.evolve(made, said=[*made.said, data, anything(chance, made, admission)])
        made = attrs.evolve(made, said=[*made.said, data])
    return made


def is_accepted(admission: Admission, data: bytes) -> bool:
    """Whether a node that keeps to its contract accepts something; then it has."""
    log = UndoLog()
    with log.recording():
        try:
            admission.admit(data)
        except Refused:
            log.undo()
            return False
    return True


def anything(chance: Random, told: Told, admission: Admission) -> bytes:
    """A transaction, rightly signed, that says anything."""
    variant, kinds = variant_of(told.genesis), kinds_of(told)
    kind = chance.choice([*kinds, *kinds, "rotate", "shout", "tick"])
    key = chance.choice(_KEYS)
    if chance.random() < 0.9:
        key = (_BY_CLOCK | _BY_BEACON).get(kind, chance.choice(speakers(variant)))
    identity, nonce = told.genesis.identity, admission.next_nonce(key.public)
    in_force = KEYS[admission.keys_of(key.public)[-1]]
    if kind == "rotate":
        return rotation(identity, key.public, nonce, chance.choice(_KEYS)).signed(in_force)
    fields = kinds.get(kind, {}).items()
    body: dict[str, Any] = {name: value_of(chance, told, name, of) for name, of in fields}
    if kind == "request" and "version" in body and chance.random() < 0.9:
        number, version = chance.randrange(50), body["version"]
        name = request_id(BLAKE3, identity, key.public, number, version)
        body |= {"nonce": number, "request": name}
    return Transaction(identity, kind, key.public, nonce, body).signed(in_force)


@cache
def speakers(variant: str) -> Sequence[SigningKey]:
    """Whoever speaks on any ledger of a variant."""
    every = [told for machine in MARKETS if machine.startswith(variant) for told in pool(machine)]
    authors = {parse(data).transaction.author for told in every for data in told.said}
    return [KEYS[author] for author in sorted(authors)]
