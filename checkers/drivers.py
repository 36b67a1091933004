"""Drivers of the reference implementation, and how others are named on the command line."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import attrs
import numpy as np

from checkers.lockstep import Setup
from checkers.registry import find_attribute
from impl.contract import MarketContract
from impl.keys import SigningKey
from impl.ledger import Ledger, OpenContract
from impl.model import Component, Layer
from impl.storage import Storage
from impl.transaction import Refused, Transaction
from spec.basic import (
    Api,
    Consumer,
    Data,
    Digest,
    Model,
    Provider,
    Record,
    Request,
    Step,
    Vendor,
)
from spec.basic import (
    Component as ComponentSort,
)
from spec.encoding import encode
from spec.ledger import Body, Chain, Nonce, Party, Position
from spec.merkle import bound_root
from spec.notation import MachineError, Scope
from spec.notation.sorts import Value


class _LedgerFile:
    """A ledger in a temporary folder, that keys sign for."""

    def __init__(self, name: str, contract: MarketContract | OpenContract) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tallystick-")
        self._path = Path(self._folder.name) / "ledger.db"
        self.ledger = Ledger.create(self._path, name, contract, synchronous="NORMAL")

    def submit(self, transaction: Transaction, key: SigningKey) -> str | None:
        try:
            self.ledger.submit(transaction.signed(key))
        except Refused as refusal:
            return refusal.reason
        return None

    def restart(self) -> None:
        """Close the ledger, and open it again from its file."""
        self.ledger.close()
        contract = self.ledger.contract.fresh()
        self.ledger = Ledger.open(self._path, contract, synchronous="NORMAL")

    def close(self) -> None:
        self.ledger.close()
        self._folder.cleanup()


def _keys(count: int, first: int = 0) -> dict[bytes, SigningKey]:
    """Signing keys by their public keys; the same ones every time."""
    made = [SigningKey.from_seed(bytes([first + i]) * 32) for i in range(count)]
    return {key.public: key for key in made}


# The ledger

_PARTIES = _keys(2)


class LedgerDriver(_LedgerFile):
    """Drives `impl.ledger` as the machine `ledger`."""

    def __init__(self) -> None:
        super().__init__("main", OpenContract())

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit a transaction that names an author and is signed by a signer."""
        chain, signer, author, nonce, body = args
        transaction = Transaction(chain, "say", author, nonce, {"body": body})
        return self.submit(transaction, _PARTIES[signer])

    def state(self) -> Mapping[str, Value]:
        """What stands on the ledger."""
        entries = dict(self.ledger)
        return {
            "height": len(entries),
            "author": {p: entry.author for p, entry in entries.items()},
            "nonce": {p: entry.nonce for p, entry in entries.items()},
            "body": {p: entry.body["body"] for p, entry in entries.items()},
            "next": {author: self.ledger.next_nonce(author) for author in _PARTIES},
        }


LEDGER = Setup(
    open=LedgerDriver,
    scope=Scope(
        sizes={Nonce: 4, Position: 6},
        universe={Party: list(_PARTIES), Chain: ["main", "other"], Body: [b"yes", b"no"]},
    ),
    functions={"name": "main"},
)


# The basic protocol


@attrs.frozen
class Plan:
    """A split model: its parts and their vendors in turn."""

    parts: tuple[bytes, ...]
    vendors: tuple[bytes, ...]

    @property
    def digests(self) -> list[bytes]:
        """The digests of the parts."""
        return [component_digest(part) for part in self.parts]

    @property
    def signature(self) -> bytes:
        """What registers the model."""
        return bound_root(self.digests)


@cache
def _component(part: bytes) -> Component:
    return Component.parse(part)


def component_digest(part: bytes) -> bytes:
    """The digest of a component by its canonical bytes; no part has none."""
    return _component(part).digest if part else b""


@cache
def run_component(part: bytes, data: bytes) -> bytes:
    """What a component really makes of data."""
    return _component(part).run_bytes(data) if part else b""


def _part(weight: int) -> bytes:
    layer = Layer(np.array([[weight]], np.int64), np.array([weight], np.int64), 0, rectified=False)
    return Component((layer,)).canonical()


