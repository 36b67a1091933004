"""Consumers: they pay, give their input, and watch that they get their output."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import attrs

from impl.hardened.digests import commitment, request_id
from impl.hardened.parties.acts import Act, Duty, Put, Submit
from impl.hardened.parties.backlog import Backlog
from impl.hardened.parties.computing import fits, output_of
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.phases import Stage
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.ledger.transaction import Refused, require
from impl.quarrel.salts import SALT, Occasion
from spec.bytes.encoding import Value, encode

TOLLS = 3
"""What a request can cost its consumer beside the price: a demand, and two for a dispute."""


def needed(terms: Terms) -> int:
    """What a consumer needs in its purse to make a request, of which most comes back at worst."""
    return terms.price + TOLLS * terms.toll


@attrs.define
class Consumer(Correspondent):
    """An API consumer: pays, gives its input, and watches that it gets its output (III.C)."""

    _orders: Backlog = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._orders = Backlog(self.storage, "order")

    def ask(self, version: bytes, data: bytes) -> bytes:
        """Ask for what a version makes of some data; the request's identifier.

        Raises Refused, before anything is paid, unless the data is what the version states.
        """
        offered = self.contract.versions.get(version)
        if offered is not None:
            terms = offered.terms
            stated = f"rows of {terms.widths[0]} numbers, at most {terms.rows} at once"
            require(self.fits(terms, data), f"input is what the version states: {stated}")
        salted = self.around.randomness(SALT) + data
        return self._name(self._orders.add([version, salted]), version)

    def trust(self, version: bytes, parts: Sequence[bytes]) -> None:
        """Know from elsewhere which components a version has, each after its secret."""
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
        return [*self.orders]

    @property
    def orders(self) -> Mapping[bytes, tuple[bytes, bytes]]:
        """All that was asked for, in order: the version and the data of each request."""
        found = {}
        for number in self._orders.numbers:
            with suppress(Refused):
                version, salted = self._order(number)
                found[self._name(number, version)] = version, salted[SALT:]
        return found

    def concerns(self, made: Request) -> bool:
        return made.consumer == self.identity and not made.is_over

    def attend(self, made: Request) -> Iterator[Act]:
        """Give the input, and get the output or dispute it."""
        yield from self.oppose(made)
        yield from self.give(made)
        yield from self.get(made)
        yield from self.doubt(made)

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for number in self._orders.open:
            yield self._orders.place(number), self.order(number)

    @property
    def is_held_up(self) -> bool:
        """So it is with what it asks for, too, as long as the ledger is slow."""
        return super().is_held_up or (bool(self._orders.open) and self._outbox.delay > 0)

    def order(self, number: int) -> Iterator[Act]:
        """Make a request, unless it is made."""
        version, salted = self._order(number)
        name = self._name(number, version)
        if name in self.contract.requests:
            self._orders.close(number)
        elif self.can_ask(version, salted[SALT:]):
            yield Put(f"opening/{name.hex()}/0", salted)
            x = commitment(name, 0, salted)
            body: dict[str, Value] = {
                "request": name,
                "nonce": number,
                "version": version,
                "input": x,
            }
            cost = needed(self.contract.versions[version].terms)
            yield Submit("request", body, cost, binds=True)

    def can_ask(self, version: bytes, data: bytes) -> bool:
        """Whether a version is on the market for such data, with money for it and time."""
        found, contract = self.contract.versions.get(version), self.contract
        if found is None or found.stage is not Stage.ACTIVE:
            return False
        if not self.fits(found.terms, data):
            return False
        terms = found.terms
        is_paid = needed(terms) <= self.spare and terms.price <= contract.bonds[terms.provider]
        return is_paid and self.has_room

    def is_liable(self, made: Request) -> bool:
        return made.consumer == self.identity and not made.is_over

    def tolls(self, made: Request) -> int:
        return TOLLS * made.terms.toll

    def doubtful(self, made: Request) -> Iterator[int]:
        """Those that it was told to dispute, and the first whose output should be another."""
        told, wrong = [*super().doubtful(made)], self.first_wrong(made)
        yield from told
        if wrong is not None and wrong not in told:
            yield wrong

    def fits(self, terms: Terms, data: bytes) -> bool:
        """Whether data is what a version takes: nothing comes of anything else, and it is paid."""
        return fits(data, terms, 0)

    def first_wrong(self, made: Request) -> int | None:
        """The first step that committed to another output than it must, as far as it is known.

        What it was given was right, so it is the one to dispute: a dispute of any other is lost.
        """
        outputs = enumerate(self.believed(made), -1)
        next(outputs)
        for step, opening in outputs:
            if commitment(made.id, step + 1, opening) != made.links[step + 1]:
                return step
        return None

    def believed(self, made: Request) -> Iterator[bytes]:
        """The openings of the input, and of what should have come out of each step, if known."""
        opening = self.opening(made, 0)
        yield opening
        parts = zip(self._model(made), made.terms.rounds, strict=False)
        for step, (handed, rounds) in enumerate(parts):
            opening = output_of(handed, opening, rounds, Occasion(made.id, step))
            yield opening

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        known = zip(self._model(made), self.believed(made), strict=False)
        return dict(enumerate(known)).get(step)

    def _model(self, made: Request) -> list[bytes]:
        kept = f"model/{made.version.hex()}"
        parts = [] if self.storage.missing(kept) else self.read(kept)
        if not isinstance(parts, list):
            raise Refused("what is known of a version is a list of components")
        return [part for part in parts if isinstance(part, bytes)]

    def _order(self, number: int) -> tuple[bytes, bytes]:
        """The version of an order, and the salt and data of its input. Raises Refused."""
        match self.read(self._orders.place(number)):
            case [bytes(version), bytes(salted)]:
                return version, salted
        raise Refused("an order is of a version and an input")

    def _name(self, number: int, version: bytes) -> bytes:
        suite = self.contract.charter.suite
        return request_id(suite, self.ledger.identity, self.identity, number, version)
