"""Parties that commit to data, or wait for it; and what they see of a request."""

from collections.abc import Generator, Iterator, Mapping

import attrs
from nacl.public import PrivateKey

from impl.hardened.mail import Message
from impl.hardened.parties.acts import Act, Keep, Put, Send, Submit, Wait
from impl.hardened.parties.computing import agrees
from impl.hardened.parties.member import Member
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.hardened.sealing import key_of, seal, unseal
from impl.ledger.limits import LARGEST
from impl.ledger.transaction import Refused, require
from impl.quarrel.salts import SALT, Salting, salting_key
from impl.refusing import Refusing
from spec.bytes.encoding import Value


@attrs.define
class Correspondent(Member):
    """A party that gives data it has committed to, and gets data that others have.

    It takes on no more than it can serve in time, even if all of it is demanded or disputed at
    once: of each request, one transaction in a window.
    """

    @property
    def reserved(self) -> int:
        """Half of its transactions are for what has to be said in time, or a stranger's wait."""
        return self.quota - self.quota // 2

    @property
    def capacity(self) -> int:
        """For how many requests at once it can act in time.

        Half of a window may be over before it knows that it has to, and each transaction is under
        way for as long as it sees others take, and may be as large as any.
        """
        blocks = self.contract.charter.shortest // 2
        return max(1, self.reserved // LARGEST) * (blocks // (1 + self._outbox.delay))

    @property
    def has_room(self) -> bool:
        """Whether it can take on one request more."""
        return sum(map(self.is_liable, self.pressing)) + self._outbox.binding < self.capacity

    def heard(self, message: Message) -> Iterator[Act]:
        """Keep the data that is waited for, if it is that; else it has not arrived."""
        made, step = self.contract.requests.get(message.subject), message.step
        if message.kind != "data" or made is None:
            return
        waited_for = (step, self.identity) == (made.turn, made.receiver)
        if waited_for and message.sender == made.author(step) and made.opens(step, message.content):
            yield Put(place("data", made, step), message.content)

    def give(self, made: Request) -> Iterator[Act]:
        """Send the data that is to be received next, and publish it when it is demanded."""
        if made.sender != self.identity:
            return
        if made.phase is Phase.DEMANDED:
            sealed = seal(made.key, self.opening(made, made.turn))
            yield Submit("publish", {"request": made.id, "sealed": sealed})
        if made.phase in (Phase.WORK, Phase.WINDOW) and made.published is None:
            assert made.receiver is not None  # it is drawn, or it is the consumer
            content = self.opening(made, made.turn)
            yield Send("data", made.receiver, made.id, made.turn, content)

    def get(self, made: Request) -> Iterator[Act]:
        """Wait for the data; then demand it; then show that what was published is not the data."""
        waits = made.phase in (Phase.WORK, Phase.PUBLISHED, Phase.WINDOW)
        if made.receiver != self.identity or not waits or self.has(made):
            return
        if made.published is None:
            if self.is_late(made):
                yield from self.demand(made)
            return
        secret = self.secret(place("demand", made, made.turn), made.key)
        opening = unseal(secret, made.published)
        if opening is not None and made.opens(made.turn, opening):
            yield Put(place("data", made, made.turn), opening)
        else:
            kind = "show_bad" if made.turn else "show_bad_input"
            yield Submit(kind, {"request": made.id, "secret": secret})

    def demand(self, made: Request) -> Iterator[Act]:
        """Demand the data on the ledger."""
        if made.terms.toll <= self.contract.balances[self.identity]:
            kept = place("demand", made, made.turn)
            yield from self.sealed_for(kept, Submit("demand", {"request": made.id}))
        else:
            yield Wait()

    def sealed_for(self, kept: str, act: Submit) -> Iterator[Act]:
        """Say something, with the key of a secret of its own: it may have to be shown."""
        yield Keep(kept, lambda: self.around.randomness(PrivateKey.SIZE))
        key = key_of(self.kept(kept))
        require(bool(key), "secret is as it was made")
        yield attrs.evolve(act, body={**act.body, "key": key})

    def secret(self, kept: str, key: bytes) -> bytes:
        """The secret of a key that this party has named. Raises Refused."""
        secret = self.kept(kept)
        require(key_of(secret) == key, "secret is that of the key named")
        return secret

    def dispute(self, request: bytes, step: int) -> None:
        """Have a step of a request disputed, as soon as that can be and there is the money."""
        self.storage.put(_doubted(request, step), b"")

    def doubt(self, made: Request) -> Iterator[Act]:
        """Dispute one step after the other of those that are doubted."""
        if made.phase is not Phase.WINDOW:
            return
        affordable = 2 * made.terms.toll <= self.contract.balances[self.identity]
        for step in self.doubtful(made):
            if (step, self.identity) not in made.doubted:
                yield from self.question("dispute", made, step) if affordable else [Wait()]

    def audit(self, made: Request) -> Iterator[Act]:
        """Begin those audits that chance has drawn this party for."""
        if made.phase is Phase.WINDOW:
            for step in self.contract.audits_left(made):
                if self.contract.auditor(made, step) == self.identity:
                    yield from self.question("audit", made, step)

    def question(self, kind: str, made: Request, step: int) -> Iterator[Act]:
        """Become the opponent in a quarrel about a step."""
        about = Submit(kind, {"request": made.id, "step": step})
        yield from self.sealed_for(place("quarrel", made, step), about)

    def doubtful(self, made: Request) -> Iterator[int]:
        """The steps that are to be disputed: those that it was told to."""
        for step in range(len(made.terms.steps)):
            if self.is_to_dispute(made.id, step):
                yield step

    def is_to_dispute(self, request: bytes, step: int) -> bool:
        """Whether this party was told to have a step disputed."""
        return not self.storage.missing(_doubted(request, step))

    def oppose(self, made: Request) -> Iterator[Act]:
        """Follow an executor's run: learn what went in, and answer what it says of the middle."""
        if made.phase is not Phase.NARROWED or made.opponent != self.identity:
            return
        lacking = yield from self.learn(made)
        known = None if lacking else self.knows(made, made.disputed)
        if known is not None:
            lacking = self.lacking_salts(made, *known)
        if lacking:
            yield Submit("complain", {"request": made.id, **lacking})
        else:
            with Refusing("component can be run"):
                same = agrees(made, known)
            yield self.reply(made, same=same)

    def reply(self, made: Request, *, same: bool) -> Submit:
        """Say whether one's own run was where an executor claims to have been."""
        body: dict[str, Value] = {"request": made.id, "halvings": made.halvings, "same": same}
        return Submit("answer", body)

    def learn(self, made: Request) -> Generator[Act, None, Mapping[str, Value]]:
        """Keep what the executor told of its step's input; if it was not that, what shows it."""
        step, key = made.disputed, made.opponent_key
        if not key or not made.may_see(step, self.identity):
            return {}
        assert made.told is not None  # the executor has begun
        secret = self.secret(place("quarrel", made, step), key)
        opening = unseal(secret, made.told.sealed)
        if opening is None or not made.opens(step, opening):
            return {"secret": secret, "salt": b"", "key": b""}
        yield Put(place("data", made, step), opening)
        return {}

    def lacking_salts(self, made: Request, handed: bytes, opening: bytes) -> Mapping[str, Value]:
        """If an executor does not salt its claims as they must be, what shows that."""
        assert made.told is not None  # the executor has begun
        salting = Salting(opening[:SALT], salting_key(handed[:SALT]), made.quarrel)
        if made.told.salts.are_wrong(salting, made.terms.rounds[made.disputed]):
            return {"secret": b"", "salt": salting.salt, "key": salting.key}
        return {}

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        """Secret and component of a step, and the opening of what went in, if both are known."""
        raise NotImplementedError  # each role knows them from somewhere else

    def has(self, made: Request) -> bool:
        """Whether the data that is to be received next has arrived here, and is still there."""
        return self.intact(made, made.turn) is not None

    def data(self, made: Request, step: int) -> bytes:
        """The opening of what went into a step, as it was received. Raises Refused."""
        data = self.intact(made, step)
        if data is None:
            raise Refused("party has kept the data that it was given")
        return data

    def opening(self, made: Request, step: int) -> bytes:
        """The opening of what this party commits to as the input of a step. Raises Refused."""
        opening = self.kept(place("opening", made, step))
        is_committed = step <= made.turn
        require(not is_committed or made.opens(step, opening), "opening is as it was made")
        return opening

    def intact(self, made: Request, step: int, what: str = "data") -> bytes | None:
        """What is kept of the input of a step, if it is still what was committed to."""
        kept = place(what, made, step)
        opening = b"" if self.storage.missing(kept) else self.kept(kept)
        return opening if made.opens(step, opening) else None

    def is_late(self, made: Request) -> bool:
        """Whether half of the time for a phase is over."""
        return 2 * self.contract.left(made) <= self.contract.charter.windows[made.phase]


def place(what: str, made: Request, step: int) -> str:
    """Where something about a step of a request is kept.

    With what it was made of: if the ledger is cut, a request of the same name can be another.
    """
    name = f"{what}/{made.id.hex()}/{step}"
    return f"{name}/{made.links[step - 1].hex()}" if step and what == "opening" else name


def _doubted(request: bytes, step: int) -> str:
    return f"doubted/{request.hex()}/{step}"