_PROVIDERS, _VENDORS, _CONSUMERS = _keys(2, 10), _keys(2, 20), _keys(2, 30)
_ARBITRATOR = SigningKey.from_seed(bytes([40]) * 32)
_DOUBLE, _TRIPLE = _part(2), _part(3)
_V0, _V1 = _VENDORS
_MODELS = {
    plan.signature: plan
    for plan in (
        Plan((_DOUBLE, _TRIPLE), (_V0, _V1)),
        Plan((_TRIPLE,), (_V1,)),
    )
}
_INPUT = encode(np.array([[1]], np.int64))
_ON_THE_WAY = run_component(_DOUBLE, _INPUT)


def _at(items: Sequence[bytes], index: int) -> bytes:
    """An item of a plan; past its end there is nothing and nobody."""
    return items[index] if index < len(items) else b""


class Onlooker:
    """Who sees what no contract sees: components that change hands, and time that passes.

    Components lie in the vendors' own storages, and are run from there.
    """

    def __init__(self, folder: Path) -> None:
        self.storages = {v: Storage(folder / v.hex()) for v in (*_VENDORS, b"")}
        self.handed: set[tuple[bytes, int]] = set()
        self.deviated: set[bytes] = set()
        self.overdue: set[int] = set()

    def hand_over(self, model: bytes, step: int, part: bytes) -> None:
        """A provider hands a component to the vendor of a step."""
        self._storage(model, step).put(f"{model.hex()}/{step}", part)
        self.handed.add((model, step))

    def held(self, model: bytes, step: int) -> bytes:
        """What the vendor of a step was handed."""
        return self._storage(model, step).get(f"{model.hex()}/{step}")

    def _storage(self, model: bytes, step: int) -> Storage:
        return self.storages[_at(_MODELS[model].vendors, step)]

    def recorded(self, v: bytes, d: bytes, o: bytes, h: bytes) -> None:
        """A vendor has recorded a step; it deviates unless something it was handed does that."""
        held = {self.held(m, i) for m, i in self.handed if _at(_MODELS[m].vendors, i) == v}
        if (o, h) not in {(run_component(part, d), component_digest(part)) for part in held}:
            self.deviated.add(v)

    def state(self) -> Mapping[str, Value]:
        """What was seen, in the terms of the machine."""
        return {
            "deployed": dict.fromkeys(self.handed, True),
            "handed": {(m, i): self.held(m, i) for m, i in self.handed},
            "deviated": dict.fromkeys(self.deviated, True),
            "overdue": dict.fromkeys(self.overdue, True),
        }


