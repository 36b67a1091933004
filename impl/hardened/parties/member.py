"""A party: its storage, and the first thing that is due."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import attrs

from impl.folder import kept_key
from impl.hardened.contract import HardenedContract
from impl.hardened.mail import Mailbox, Message
from impl.hardened.parties.agenda import Agenda
from impl.hardened.parties.node import LEDGER, Surroundings
from impl.hardened.records import Request
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from impl.storage import Storage
from spec.bytes.encoding import Value


@attrs.frozen
class Keep:
    """An act: to keep something that is made now, unless something has that name already."""

    name: str
    make: Callable[[], bytes]


@attrs.frozen
class Submit:
    """An act: to submit a transaction."""

    kind: str
    body: dict[str, Value]


@attrs.frozen
class Send:
    """An act: to send a message."""

    kind: str
    receiver: bytes
    subject: bytes
    step: int
    content: bytes


Act: TypeAlias = Keep | Submit | Send


@attrs.define
class Member:
    """A party of the hardened marketplace: it keeps what it must not forget, and does what is due.

    Its secret key has to be in its storage. Raises KeyError if it is not.

    Attributes:
        around: what it shares with all other parties.
        mailbox: where its messages arrive.
    """

    name: str
    storage: Storage
    around: Surroundings
    key: SigningKey = attrs.field(init=False)
    mailbox: Mailbox = attrs.field(init=False)
    _agenda: Agenda = attrs.field(init=False)
    _block: int = attrs.field(init=False, default=-1)
    _awaited: int = attrs.field(init=False, default=-1)
    _sent: set[tuple[str, bytes, bytes, int]] = attrs.field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self.key = kept_key(self.storage)
        self._do(Keep("secret", lambda: self.around.randomness(32)))
        self.mailbox = Mailbox(self.ledger.identity, self.identity, self.storage.get("secret"))
        self.around.locks[self.identity] = self.mailbox.lock
        self._agenda = Agenda(self.concerns)

    @property
    def identity(self) -> bytes:
        """The virtual identity on the ledger: v(p) in the paper."""
        return self.key.public

    @property
    def ledger(self) -> Ledger:
        """The ledger, which everybody can read."""
        return self.around.node.ledger

    @property
    def contract(self) -> HardenedContract:
        """The contract's state, which is public."""
        return self.around.node.contract

    @property
    def pressing(self) -> Sequence[Request]:
        """The requests that still concern this party; those whose deadline is next come first."""
        return self._agenda.look(self.contract)

    def concerns(self, made: Request) -> bool:
        """Whether a request still concerns this party; once it does not, it never does again."""
        raise NotImplementedError  # each role has its own duties

    def attend(self, made: Request) -> Iterator[Act]:
        """What is to be done about a request, the first thing first, if it is not done already."""
        raise NotImplementedError  # each role has its own duties

    def due(self) -> Iterator[Act]:
        """What else is to be done; by itself, nothing."""
        yield from ()

    def heard(self, message: Message) -> Iterator[Act]:
        """What is to be done about a message; by itself, nothing."""
        yield from ()

    def act(self) -> bool:
        """Receive a message, or else do one thing that is due; whether there was either."""
        if self._block != self.contract.now:
            self._block, self._awaited, self._sent = self.contract.now, -1, set()
        data = self.around.network.receive(self.identity)
        if data is None:
            return any(map(self._do, self._duties()))
        message = self.mailbox.open(data, self._in_force)
        if message is not None:
            any(map(self._do, self.heard(message)))
        return True

    def _duties(self) -> Iterator[Act]:
        for made in self.pressing:
            yield from self.attend(made)
        yield from self.due()

    def _in_force(self, party: bytes) -> bytes:
        return self.ledger.keys_of(party)[-1]

    def _do(self, act: Act) -> bool:
        """Do something, unless it is done already; whether it was still to be done."""
        match act:
            case Keep(name, make):
                if self.storage.missing(name):
                    self.storage.put(name, make())
                    return True
                return False
            case Submit(kind, body):
                return self._submit(kind, body)
            case Send():
                return self._send(act)

    def _submit(self, kind: str, body: dict[str, Value]) -> bool:
        """Submit a transaction, unless another one is awaited in this block; whether it was.

        What gets lost is submitted again in the next block. Of those with one running number the
        ledger appends one.
        """
        nonce = self.ledger.next_nonce(self.identity)
        if nonce == self._awaited:
            return False
        self._awaited = nonce
        said = Transaction(self.ledger.identity, kind, self.identity, nonce, body).signed(self.key)
        self.around.network.send(self.identity, LEDGER, said)
        return True

    def _send(self, act: Send) -> bool:
        """Send a message, once in every block; whether it was sent."""
        about = act.kind, act.receiver, act.subject, act.step
        if about in self._sent:
            return False
        self._sent.add(about)
        _, receiver, subject, step = about
        message = Message(
            self.ledger.identity, act.kind, self.identity, receiver, subject, step, act.content
        )
        sealed = message.sealed(self.key, self.around.locks[receiver])
        self.around.network.send(self.identity, receiver, sealed)
        return True
