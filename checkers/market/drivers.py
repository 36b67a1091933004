"""Drivers of the reference implementation."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from checkers.lockstep.run import Setup
from checkers.market.contract_state import contract_state
from checkers.market.values import (
    MINUS_ONE,
    NEGATE,
    NOTHING,
    ONE,
    SAME,
    Parts,
    component_digest,
    keys,
    run_component,
)
from impl.ledger.keys import SigningKey
from impl.ledger.port import OpenContract
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import ROTATE, Refused, Transaction, rotation
from impl.paper.basic.contract import BasicContract
from impl.storage import Storage
from spec.basic.state import (
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
from spec.basic.state import (
    Component as ComponentSort,
)
from spec.ledger import Body, Chain, Key, Nonce, Party, Position
from spec.notation import Scope
from spec.notation.sorts import Value


class _LedgerFile:
    """A ledger in a temporary folder, that keys sign for."""

    def __init__(self, name: str, contract: BasicContract | OpenContract) -> None:
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


# The ledger

_SECRETS = keys(4)
_PARTIES = list(_SECRETS)[:2]
_MAKERS = dict(zip(_SECRETS, 2 * _PARTIES, strict=True))
"""Each party has made its first key, and another one."""


@attrs.frozen
class _Signing:
    """What an onlooker sees of a transaction that no ledger knows.

    Attributes:
        signer: who signed it.
        key: with which key.
        exposed: whether somebody else than its author could have signed it.
    """

    signer: bytes
    key: bytes
    exposed: bool


class LedgerDriver(_LedgerFile):
    """Drives the ledger as the machine `ledger`. It also is the onlooker, who sees thefts."""

    def __init__(self) -> None:
        super().__init__("main", OpenContract())
        self._stolen: set[bytes] = set()
        self._signings: list[_Signing] = []

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit a transaction that names an author; or steal a key, without one."""
        if action == "steal":
            self._stolen.update(args)
            return None
        chain, signer, key, author, nonce, content = args
        if not self._can_sign(signer, key):
            return "signer has the key"
        if action == "submit":
            transaction = Transaction(chain, "say", author, nonce, {"body": content})
        else:
            transaction = rotation(chain, author, nonce, _SECRETS[content])
            if not self._can_sign(signer, content):
                transaction.body["proof"] = _SECRETS[key].sign(b"")
        in_force = self.ledger.keys_of(author)[-1]
        exposed = _MAKERS[in_force] != author or in_force in self._stolen
        refusal = self.submit(transaction, _SECRETS[key])
        if refusal is None:
            self._signings.append(_Signing(signer, key, exposed))
        return refusal

    def _can_sign(self, party: bytes, key: bytes) -> bool:
        return _MAKERS[key] == party or key in self._stolen

    def state(self) -> Mapping[str, Value]:
        """What stands on the ledger, whose key is which, and what an onlooker saw."""
        entries = dict(self.ledger)
        signings = list(enumerate(self._signings))
        had = {author: self.ledger.keys_of(author) for author in _PARTIES}
        return {
            "name": self.ledger.name,
            "height": len(entries),
            "author": {p: entry.author for p, entry in entries.items()},
            "nonce": {p: entry.nonce for p, entry in entries.items()},
            "body": {p: e.body["body"] for p, e in entries.items() if e.kind != ROTATE},
            "rotates": {p: entry.kind == ROTATE for p, entry in entries.items()},
            "next": {author: self.ledger.next_nonce(author) for author in _PARTIES},
            "in_force": {author: used[-1] for author, used in had.items()},
            "used": {(author, key): True for author, used in had.items() for key in used},
            "stolen": dict.fromkeys(self._stolen, True),
            "key": {p: signing.key for p, signing in signings},
            "signer": {p: signing.signer for p, signing in signings},
            "exposed": {p: signing.exposed for p, signing in signings},
        }


LEDGER = Setup(
    open=LedgerDriver,
    scope=Scope(
        sizes={Nonce: 4, Position: 6},
        universe={
            Party: _PARTIES,
            Key: list(_SECRETS),
            Chain: ["main", "other"],
            Body: [b"yes", b"no"],
        },
    ),
    functions={"name": "main", "maker": _MAKERS, "first": lambda p: p},
)


# The basic protocol


@attrs.frozen
class Plan(Parts):
    """A split model, with the vendors of its parts in turn."""

    vendors: tuple[bytes, ...]

    def vendor(self, step: int) -> bytes:
        """The vendor of a step; past the last there is none."""
        return self.vendors[step] if step <= self.last else NOTHING


_PROVIDERS, _VENDORS, _CONSUMERS = keys(2, 10), keys(2, 20), keys(2, 30)
_ARBITRATOR = SigningKey.from_seed(bytes([40]) * 32)
_V0, _V1 = _VENDORS
_MODELS = {
    plan.signature: plan
    for plan in (
        Plan((NEGATE, SAME), (_V0, _V1)),
        Plan((SAME,), (_V1,)),
    )
}


class Onlooker:
    """Who sees what no contract sees: components that change hands, and time that passes.

    Components lie in the vendors' own storages, and are run from there.
    """

    def __init__(self, folder: Path) -> None:
        self.storages = {v: Storage(folder / v.hex()) for v in (*_VENDORS, NOTHING)}
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
        return self.storages[_MODELS[model].vendor(step)]

    def recorded(self, v: bytes, d: bytes, o: bytes, h: bytes) -> None:
        """A vendor has recorded a step; it deviates unless something it was handed does that."""
        held = {self.held(m, i) for m, i in self.handed if _MODELS[m].vendor(i) == v}
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
    """Drives `impl.paper.basic.contract`, on a real ledger, as the machine `basic`."""

    def __init__(self, contract: BasicContract) -> None:
        super().__init__("market", contract)
        self.onlooker = Onlooker(self._path.parent)

    @property
    def contract(self) -> BasicContract:
        """The contract's state."""
        assert isinstance(self.ledger.contract, BasicContract)  # it was opened with one
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
        requests = list(enumerate(self.contract.requests))
        return {
            **self.onlooker.state(),
            **contract_state(self.contract),
            "taken": {r: request.taken for r, request in requests},
            "admitted": {r: request.contested is not None for r, request in requests},
            "contested": {r: q.contested for r, q in requests if q.contested is not None},
        }


def basic_setup(contract: Callable[[], BasicContract] = BasicContract) -> Setup:
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
                ComponentSort: [NEGATE, SAME],
                Digest: [component_digest(NEGATE), component_digest(SAME)],
                Data: [ONE, MINUS_ONE],
            },
        ),
        functions={
            "last": lambda m: _MODELS[m].last,
            "vendor": lambda m, i: _MODELS[m].vendor(i),
            "component": lambda m, i: _MODELS[m].part(i),
            "digest": component_digest,
            "run": run_component,
        },
    )