class BasicDriver(_LedgerFile):
    """Drives `impl.contract`, on a real ledger, as the machine `basic`."""

    def __init__(self, contract: MarketContract) -> None:
        super().__init__("market", contract)
        self.onlooker = Onlooker(self._path.parent)

    @property
    def contract(self) -> MarketContract:
        """The contract's state."""
        assert isinstance(self.ledger.contract, MarketContract)  # it was opened with one
        return self.ledger.contract

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit an action as its transaction; what is none, see it done."""
        if action == "deploy":
            self.onlooker.hand_over(*args)
            return None
        if action == "wait":
            return self._wait(*args)
        key, body = getattr(self, f"_{action}")(*args)
        nonce = self.ledger.next_nonce(key.public)
        refusal = self.submit(Transaction("market", action, key.public, nonce, body), key)
        if action == "record" and refusal is None:
            self.onlooker.recorded(*args)
        return refusal

    def _wait(self, r: int) -> str | None:
        """Time passes; a request is overdue while the contract has not found it complete."""
        if r >= len(self.contract.requests):
            return "request is registered"
        if self.contract.requests[r].complete:
            return "a step is left"
        self.onlooker.overdue.add(r)
        return None

    def _register(self, p: bytes, a: str, m: bytes) -> tuple[SigningKey, dict[str, Value]]:
        vendors = list(_MODELS[m].vendors)
        return _PROVIDERS[p], {"api": a, "signature": m, "vendors": vendors}

    def _request(self, c: bytes, a: str, d: bytes) -> tuple[SigningKey, dict[str, Value]]:
        return _CONSUMERS[c], {"api": a, "input": d}

    def _record(
        self, v: bytes, d: bytes, o: bytes, h: bytes
    ) -> tuple[SigningKey, dict[str, Value]]:
        return _VENDORS[v], {"received": d, "produced": o, "claimed": h}

    def _take(self, c: bytes, r: int, e: int) -> tuple[SigningKey, dict[str, Value]]:
        return _CONSUMERS[c], {"request": r, "record": e}

    def _match(self, r: int, e: int) -> tuple[SigningKey, dict[str, Value]]:
        return _ARBITRATOR, {"request": r, "record": e, "components": self._digests(r)}

    _convict = _match

    def _contest(self, c: bytes, r: int, o: bytes) -> tuple[SigningKey, dict[str, Value]]:
        return _CONSUMERS[c], {"request": r, "output": o}

    def _digests(self, request: int) -> list[bytes]:
        """The digests that the model of a request binds; any, where there is no such request."""
        if request >= len(self.contract.requests):
            return [b"none"]
        registered = self.contract.apis[self.contract.requests[request].api]
        return _MODELS[registered.signature].digests

    def state(self) -> Mapping[str, Value]:
        """The contract's state, and what an onlooker saw, in the terms of the machine."""
        apis, contract = self.contract.apis, self.contract
        requests, records = list(enumerate(contract.requests)), list(enumerate(contract.records))
        return {
            **self.onlooker.state(),
            "registered": dict.fromkeys(apis, True),
            "provider": {a: api.provider for a, api in apis.items()},
            "model": {a: api.signature for a, api in apis.items()},
            "requests": len(requests),
            "consumer": {r: request.consumer for r, request in requests},
            "api": {r: request.api for r, request in requests},
            "input": {r: request.input for r, request in requests},
            "records": len(records),
            "author": {e: record.author for e, record in records},
            "received": {e: record.received for e, record in records},
            "produced": {e: record.produced for e, record in records},
            "claimed": {e: record.claimed for e, record in records},
            "turn": {r: request.turn for r, request in requests},
            "awaited": {r: request.awaited for r, request in requests},
            "complete": {r: request.complete for r, request in requests},
            "evidence": {(r, i): e for r, q in requests for i, e in enumerate(q.evidence)},
            "convicted": dict.fromkeys(contract.convicted, True),
            "taken": {r: request.taken for r, request in requests},
            "admitted": {r: request.contested is not None for r, request in requests},
            "contested": {r: q.contested for r, q in requests if q.contested is not None},
        }


def basic_setup(contract: Callable[[], MarketContract] = MarketContract) -> Setup:
    """How the basic protocol is driven against a contract."""
    return Setup(
        open=lambda: BasicDriver(contract()),
        scope=Scope(
            sizes={Step: 2, Request: 3, Record: 7},
            universe={
                Provider: list(_PROVIDERS),
                Vendor: list(_VENDORS),
                Consumer: list(_CONSUMERS),
                Api: ["digits", "letters"],
                Model: list(_MODELS),
                ComponentSort: [_DOUBLE, _TRIPLE],
                Digest: [component_digest(_DOUBLE), component_digest(_TRIPLE)],
                Data: [_INPUT, _ON_THE_WAY],
            },
        ),
        functions={
            "last": lambda m: len(_MODELS[m].parts) - 1,
            "vendor": lambda m, i: _at(_MODELS[m].vendors, i),
            "component": lambda m, i: _at(_MODELS[m].parts, i),
            "digest": component_digest,
            "run": run_component,
        },
    )


REFERENCE: Mapping[str, Setup] = {"basic": basic_setup(), "ledger": LEDGER}


def find_setup(machine: str, name: str) -> Setup:
    """The setup that `--against` names for a machine.

    Raises:
        MachineError: there is none.
    """
    if name == "reference":
        if machine not in REFERENCE:
            raise MachineError(
                f"the reference implementation has no driver for {machine}, "
                f"only for {', '.join(REFERENCE)}"
            )
        return REFERENCE[machine]
    found = find_attribute(name, "driver but reference")
    if not isinstance(found, Setup):
        raise MachineError(f"{name} is a {type(found).__name__}, not a checkers.lockstep.Setup")
    return found
