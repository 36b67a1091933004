"""Vendors: they check what they are handed, and execute, pass on and answer for steps."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress

import attrs

from impl.hardened.digests import commitment
from impl.hardened.mail import Message
from impl.hardened.parties.acts import Act, Drop, Duty, Keep, Put, Submit, Wait
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.computing import (
    claim_at,
    follow,
    is_bound,
    is_sound,
    output_of,
    stated,
)
from impl.hardened.parties.correspondent import Correspondent, place
from impl.hardened.parties.shelf import At, Shelf
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version
from impl.hardened.sealing import seal
from impl.hardened.statement import Statement
from impl.hardened.terms import Terms
from impl.ledger.transaction import require
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from impl.refusing import Refusing
from spec.bytes.encoding import Value

ANSWERS = 32
"""How many answers to what is handed over a vendor gives in a block, and owes at most."""
MOST_STAKE = 300
"""How many times its wage a vendor puts up for a step at most, for each round that a quarrel about
it takes and once more; or a cheap request binds its bond, which other people's need."""
LEAST_WAGE = 1
"""What a vendor wants for a step, beside the toll that it may have to pay for its input."""


@attrs.define
class Vendor(Backer, Correspondent):
    """A cloud vendor: checks what it is handed, and executes, passes on and answers for steps."""

    _handed: dict[At, bool] = attrs.field(factory=dict, init=False)
    _unfit: set[At] = attrs.field(factory=set, init=False)
    _answered: tuple[int, int] = attrs.field(default=(-1, 0), init=False)
    _shelf: Shelf = attrs.field(factory=Shelf, init=False)
    _tidied: int = attrs.field(default=-1, init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        with suppress(OSError):  # what cannot be read is refused when it is needed
            for kept in self.storage.names(_COMPONENTS):
                self._find(kept)

    def _find(self, kept: str) -> None:
        """Give what is kept already its room again, also if its version was forgotten meanwhile."""
        root, step = at = _at(kept)
        version = self.contract.versions.get(root)
        contributor = version.terms.contributor(step) if version else b""
        with suppress(OSError):
            self._shelf.put(at, contributor, self.storage.get(kept))

    def concerns(self, made: Request) -> bool:
        """As long as it may be drawn, and then until it has collected."""
        if made.is_over:
            return any(made.pots[i] for i, v in made.executors.items() if v == self.identity)
        return any(self.identity in part.holders for part in made.terms.steps)

    def attend(self, made: Request) -> Iterator[Act]:
        yield from self.execute(made)
        yield from self.give(made)
        yield from self.defend(made)
        yield from self.audit(made)
        yield from self.oppose(made)
        yield from self.collect(made)

    def heard(self, message: Message) -> Iterator[Act]:
        yield from super().heard(message)
        version = self.contract.versions.get(message.subject)
        if (
            message.kind == "component"
            and version is not None
            and version.stage is Stage.PROPOSED
            and message.sender == version.terms.contributor(message.step)
        ):
            yield from self.take_over(version, message)

    def take_over(self, version: Version, message: Message) -> Iterator[Act]:
        """Keep a component that is the registered one, and can be run and paid; refuse any other.

        Whoever acknowledges one that cannot be run again is convicted as soon as it is disputed
        (III.C). Nobody's take more room than there is for each: what finds none is not refused, for
        there may be some when it is handed over again. To look at one takes long, and a letter is
        free: so what is there already is not looked at again, nor anything for a step for which
        something unfit was handed over, as long as that is not answered.
        """
        step, handed, terms = message.step, message.content, version.terms
        if (
            self.identity not in terms.holders(step)
            or (step, self.identity) in version.acknowledged
        ):
            return
        at = message.subject, step
        if at not in self._unfit and not self._is_kept(at, handed):
            if not self._shelf.has_room(at, message.sender, handed):
                return
            is_registered = self.is_registered(terms, step, handed)
            is_true = is_registered and is_sound(handed[SALT:], terms, step)
            if is_true and self.is_paid(terms, step):
                self._shelf.put(at, message.sender, handed)
            else:
                self._unfit.add(at)
        if at not in self._handed and len(self._handed) >= ANSWERS:
            self._put_off()
        self._handed[at] = at not in self._unfit
        if self._handed[at]:
            yield Put(_component(*at), handed)

    def _is_kept(self, at: At, handed: bytes) -> bool:
        """Whether something is kept already, and was found good before that."""
        kept = _component(*at)
        return not self.storage.missing(kept) and self.storage.get(kept) == handed

    @property
    def owes(self) -> bool:
        return bool(self._handed)

    def _put_off(self) -> None:
        """Let an answer wait, of whoever waits for most: what it is about is handed over again."""
        known = {at: self.contract.versions.get(at[0]) for at in self._handed}
        asking = {at: of.terms.contributor(at[1]) if of else b"" for at, of in known.items()}
        [(most, _)] = Counter(asking.values()).most_common(1)
        del self._handed[next(at for at, who in asking.items() if who == most)]

    def is_paid(self, terms: Terms, step: int) -> bool:
        """Whether a step is worth its toll, and its stake for as long as a quarrel may take."""
        wage, lasts = terms.wage(step), terms.rounds[step] + 1
        return wage >= terms.toll + LEAST_WAGE and terms.stake * lasts <= MOST_STAKE * wage

    def duties(self) -> Iterator[Duty]:
        """What is under way comes first, and answers to providers last, so many in a block.

        Anybody can offer versions, and hand over what keeps a vendor busy with answering. What is
        refused meanwhile leaves a gap in its numbers, behind which all else that it says would
        wait, so one answer is under way at a time.
        """
        yield from super().duties()
        yield "components", self.tidy()
        if self._answered[0] != self.contract.now:
            self._answered = (self.contract.now, 0)
        is_answering = self._outbox.has_any(("acknowledge", "reject"))
        if self._answered[1] < ANSWERS and not is_answering:
            for root, step in [*self._handed]:
                yield root.hex(), self.answer(root, step)

    def tidy(self) -> Iterator[Act]:
        """Keep no component any more that nobody can ask for, as is seen once in every block."""
        if self._tidied != self.contract.now:
            self._tidied = self.contract.now
            open_versions = {made.version for made in self.pressing}
            self._unfit = {at for at in self._unfit if at[0] in self.contract.versions}
            gone = self._shelf.clear(lambda root: self.wants(root, open_versions))
            yield Drop([_component(*at) for at in gone])

    def wants(self, root: bytes, open_versions: Collection[bytes]) -> bool:
        """Whether a component may still be run, for its version, which is or may come to market.

        Also one that was forgotten, if what is under way about it can still be appended: then it
        was proposed again, and has been acknowledged.
        """
        version = self.contract.versions.get(root)
        if version is None:
            return root.hex() in self._outbox
        return version.stage is not Stage.RETIRED or root in open_versions

    def answer(self, root: bytes, step: int) -> Iterator[Act]:
        """Confirm what was handed over, once it is kept, or refuse it."""
        version = self.contract.versions.get(root)
        if (
            version is None
            or version.stage is not Stage.PROPOSED
            or (step, self.identity) in version.acknowledged
        ):
            del self._handed[root, step]
            self._unfit.discard((root, step))  # to be proposed again, it takes a transaction
            return
        block, answered = self._answered
        self._answered = (block, answered + 1)
        if not self._handed[root, step]:
            yield Submit("reject", {"version": root, "step": step})
        elif not self.storage.missing(_component(root, step)):
            yield Submit("acknowledge", {"version": root, "step": step})

    def execute(self, made: Request) -> Iterator[Act]:
        """Put up the stake when drawn; get the data, run the component and record (III.D).

        Who has taken on all that it can serve in time is passed over, which costs it nothing. The
        toll of a demand has to be in the purse before, or the consumer's silence is its own.
        """
        turn = made.turn
        if made.phase is Phase.ROUTED and self.contract.executor_due(made) == self.identity:
            stake, toll = made.terms.stake, made.terms.toll
            short = toll - self.spare
            if self.bond - stake >= max(short, 0) and (self.is_liable(made) or self.has_room):
                self.component(made, turn)  # who has lost it is passed over, and not convicted
                if short > 0:
                    yield Submit("withdraw", {"amount": short}, purse=-short, bond=short)
                else:
                    yield Submit("assign", {"request": made.id}, toll, stake, binds=True)
            else:
                yield Wait()
        elif made.phase in (Phase.WORK, Phase.PUBLISHED) and made.receiver == self.identity:
            yield from self.get(made)
            if self.has(made):
                yield Keep(place("opening", made, turn + 1), lambda: self.work(made, turn))
                output = commitment(made.id, turn + 1, self.opening(made, turn + 1))
                yield Submit("record", {"request": made.id, "step": turn, "output": output})

    def is_liable(self, made: Request) -> bool:
        return not made.is_over and self.identity in made.executors.values()

    def tolls(self, made: Request) -> int:
        waits = made.phase is Phase.WORK and made.receiver == self.identity
        return made.terms.toll if waits and not self.has(made) else 0

    def work(self, made: Request, step: int) -> bytes:
        """The opening of the output of a step."""
        component, given = self.component(made, step), self.data(made, step)
        return output_of(component, given, made.terms.rounds[step], Occasion(made.id, step))

    def opening(self, made: Request, step: int) -> bytes:
        """What this vendor commits to as the input of a step; if it is lost, it is made again."""
        if step > made.turn or self.intact(made, step, "opening") is not None:
            return super().opening(made, step)
        opening = self.work(made, step - 1)
        require(made.opens(step, opening), "output is as it was recorded")
        return opening

    def component(self, made: Request, step: int) -> bytes:
        """Component of a step after its secret, as they were handed over. Raises Refused."""
        handed = self.kept(_component(made.version, step))
        is_kept = self.is_registered(made.terms, step, handed)
        require(is_kept, "component is as it was handed over")
        return handed

    def is_registered(self, terms: Terms, step: int, handed: bytes) -> bool:
        """Whether secret and component are what a version's leaf binds for a step."""
        return is_bound(terms, step, handed)

    def defend(self, made: Request) -> Iterator[Act]:
        """Stand by one's own run: say what was in the middle, and open the row that is left."""
        step = made.disputed
        if made.phase is not Phase.DISPUTED or made.executors[step] != self.identity:
            return
        run, stated = self.run(made, step), self.statement(made, step)
        game = made.game or stated.game(made.terms.rounds[step])
        begins = made.game is None
        said: dict[str, Value] = {
            "request": made.id,
            "statement": stated.canonical() if begins else b"",
        }
        if made.halvings:
            said["halvings"] = made.halvings
            said["sealed"] = self.told(made, step) if begins else b""
            yield Submit("narrow", {**said, "state": claim_at(run, game)})
        else:
            witness = b"" if run is None else run.witness(game.low, game.since)
            yield Submit("open_row", {**said, "witness": witness})

    def told(self, made: Request, step: int) -> bytes:
        """What went into a step, sealed for the opponent; nothing, if it may not see that."""
        if not made.opponent_key or not made.may_see(step, made.opponent):
            return b""
        return seal(made.opponent_key, self.data(made, step))

    def run(self, made: Request, step: int) -> Run | None:
        """The run that this executor stands by; None if its component does not take the input."""
        component, given = self.component(made, step), self.data(made, step)
        with Refusing("component can be run"):
            return follow(component, given, made.terms.rounds[step], made.quarrel)

    def statement(self, made: Request, step: int) -> Statement:
        """What this executor is bound to about its step, before the quarrel is narrowed down."""
        component, given = self.component(made, step), self.data(made, step)
        output = self.opening(made, step + 1)
        with Refusing("component has an outline"):
            return stated(component, given, output, made.terms.rounds[step], made.quarrel)

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        what = "opening" if made.author(step) == self.identity else "data"
        given = self.intact(made, step, what)
        if self.storage.missing(_component(made.version, step)) or given is None:
            return None
        return self.component(made, step), given

    def collect(self, made: Request) -> Iterator[Act]:
        """Collect stake and wage, once nobody can complain any more."""
        if made.is_over and self.contract.left(made) == 0:
            for step, executor in made.executors.items():
                if executor == self.identity and made.pots[step]:
                    yield Submit("collect", {"request": made.id, "step": step})


_COMPONENTS = "component/"
"""What the names begin with under which components are kept, after their secrets."""


def _component(version: bytes, step: int) -> str:
    """Where secret and component of a step are kept, as they were handed over."""
    return f"{_COMPONENTS}{version.hex()}/{step}"


def _at(kept: str) -> At:
    """Of what the component is that is kept somewhere."""
    root, step = kept.removeprefix(_COMPONENTS).split("/")
    return bytes.fromhex(root), int(step)
