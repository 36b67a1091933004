"""What the contract remembers of versions and requests."""

from collections import Counter

import attrs

from impl.hardened.digests import commitment, leaf
from impl.hardened.phases import OVER, Phase, Stage
from impl.hardened.sealing import unseal
from impl.hardened.terms import OPENING, Terms
from impl.ledger.undo import Undoable
from impl.quarrel.game import Game
from impl.quarrel.salts import SALT, Occasion, Salting, StatedSalts


@attrs.define
class Version(Undoable):
    """A version that was proposed, who agreed to it, and what it has earned.

    Attributes:
        deadline: the block in which it is forgotten, unless it comes to the market before.
        signed: the contributing providers that have agreed to it.
        acknowledged: the steps, with their holders who have confirmed what they were handed.
        disclosed: the steps that were opened whole in a dispute.
        revenue: what is to be collected of what it has earned.
        earned: all that requests have left for the providers.
        collected_share: what each provider has collected of that.
    """

    terms: Terms
    stage: Stage = Stage.DRAFT
    deadline: int = 0
    signed: set[bytes] = attrs.field(factory=set)
    acknowledged: set[tuple[int, bytes]] = attrs.field(factory=set)
    disclosed: set[int] = attrs.field(factory=set)
    revenue: int = 0
    earned: int = 0
    collected_share: Counter[bytes] = attrs.field(factory=Counter)

    def due(self, provider: bytes) -> int:
        """What a provider can collect: its share of all that is earned, less what it has had."""
        share = share_of(self.earned, self.terms.shares.get(provider, 0))
        return share - self.collected_share[provider]


def share_of(earned: int, hundredths: int) -> int:
    """A share in whole units, rounded down; what is left over waits until more is earned."""
    return earned * hundredths // 100


@attrs.frozen
class Told:
    """What the executor of a disputed step tells its opponent, so that it can follow.

    Attributes:
        sealed: the opening of what went into the step, for the opponent's key.
        salts: what it states of how it salts its claims.
    """

    sealed: bytes
    salts: StatedSalts


@attrs.define
class Request(Undoable):
    """A consumer's request.

    Attributes:
        deadline: the block from which on the phase is overdue.
        links: the commitments: to the input, and then to the output of each recorded step.
        since: which of its executor's keys was in force when each step was assigned.
        failed: how many holders of each step were drawn and did not do it.
        pots: stake and wage of each step's executor, until collected.
        toll_paid: the toll of the demand, or the two of the dispute, under way.
        key: for what key data is to be sealed.
        published: what was published for whoever is to receive data now; nothing but that it was,
            once the request is over.
        lot: what audits are drawn by; nothing before it is known.
        collected: what each step's executor has collected.
        doubted: which steps were disputed or audited, and by whom.
        window_left: what is left of the window once the dispute is over.
        opponent: who disputes the step, or was drawn to check it.
        opponent_key: for what key that is to be told what went into the step; none, if it named
            none.
        told: what the executor has told the opponent.
        halvings: how often the quarrel is still to be halved.
        game: the quarrel, once the executor has opened it, and until the request is over.
        by_row: whether one row of the disputed step was opened, and not the whole.
        row_leads: what was found of the row that was opened last.
        reproduced: whether what was opened gives what was recorded.
        uncovered: what its provider has lost by the fault of an executor.
        news: how many transactions have been about it since it was made.
    """

    id: bytes
    consumer: bytes
    version: bytes
    terms: Terms
    escrow: int
    surety: int
    links: list[bytes]
    phase: Phase = Phase.OPEN
    deadline: int = 0
    seed: bytes = b""
    lot: bytes = b""
    executors: dict[int, bytes] = attrs.field(factory=dict)
    since: dict[int, int] = attrs.field(factory=dict)
    failed: Counter[int] = attrs.field(factory=Counter)
    pots: Counter[int] = attrs.field(factory=Counter)
    collected: Counter[int] = attrs.field(factory=Counter)
    toll_paid: int = 0
    key: bytes = b""
    published: bytes | None = None
    doubted: set[tuple[int, bytes]] = attrs.field(factory=set)
    disputed: int = 0
    window_left: int = 0
    opponent: bytes = b""
    opponent_key: bytes = b""
    told: Told | None = None
    halvings: int = 0
    game: Game | None = None
    by_row: bool = False
    row_leads: bool = False
    reproduced: bool = False
    refunded: int = 0
    uncovered: int = 0
    news: int = 0

    @property
    def turn(self) -> int:
        """The step to be recorded next; one past the last once all are."""
        return len(self.links) - 1

    @property
    def sender(self) -> bytes:
        """Who committed to the data that is to be received next."""
        return self.author(self.turn)

    @property
    def receiver(self) -> bytes | None:
        """Who is to receive data next; None while nobody is drawn."""
        if self.turn == len(self.terms.steps):
            return self.consumer
        return self.executors.get(self.turn)

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.phase in OVER

    @property
    def is_done(self) -> bool:
        """Whether it is over, and nothing in it is left to be collected."""
        return self.is_over and not any(self.pots.values())

    def forget(self) -> None:
        """Let go of what takes room, and nobody can show anything with once the request is over."""
        self.game = self.told = None
        if self.published is not None:
            self.published = b""

    def author(self, step: int) -> bytes:
        """Who committed to what goes into a step; at one past the last, to the output."""
        return self.executors[step - 1] if step else self.consumer

    @property
    def quarrel(self) -> Occasion:
        """What runs of the disputed step are made for."""
        return Occasion(self.id, self.disputed, self.opponent)

    def lacks(self, told: Told, secret: bytes, salt: bytes, key: bytes) -> bool:
        """Whether what an executor told is less than its opponent needs, as secrets show.

        Args:
            secret: that of the opponent's key; if none is given, salts are looked at.
            salt, key: of the input, and the component's salting key, from which these follow.
        """
        if not secret:
            salting = Salting(salt, key, self.quarrel)
            return told.salts.are_wrong(salting, self.terms.rounds[self.disputed])
        is_shown = self.may_see(self.disputed, self.opponent)
        return is_shown and not self.opens(self.disputed, unseal(secret, told.sealed))

    def may_see(self, step: int, party: bytes) -> bool:
        """Whether a party could have to do with a step's input, as one who has its component."""
        return party in (*self.terms.holders(step), self.terms.contributor(step))

    def opens(self, step: int, opening: bytes | None) -> bool:
        """Whether an opening is one of a commitment, and such that it can be passed on."""
        return (
            opening is not None
            and SALT <= len(opening) <= OPENING
            and commitment(self.id, step, opening) == self.links[step]
        )

    def holds(self, salt: bytes, outline: bytes) -> bool:
        """Whether a component, by its outline's digest, is that of the disputed step."""
        terms, step = self.terms, self.disputed
        return leaf(salt, terms.api, terms.number, step, outline) == terms.steps[step].bound
