"""A party: its storage, and the first thing that is due."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

import attrs

from impl.folder import kept_key
from impl.hardened.contract import HardenedContract
from impl.hardened.mail import ROOM as LETTERS
from impl.hardened.mail import Mailbox, Message
from impl.hardened.parties.acts import Act, Drop, Duty, Keep, Put, Send, Submit, Wait
from impl.hardened.parties.agenda import Agenda
from impl.hardened.parties.memory import ROOM, Memory
from impl.hardened.parties.node import Surroundings
from impl.hardened.parties.outbox import Outbox, Pending
from impl.hardened.parties.rest import Rest
from impl.hardened.parties.shown import HEADS, LEDGER, Shown
from impl.hardened.records import Request
from impl.keyring import Keyring
from impl.ledger.block import SignedBlock
from impl.ledger.keys import SigningKey
from impl.ledger.port import Ledger, LedgerError
from impl.ledger.transaction import Refused, Transaction
from impl.ledger.witness import Forked, Head, Keeper, Witness
from impl.recent import Remembering, remembered
from impl.refusing import Refusing
from spec.bytes.encoding import Value, decode

REASONS = 64
"""How many reasons are remembered for which something was not done."""


@attrs.define
class Member:
    """A party of the hardened marketplace: it keeps what it must not forget, and does what is due.

    Its secret keys have to be in its storage. Raises KeyError if the first is not, and Refused if a
    later one cannot be read.

    Attributes:
        around: what it shares with all other parties.
        identity: the virtual identity on the ledger, v(p) in the paper: its first public key.
        mailbox: where its messages arrive.
        refused: of what it could not do when it tried last, the reason; gone when it stops.
    """

    name: str
    storage: Memory
    around: Surroundings
    identity: bytes = attrs.field(init=False)
    mailbox: Mailbox = attrs.field(init=False)
    refused: dict[str, str] = attrs.field(init=False, factory=dict)
    _keys: Keyring = attrs.field(init=False)
    _agenda: Agenda = attrs.field(init=False)
    _outbox: Outbox = attrs.field(init=False, factory=Outbox)
    _block: int = attrs.field(init=False, default=-1)
    _signed_with: bytes = attrs.field(init=False)
    _last_vouched: int = attrs.field(init=False, default=-1)
    _keeper: Keeper = attrs.field(init=False)
    _shown: tuple[SignedBlock | None, Head | None] | None = attrs.field(init=False, default=None)
    _forked: Forked | None = attrs.field(init=False, default=None)
    _judged: tuple[Head | None, Mapping[bytes, bytes]] = attrs.field(init=False, default=(None, {}))
    _stood: Head | None = attrs.field(init=False, default=None)
    _done_at: tuple[int, int, int, bool] | None = attrs.field(init=False, default=None)
    _sent: set[tuple[str, bytes, bytes, int]] = attrs.field(init=False, factory=set)
    _rest: Rest = attrs.field(init=False, factory=Rest)
    _waits: bool = attrs.field(init=False, default=False)
    _sealed: Remembering[Message, SigningKey, bytes, bytes] = attrs.field(
        init=False, factory=lambda: Remembering(Message.sealed, LETTERS)
    )

    def __attrs_post_init__(self) -> None:
        self._keys = Keyring(kept_key(self.storage), self.storage)
        self.identity = self._keys.first.public
        self.mailbox = Mailbox(self.ledger.identity, self.identity, self._keys)
        self._agenda = Agenda(self.concerns)
        self._keeper = Keeper(self.ledger.genesis, self.storage)
        self._signed_with = self._in_force(self.identity)

    @property
    def key(self) -> SigningKey:
        """What it signs with: the key that is in force on the ledger."""
        return self._keys.signing(self.ledger)

    @property
    def node(self) -> Shown:
        """The process that keeps the ledger, with what it shows to everybody."""
        return self.around.node

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
        return self._agenda.look(self.contract, self.ledger.height)

    def concerns(self, made: Request) -> bool:
        """Whether a request still concerns this party; once it does not, it never does again."""
        raise NotImplementedError  # each role has its own duties

    def attend(self, made: Request) -> Iterator[Act]:
        """What is to be done about a request, the first thing first, if it is not done already."""
        raise NotImplementedError  # each role has its own duties

    def replace_key(self) -> None:
        """Have another key sign for this party, as soon as the ledger can be told.

        It is kept first. One that was made before and is not in force yet serves as well.
        """
        self._keys.renew(self.ledger, self.around.randomness)

    def duties(self) -> Iterator[Duty]:
        """All that is this party's to do, the most urgent first: a key that was stolen signs on."""
        yield "key", self.rotate()
        for made in self.pressing:
            subject = made.id.hex()
            if not (self._rest.has(made) or subject in self._outbox):
                self._waits = False
                yield subject, self.attend(made)
                if not self._waits:  # whoever asks for more has found nothing to do about it
                    self._rest.take(made)

    def rotate(self) -> Iterator[Act]:
        """Bring a new key into force, if one was made. Both keys sign, for the next free number."""
        said = self._keys.rotation(self.ledger, self._number())
        if said is not None:
            yield Submit(said.kind, said.body)

    def tolls(self, made: Request) -> int:
        """What a request may still cost this party in tolls; by itself, nothing."""
        return 0

    @property
    def spare(self) -> int:
        """What is left in the purse for something new: all but the tolls that may be needed.

        Whoever cannot demand data is convicted of somebody else's silence, or pays for nothing.
        """
        tolls = sum(map(self.tolls, self.pressing))
        return self.contract.balances[self.identity] - tolls - self._outbox.purse

    @property
    def quota(self) -> int:
        """How many transactions of this party a block can have, if none is large."""
        return self.contract.charter.quota

    @property
    def reserved(self) -> int:
        """How many of these are for nothing but what has to be said in time; by itself, none."""
        return 0

    def is_liable(self, made: Request) -> bool:
        """Whether a request makes this party lose unless it acts in time; by itself, none does."""
        return False

    @property
    def owes(self) -> bool:
        """Whether it has heard something that it has to answer; by itself, it has not."""
        return False

    @property
    def is_held_up(self) -> bool:
        """Whether there is something that it says in another block only: what this one refused."""
        return self._outbox.refusals > 0

    def heard(self, message: Message) -> Iterator[Act]:
        """What is to be done about a message; by itself, nothing."""
        yield from ()

    def act(self) -> bool:
        """Receive a message, or else do one thing that is due; whether there was either.

        While a transaction about something is under way, nothing else is done about it; and while
        the node shows another ledger than this party has seen, all it does is to show that.
        """
        if self._block != self.contract.now:
            self._block, self._sent = self.contract.now, set()
        forked = self.follow()
        if self._say_again():
            return True
        if forked is not None:
            return self._do_first(self._accuse(forked)) or self._close_gap()
        data = self.around.network.receive(self.identity)
        if data is None:
            return self._look_again()
        message = self.mailbox.open(data, self._in_force)
        if message is not None:  # if nothing comes of it, nothing else is looked at either
            self._try(message.subject.hex(), self.heard(message))
        return True

    def follow(self) -> Forked | None:
        """Go on with the ledger from what this party has seen of it; why not, if it does not."""
        shown = self.ledger.last, self.node.head
        if shown != self._shown:
            self._shown = shown
            self.refused.pop("ledger", None)
            self._forked = self._look(*shown)
        return self._forked

    def _look(self, last: SignedBlock | None, head: Head | None) -> Forked | None:
        """Why the last block and the head that the node shows do not go on from what was seen.

        Where what was kept of that cannot be read, that is told, and holds up nothing else.
        """
        try:
            self._keeper.look(last, self._standing(head), self.ledger.blocks)
        except Forked as forked:
            self._refuse("ledger", _told(forked))
            return forked
        except OSError as error:
            self._refuse("ledger", error)
        return None

    def _standing(self, head: Head | None) -> Head | None:
        """A head with what witnesses have signed with the keys in force, if it stands so.

        It is looked at with every block, and seldom another.
        """
        judged = head, self.contract.keys
        if judged != self._judged:
            charter = self.contract.charter
            parties = {party: self._in_force(party) for party in charter.witnesses}
            stands = head and head.stands(self.ledger.genesis.node, parties, charter.quorum)
            self._stood = head.with_those_of(parties) if head and stands else None
            self._judged = head, {**self.contract.keys}
        return self._stood

    def _look_again(self) -> bool:
        """Do something by itself; whether there was anything to do.

        What there is follows from what the node shows, what is kept, what is owed, and what is
        under way: where all is as it was when there was nothing, there is nothing. Anybody can send
        messages, so of those only what has come of them counts.
        """
        seen = self.ledger.height, self.node.shown, self._outbox.refusals, self.owes
        if seen == self._done_at and not self.storage.changed:
            return False
        around = self._block, self.node.shown, self._outbox.refusals
        self._rest.rouse(self.contract, around, self.storage.changed)
        self.storage.changed.clear()
        did = self._do_what_is_due() or self._close_gap() or self._vouch_once()
        self._done_at = None if did else seen
        return did

    def _say_again(self) -> bool:
        """Send again what is under way, once in every block; whether anything is."""
        again = self._sign_again() or self._outbox.look(self.node, self.identity)
        for said in again:
            self._send_out(LEDGER, said)
        return bool(again)

    def _sign_again(self) -> Sequence[bytes]:
        """Once another key is in force, sign with it what is under way; what is to be sent.

        It is sent at once, and so are letters: what the old key has signed is taken no more.
        """
        in_force = self._in_force(self.identity)
        if in_force == self._signed_with:
            return ()
        self._signed_with, self._sent, self._rest = in_force, set(), Rest()
        return self._outbox.sign_again(self.ledger.next_nonce(self.identity), self._signed)

    def _do_what_is_due(self) -> bool:
        """Do one thing that is due; whether there was one."""
        return self._do_first(self.duties())

    def _do_first(self, duties: Iterable[Duty]) -> bool:
        """Do the first thing about which nothing is under way; whether there was one."""
        due = (duty for duty in duties if duty[0] not in self._outbox)
        return any(self._fulfil(*duty) for duty in due)

    def _close_gap(self) -> bool:
        """Say nothing, under a number that was refused: all that is numbered after it waits.

        However much is under way: none of it can be appended before.
        """
        has_gap = self._outbox.has_gap(self.ledger.next_nonce(self.identity))
        if not has_gap or self._outbox.was_refused("nothing", "deposit"):
            return False
        self._say("nothing", Submit("deposit", {"amount": 0}))
        return True

    def _vouch_once(self) -> bool:
        """Be a witness, once in every block; whether that took a transaction."""
        if self._last_vouched == self._block:
            return False
        self._last_vouched = self._block
        return self._fulfil("witness", self.vouch())

    def _fulfil(self, subject: str, acts: Iterator[Act]) -> bool:
        """Do the first act of a duty that is not done already; whether there was one.

        Why it could not be done when it was tried last, is of no interest any more.
        """
        self.refused.pop(subject, None)
        return self._try(subject, acts)

    def _try(self, subject: str, acts: Iterator[Act]) -> bool:
        """Do the first act that is not done already; whether there was one.

        What cannot be done is refused, for want of what should be kept, of what can be read or run,
        or of room to keep more: so it is tried again, and all other duties are fulfilled meanwhile.
        What fails otherwise is a fault of this program, and ends it.
        """
        try:
            return any(self._do(subject, act) for act in acts)
        except (Refused, OSError) as error:
            self._refuse(subject, error)
            return False

    def _refuse(self, subject: str, reason: object) -> None:
        """Note for what reason something is not done, in place of the oldest of too many."""
        self._waits = True
        self.refused[subject] = str(reason)
        if len(self.refused) > REASONS:
            del self.refused[next(iter(self.refused))]

    def kept(self, name: str) -> bytes:
        """What is kept under a name. Raises Refused."""
        with Refusing("party has kept what it needs"):
            return self.storage.get(name)

    def read(self, name: str) -> Value:
        """The value that is kept under a name, which nobody is to change. Raises Refused."""
        with Refusing(f"party can read what it has kept under {name}"):
            return _decoded(self.kept(name))

    def vouch(self) -> Iterator[Act]:
        """Sign what the node has announced, as a witness; or show that it contradicts itself.

        That it does is told as well, for a ledger that was only cut shows nobody. Raises Refused.
        """
        announced, head = self.node.announced, self.node.head
        if announced is None or self.identity not in self.contract.charter.witnesses:
            return
        witness = Witness(self.ledger.genesis, self.identity, self.key, self.storage)
        is_last = head is not None and head.signed == announced == witness.last
        if head and is_last and head.is_signed_by(self.identity, witness.key.public):
            return
        try:
            signed = witness.sign(announced, self._blocks(witness.begins(announced)))
        except Forked as forked:
            for _, shows in self._accuse(forked):
                yield from shows
            raise Refused(_told(forked)) from None
        self._send_out(HEADS, signed.canonical())

    def _accuse(self, forked: Forked) -> Iterator[Duty]:
        """Show each who has vouched for two histories, unless it is convicted already."""
        for party, (first, second) in forked.evidence.items():
            evidence = first.canonical(), second.canonical()
            if party not in self.contract.convicted and self.contract.has_forked(party, *evidence):
                body: dict[str, Value] = {
                    "party": party,
                    "first": evidence[0],
                    "second": evidence[1],
                }
                yield f"fork {party.hex()}", iter([Submit("show_fork", body)])

    def _blocks(self, first: int) -> Sequence[SignedBlock]:
        """The blocks that the node shows from a height on. Raises Forked if it shows no such."""
        try:
            return self.ledger.blocks(first, self.ledger.height)
        except LedgerError as error:
            raise Forked(str(error)) from None

    def _in_force(self, party: bytes) -> bytes:
        return self.ledger.keys_of(party)[-1]

    def _do(self, subject: str, act: Act) -> bool:
        """Do something, unless it is done already; whether it was still to be done."""
        match act:
            case Keep(name, make):
                if self.storage.missing(name):
                    self.storage.put(name, make())
                    return True
                return False
            case Put(name, data):
                if self.storage.missing(name) or self.storage.get(name) != data:
                    self.storage.put(name, data)
                    return True
                return False
            case Drop(names):
                for name in names:
                    self.storage.remove(name)
                return bool(names)
            case Submit():
                return self._submit(subject, act)
            case Send():
                return self._send(act)
            case Wait():
                self._waits = True
                return False

    def _submit(self, subject: str, act: Submit) -> bool:
        """Submit a transaction; whether it was.

        What is under way is sent again in every block, and what was refused is not said again in
        this one; it keeps nothing else back.
        """
        if self._outbox.was_refused(subject, act.kind) or not self._has_slot(act):
            self._waits = True
            return False
        self._say(subject, act)
        return True

    def _say(self, subject: str, act: Submit) -> None:
        """Send a transaction with the next free number."""
        number = self._number()
        data = self._signed(number, act)
        if self._outbox.add(number, Pending.of(subject, act, data, self._block)):
            self._send_out(LEDGER, data)

    def _number(self) -> int:
        """The next running number that is free."""
        return self._outbox.number(self.ledger.next_nonce(self.identity))

    def _signed(self, number: int, act: Submit) -> bytes:
        """A transaction with a running number, as the ledger takes it."""
        said = Transaction(self.ledger.identity, act.kind, self.identity, number, act.body)
        return said.signed(self.key)

    def _has_slot(self, act: Submit) -> bool:
        """Whether a block has room for one more, beside all that are under way or in it.

        However large it is, the last one of a block may go beyond the quota.
        """
        made = self.contract.requests.get(_request(act))
        is_urgent = made is not None and self.is_liable(made)
        used = self._outbox.pieces + self.contract.said[self.identity]
        return used < (self.quota if is_urgent else self.quota - self.reserved)

    def _send(self, act: Send) -> bool:
        """Send a message, once in every block; whether it was sent.

        It is sealed for the key in force of its receiver; nothing can be, if that is none.
        """
        about = act.kind, act.receiver, act.subject, act.step
        if about in self._sent:
            return False
        _, receiver, subject, step = about
        message = Message(
            self.ledger.identity, act.kind, self.identity, receiver, subject, step, act.content
        )
        try:
            sealed = self._sealed(message, self.key, self._in_force(receiver))
        except ValueError:  # what else is to be done does not wait for somebody's key
            self._refuse(subject.hex(), f"{receiver.hex()} is a key for which to seal")
            return False
        self._sent.add(about)
        self._send_out(receiver, sealed, about)
        return True

    def _send_out(self, receiver: bytes, data: bytes, about: Hashable | None = None) -> None:
        """Let something out, once the ledger that it goes by is kept: that can be taken back."""
        self._keeper.keep()
        self.around.network.send(self.identity, receiver, data, about)


_decoded = remembered(ROOM)(decode)  # it is looked at again and again


def _told(forked: Forked) -> str:
    return f"node shows one history: {forked}"


def _request(act: Submit) -> bytes:
    """The request that a transaction is about, if it is about one."""
    match act.body.get("request"):
        case bytes(request):
            return request
    return b""
