"""Consumers: they pay, give their input, and watch that they get their output."""

from collections.abc import Iterator, Sequence

import attrs

from impl.hardened.digests import SALT, commitment, request_id
from impl.hardened.parties.computing import output_of
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.member import Act, Keep, Submit
from impl.hardened.phases import Stage
from impl.hardened.records import Request
from spec.bytes.encoding import decode, encode


@attrs.define
class Consumer(Correspondent):
    """An API consumer: pays, gives its input, and watches that it gets its output (III.C)."""

    def ask(self, version: bytes, data: bytes) -> bytes:
        """Ask for what a version makes of some data; the request's identifier."""
        salted = self.around.randomness(SALT) + data
        return self._name(self._list("order", [version, salted]), version)

    def trust(self, version: bytes, parts: Sequence[bytes]) -> None:
        """Know from elsewhere which components a version should have."""
        self.storage.put(f"model/{version.hex()}", encode([*parts]))

    def output(self, request: bytes) -> bytes | None:
        """The output of a request, if it has arrived."""
        made = self.contract.requests.get(request)
        if made is None or made.turn < len(made.terms.steps) or not self.has(made):
            return None
        return self.data(made, made.turn)[SALT:]

    @property
    def asked(self) -> Sequence[bytes]:
        """The identifiers of all that was asked for, in order."""
        return [self._name(number, version) for number, version, _ in self._orders()]

    def due(self) -> Iterator[Act]:
        for order in self._orders():
            yield from self.pursue(*order)

    def pursue(self, number: int, version: bytes, salted: bytes) -> Iterator[Act]:
        """Make a request, give the input, and get the output or dispute it."""
        name = self._name(number, version)
        made = self.contract.requests.get(name)
        if made is not None:
            yield from self.oppose(made)
            yield from self.give(made)
            yield from self.get(made)
            yield from self.doubt(made)
        elif self.can_ask(version):
            yield Keep(f"opening/{name.hex()}/0", lambda: salted)
            x = commitment(name, 0, salted)
            yield Submit(
                "request", {"request": name, "nonce": number, "version": version, "input": x}
            )

    def can_ask(self, version: bytes) -> bool:
        """Whether a version is on the market, and there is money for it on both sides."""
        found, contract = self.contract.versions.get(version), self.contract
        if found is None or found.stage is not Stage.ACTIVE:
            return False
        price, provider = found.terms.price, found.terms.provider
        return price <= contract.balances[self.identity] and price <= contract.bonds[provider]

    def doubts(self, made: Request, step: int) -> bool:
        """Whether it was told to, or the output should be another."""
        return super().doubts(made, step) or (self.has(made) and self.is_wrong(made))

    def is_wrong(self, made: Request) -> bool:
        """Whether the output is another than that of the components that should have run."""
        _, *believed = self.believed(made)
        return bool(believed) and believed[-1] != self.data(made, len(believed))[SALT:]

    def believed(self, made: Request) -> Iterator[bytes]:
        """The input, and what should have come out of each step, as far as it is known."""
        data = self.opening(made, 0)[SALT:]
        yield data
        for part, rounds in zip(self._model(made), made.terms.rounds, strict=False):
            data = output_of(part, data, rounds)
            yield data

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        known = zip(self._model(made), self.believed(made), strict=False)
        return dict(enumerate(known)).get(step)

    def _model(self, made: Request) -> list[bytes]:
        kept = f"model/{made.version.hex()}"
        parts = [] if self.storage.missing(kept) else decode(self.storage.get(kept))
        assert isinstance(parts, list)  # `trust` kept them
        return [part for part in parts if isinstance(part, bytes)]

    def _orders(self) -> Iterator[tuple[int, bytes, bytes]]:
        for number, order in enumerate(self._listed("order")):
            match order:
                case [bytes(version), bytes(salted)]:
                    yield number, version, salted

    def _name(self, number: int, version: bytes) -> bytes:
        suite = self.contract.charter.suite
        return request_id(suite, self.ledger.identity, self.identity, number, version)
