"""Drives the contract of the paper's first protocol as the machine `basic`."""

from collections.abc import Mapping
from functools import partial

import attrs

from checkers.lockstep.driver import Setup
from checkers.market.forgeries import Forgeries, Forgery, on_any_ledger, said
from checkers.market.ledger_file import ContractDriver, Fleeting, Submission
from checkers.market.values import (
    MINUS_ONE,
    NEGATE,
    NOTHING,
    ONE,
    SAME,
    SplitModel,
    component_digest,
    keys,
    run_component,
)
from checkers.market.view import read
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger
from impl.paper.basic.contract import BasicContract
from spec.basic import basic
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
from spec.basic.state import Component as ComponentSort
from spec.bytes.encoding import Value as Field
from spec.notation import Scope
from spec.notation.sorts import Value


@attrs.frozen
class AssignedModel(SplitModel):
    """A split model, with the vendors of its parts in turn."""

    vendors: tuple[bytes, ...]

    def vendor(self, step: int) -> bytes:
        """The vendor of a step; past the last there is none."""
        return self.vendors[step] if step <= self.last else NOTHING


_PROVIDERS, _VENDORS, _CONSUMERS = keys(2, 10), keys(2, 20), keys(2, 30)
_ARBITRATOR = SigningKey.from_seed(bytes([40]) * 32)
_NODE = SigningKey.from_seed(bytes([41]) * 32)
_V0, _V1 = _VENDORS
_MODELS = {
    model.signature: model
    for model in (
        AssignedModel((NEGATE, SAME), (_V0, _V1)),
        AssignedModel((SAME,), (_V1,)),
    )
}


class Onlooker:
    """Who sees what no contract sees: components that change hands, and time that passes."""

    def __init__(self) -> None:
        self.handed: dict[tuple[bytes, int], bytes] = {}
        self.deviated: set[bytes] = set()
        self.overdue: set[int] = set()

    def hand_over(self, model: bytes, step: int, part: bytes) -> None:
        """A provider hands a component to the vendor of a step."""
        self.handed[model, step] = part

    def recorded(self, v: bytes, d: bytes, o: bytes, h: bytes) -> None:
        """A vendor has recorded a step; it deviates unless something it was handed does that."""
        held = {part for (m, i), part in self.handed.items() if _MODELS[m].vendor(i) == v}
        if (o, h) not in {(run_component(part, d), component_digest(part)) for part in held}:
            self.deviated.add(v)

    def state(self) -> Mapping[str, Value]:
        """What was seen, in the terms of the machine."""
        return {
            "deployed": dict.fromkeys(self.handed, True),
            "handed": dict(self.handed),
            "deviated": dict.fromkeys(self.deviated, True),
            "overdue": dict.fromkeys(self.overdue, True),
        }


class BasicDriver(ContractDriver):
    """Drives `impl.paper.basic.contract`, on a real ledger, as the machine `basic`."""

    def __init__(self, contract: type[BasicContract], ledger: type[KeptLedger] = Fleeting) -> None:
        super().__init__(basic, Genesis("market", _NODE.public, {}), _NODE, contract, ledger)
        self.onlooker = Onlooker()

    def _deploy(self, m: bytes, i: int, c: bytes) -> None:
        self.onlooker.hand_over(m, i, c)

    def _wait(self, r: int) -> str | None:
        """Time passes; a request is overdue while the contract has not found it complete."""
        if (r,) not in self.view["complete"]:
            return "request is registered"
        if self.view["complete"][r,]:
            return "a step is left"
        self.onlooker.overdue.add(r)
        return None

    def _register(self, p: bytes, a: str, m: bytes) -> Submission:
        vendors: list[Field] = [*_MODELS[m].vendors]
        return Submission(_PROVIDERS[p], {"api": a, "signature": m, "vendors": vendors})

    def _request(self, c: bytes, a: str, d: bytes) -> Submission:
        return Submission(_CONSUMERS[c], {"api": a, "input": d})

    def _record(self, v: bytes, d: bytes, o: bytes, h: bytes) -> Submission:
        body = {"received": d, "produced": o, "claimed": h}
        return Submission(_VENDORS[v], body, partial(self.onlooker.recorded, v, d, o, h))

    def _take(self, c: bytes, r: int, e: int) -> Submission:
        return Submission(_CONSUMERS[c], {"request": r, "record": e})

    def _match(self, r: int, e: int) -> Submission:
        digests = self._digests(r)
        return Submission(_ARBITRATOR, {"request": r, "record": e, "components": digests})

    _convict = _match

    def _contest(self, c: bytes, r: int, o: bytes) -> Submission:
        return Submission(_CONSUMERS[c], {"request": r, "output": o})

    def _digests(self, request: int) -> list[Field]:
        """The digests that the model of a request binds; any, where there is no such request."""
        view = self.view
        if (request,) not in view["api"]:
            return [b"none"]
        return [*_MODELS[view["model"][view["api"][request,],]].digests]

    def state(self) -> Mapping[str, Value]:
        """The contract's state, and what an onlooker saw, in the terms of the machine."""
        return {**self.onlooker.state(), **read(self.view)}


def basic_setup(
    contract: type[BasicContract] = BasicContract, ledger: type[KeptLedger] = Fleeting
) -> Setup:
    """How the basic protocol is driven against a contract, on a ledger of some kind."""
    return Setup(
        open=lambda: BasicDriver(contract, ledger),
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


_M = next(iter(_MODELS))
_P, _C = next(iter(_PROVIDERS)), next(iter(_CONSUMERS))
_RECORD: dict[str, Field] = {"received": ONE, "produced": ONE, "claimed": b""}


def _registered(*vendors: Field) -> Forgery:
    """A registration that names no vendor of a step."""
    body: dict[str, Field] = {"api": "digits", "signature": _M, "vendors": [*vendors]}
    return said("register", _PROVIDERS[_P], "with no vendor", lambda _: body)


def _matched(*components: Field) -> Forgery:
    """A record that is compared with another model."""
    body: dict[str, Field] = {"request": 0, "record": 0, "components": [*components]}
    return said("match", _ARBITRATOR, "with another model", lambda _: body)


FORGERIES: Forgeries = [
    ([], [*on_any_ledger("record", _ARBITRATOR, _RECORD), _registered(), _registered(0)]),
    (
        [
            ("register", _P, "digits", _M),
            ("request", _C, "digits", ONE),
            ("record", _V0, ONE, ONE, component_digest(NEGATE)),
        ],
        [_matched(), _matched(0, 0), _matched(b"", b"")],
    ),
]
"""What only the ledger and the contract can refuse."""
