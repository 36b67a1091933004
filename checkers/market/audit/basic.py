"""The ledger of a basic marketplace, told as the actions of its machine.

Which components a provider handed over, and whether data is what they give, no ledger shows, and
nothing on it depends on that.
"""

from collections.abc import Iterator, Mapping

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.paper import NOTHING, PaperTale
from checkers.market.audit.retelling import Act, Touched, body_of
from impl.ledger.transaction import ROTATE, Transaction
from impl.paper.basic.contract import BasicContract, BasicRegistration
from impl.paper.basic.turns import follow
from spec.basic import basic
from spec.basic import state as sorts
from spec.basic.state import Market
from spec.notation import Scope
from spec.notation.sorts import Value


@attrs.define
class BasicTale(PaperTale[Market, BasicContract]):
    """What there is on a basic ledger; a model is its signature and its vendors in turn."""

    machine = basic

    def model(self, api: BasicRegistration) -> Value:
        return api.signature, api.vendors

    def scope(self) -> Scope:
        steps, count = self.longest("vendors") + 1, len(self.said) + 2
        return Scope(
            sizes={
                sorts.Step: steps,
                sorts.Request: count,
                sorts.Record: count,
            },
            universe={
                sorts.Provider: [NOTHING],
                sorts.Vendor: [NOTHING],
                sorts.Consumer: [NOTHING],
                sorts.Api: [None],
                sorts.Model: [(NOTHING, ())],
                sorts.Component: [None],
                sorts.Digest: [None],
                sorts.Data: [None],
            },
        )

    def free(self) -> Mapping[str, Value]:
        return {
            "last": lambda m: max(len(m[1]) - 1, 0),
            "vendor": lambda m, i: m[1][i] if i < len(m[1]) else NOTHING,
            "component": lambda m, i: (m[0], i),
            "digest": lambda c: self.digest(*c) if c else None,
            "run": lambda c, d: None,
        }

    def acts(self, position: int, transaction: Transaction) -> Iterator[Act]:
        kind, author, body = transaction.kind, transaction.author, body_of(transaction)
        if kind == ROTATE:
            return
        if kind == "register":
            yield kind, (author, body["api"], (body["signature"], (*body["vendors"],)))
            return
        by_author = () if kind in ("match", "convict") else (author,)
        fields = [name for name in body if name != "components"]
        yield kind, (*by_author, *(body[name] for name in _ORDER if name in fields))

    def open(self, spec: Market) -> Iterator[Due]:
        for number, request in enumerate(self.final.requests):
            if request.taken or request.complete:
                continue
            vendors, step = self.final.apis[request.api].vendors, len(follow(self.final, number))
            if step < len(vendors):
                yield Due(number, vendors[step], f"record step {step}", "no deadline")
            else:
                yield Due(number, request.consumer, "take the output", "no deadline")

    def shown(self, contract: BasicContract, touched: Touched | None) -> Mapping[str, Value]:
        shown = super().shown(contract, touched)
        made = {r: contract.requests[r] for r in shown["consumer"]}
        return {
            **shown,
            "taken": {r: request.taken for r, request in made.items()},
            "admitted": {r: request.contested is not None for r, request in made.items()},
            "contested": {r: q.contested for r, q in made.items() if q.contested is not None},
        }


_ORDER = ("api", "input", "received", "produced", "claimed", "request", "record", "output")
"""The fields of bodies, in an order in which every action of them takes its parameters."""
