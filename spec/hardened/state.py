"""What the hardened protocol talks about, and what it remembers."""

from enum import Enum

from spec.notation import Fun, Map, Ordinal, Sort, all_of, any_of, ite, not_, state


class Party(Sort):
    """Whoever has an account: a provider, a vendor, a consumer, a watcher."""


class Api(Sort):
    """The identifier of an API: id(M)."""


class Version(Sort):
    """One version of an API: its components, their holders, its price and its shares.

    It stands for its signature too: the Merkle root over all that, which binds it.
    """


class Component(Sort):
    """One sub-API S_i, by its canonical bytes."""


class Data(Sort):
    """What goes into a component or comes out of it: D_i, O_i. Integers only."""


class Commitment(Sort):
    """A salted digest of data, bound to a request and a step."""


class Seed(Sort):
    """What the beacon's next round and a request's identifier give together."""


class Request(Sort):
    """A request, by its identifier: a digest of consumer, nonce, version and ledger."""


class Step(Ordinal):
    """A place in the sequence of components, from 0; one past the last is the consumer's."""


class Attempt(Ordinal):
    """How many holders were drawn for a step before the one at work."""


class Chance(Ordinal):
    """How often a party can still dispute a step."""


class Round(Ordinal):
    """How often a quarrel is still to be halved before it is about one row."""


class Key(Ordinal):
    """What a party signs with: which of its keys, from 0, in the order in which it had them."""


class Time(Ordinal):
    """Blocks that are left."""


class Money(Ordinal):
    """Units of money; there is nothing smaller."""


class Percent(Ordinal):
    """Hundredths."""


class Hardening(Enum):
    """What the paper's protocol lacks. Each can be left out, to see what it is there for."""

    ACKNOWLEDGEMENT = 0  # a holder checks what it was handed before a version becomes active
    JOINT_SIGNATURE = 1  # every provider of a version signs it
    VERSION_PIN = 2  # a request stays with the version that it was made for
    ESCROW = 3  # a consumer pays before anybody works
    SURETY = 4  # a provider guarantees the refund
    STAKE = 5  # an executor puts up money for its step
    BEACON = 6  # chance draws the executor, and anybody can check the draw
    SIGNED_HOPS = 7  # who sends data signs it, so that bad data can be shown
    DEADLINES = 8  # silence has an end
    FINALITY = 9  # nobody acts on what the ledger may still drop
    SALT = 10  # a commitment hides even what can be guessed
    EXACTNESS = 11  # running a component again gives the same bits
    DISPUTE_TOLL = 12  # a dispute costs whoever is wrong
    AUDITS = 13  # chance draws steps that are checked whoever complains
    DISCLOSURE_CAP = 14  # the last step of a version that is not disclosed is never opened whole
    LOCK = 15  # stakes stay until nobody can complain any more
    STANDING = 16  # only the consumer and the providers of a request can dispute its steps
    COMPLAINT = 17  # an opponent that is not told what it has to follow can show that
    KEY_PIN = 18  # a step stays with the keys that its executor has had since it was assigned


class Assumption(Enum):
    """What is taken for granted of the ledger's surroundings. Each can fail, to see what it bears.

    A party that waits with what it has to do until the last block rests on the first three.
    """

    INCLUSION = 0  # what a party sends in time stands on the ledger in time
    STEADY_TIME = 1  # blocks pass one at a time, and slowly enough to act in each
    ORDER = 2  # in the block in which time is up, what was sent in time comes first
    UNPREDICTABILITY = 3  # nobody knows a round of the beacon before it is out


class Stage(Enum):
    """Where a version stands."""

    DRAFT = 0
    PROPOSED = 1
    ACTIVE = 2
    RETIRED = 3


class Phase(Enum):
    """Where a request stands."""

    FREE = 0  # nobody has made it
    OPEN = 1  # it waits for the beacon
    ROUTED = 2  # the executor of its step is to be drawn
    WORK = 3  # the executor is to record
    DEMANDED = 4  # somebody says that data did not arrive; its sender is to publish it
    PUBLISHED = 5  # the executor has been answered, and is to record
    WINDOW = 6  # every step is recorded; what is wrong can be disputed
    DISPUTED = 7  # the executor is to open what it committed to, or to say what is in the middle
    NARROWED = 8  # its opponent is to say in which half the first difference is
    OPENED = 9  # the step, or one row of it, can be run again
    SETTLED = 10
    REFUNDED = 11
    FORFEITED = 12  # the consumer did not give its input


@state
class Market:
    # What is agreed before the first transaction.
    without: Fun[[Hardening], bool]
    fails: Fun[[Assumption], bool]
    api: Fun[[Version], Api]
    provider: Fun[[Version], Party]
    """Who registers a version and answers for it; others may contribute."""
    contributes: Fun[[Version, Party], bool]
    share: Fun[[Version, Party], Percent]
    last: Fun[[Version], Step]
    component: Fun[[Version, Step], Component]
    contributor: Fun[[Version, Step], Party]
    """Whose component it is, who hands it to the step's holders and to nobody else (III.E)."""
    holder: Fun[[Version, Step, Party], bool]
    spares: Fun[[Version], Attempt]
    """How many holders of a step may fail before a request does."""
    cost: Fun[[Version, Step], Money]
    """What the steps from this one on, and then the providers, are paid: the price is cost 0."""
    stake: Fun[[Version], Money]
    toll: Fun[[Version], Money]
    """What it costs to demand data on the ledger, or to dispute a step."""
    rounds: Fun[[Version, Step], Round]
    """How often a quarrel about a step is halved until it is about one row."""
    true: Fun[[Version, Step], bool]
    """Whether a version says the truth of a step: its component is one, not any other bytes, takes
    what the version says goes in, gives what it says goes into the next, and a quarrel about it
    comes down to one row in as many rounds."""
    takes: Fun[[Version, Step, Data], bool]
    """Whether data is such as a version says goes into a step; of any other its component may make
    nothing."""
    gives: Fun[[Version, Step, Data], bool]
    """Whether data is such as a version says comes out of a step, and goes into the next."""
    window: Fun[[Phase], Time]
    agreeing: Fun[[Version], Time]
    """Blocks in which all have to agree to a version that is proposed, or it is forgotten."""
    purse: Fun[[Party], Money]

    # What computing, committing and chance mean.
    run: Fun[[Component, Data], Data]
    rerun: Fun[[Component, Data], Data]
    """What a component makes of data wherever else it is run."""
    opens: Fun[[Commitment], Data]
    drawn: Fun[[Version, Step, Seed, Attempt], Party]
    """Who executes a step, after so many who did not."""
    checks: Fun[[Version, Step, Seed, Party], Party]
    """Who checks what an executor recorded, if the step is audited."""
    audited: Fun[[Seed, Step], bool]

    # Off the ledger: what holders were handed, and whether data has arrived.
    handed: Map[tuple[Version, Step, Party], Component]
    received: Map[Request, bool]
    signed_twice: Map[tuple[Request, Step], bool]
    second: Map[tuple[Request, Step], Key]
    """Of its executor's keys, the one that a second output of a step is signed with."""
    forked: Map[Party, bool]
    """Who vouches for two histories of the ledger."""

    # On the ledger: versions.
    stage: Map[Version, Stage]
    offered: Map[Version, Time]
    """Blocks that are left until a version that is not on the market is forgotten."""
    signed: Map[tuple[Version, Party], bool]
    acknowledged: Map[tuple[Version, Step, Party], bool]
    current: Map[tuple[Party, Api], Version]
    """The version that was activated last, of each API of a provider: anybody may use its name."""
    disclosed: Map[tuple[Version, Step], bool]

    # On the ledger: keys.
    in_force: Map[Party, Key]
    since: Map[tuple[Request, Step], Key]
    """The key that the executor of a step had in force when that was assigned to it."""

    # On the ledger: requests.
    phase: Map[Request, Phase]
    left: Map[Request, Time]
    consumer: Map[Request, Party]
    pinned: Map[Request, Version]
    seed: Map[Request, Seed]
    lot: Map[Request, Seed]
    """What audits are drawn by; nobody knows it before every step is recorded."""
    lots_drawn: Map[Request, bool]
    turn: Map[Request, Step]
    attempt: Map[tuple[Request, Step], Attempt]
    """How many holders of the step were drawn and did not do it."""
    link: Map[tuple[Request, Step], Commitment]
    """What goes into a step; at one past the last, the output."""
    author: Map[tuple[Request, Step], Party]
    """Who committed to it: the consumer, then each executor in turn."""
    executor: Map[tuple[Request, Step], Party]
    recorded: Map[tuple[Request, Step], bool]
    built_on: Map[tuple[Request, Step], Commitment]
    """What the executor of a step took for its input."""
    published: Map[Request, bool]
    sound: Map[Request, bool]
    """Whether what was published opens the commitment."""
    unsound: Map[tuple[Request, Step], bool]
    """Whether anything was ever published for a step that does not."""
    chances: Map[tuple[Request, Step, Party], Chance]
    disputed: Map[Request, Step]
    window_left: Map[Request, Time]
    """What is left of the window once the dispute is over."""
    opponent: Map[Request, Party]
    """Who disputes the step, or was drawn to check it."""
    halvings: Map[Request, Round]
    informed: Map[Request, bool]
    """Whether the opponent was told what it needs to follow the quarrel: what went into the step,
    if it may see that, and how what is claimed is salted."""
    by_row: Map[Request, bool]
    row_leads: Map[Request, bool]
    """Whether the one row that was opened leads to what the executor says."""

    # On the ledger: money, in the accounts that `spec.hardened` lists.
    supply: Money
    balance: Map[Party, Money]
    bond: Map[Party, Money]
    escrow: Map[Request, Money]
    surety: Map[Request, Money]
    toll_paid: Map[Request, Money]
    """The toll of the demand that is under way, or the two of the dispute."""
    pot: Map[tuple[Request, Step], Money]
    """The stake and the wage of a step's executor."""
    revenue: Map[Version, Money]
    earned: Map[Version, Money]
    collected_share: Map[tuple[Version, Party], Money]
    treasury: Money
    refunded: Map[Request, Money]

    # What the ledger shows of money that has left an account.
    collected: Map[tuple[Request, Step], Money]
    """What the executor of a step has collected."""

    # On the ledger: verdicts.
    convicted: Map[Party, bool]

    # What an onlooker who sees everything would know.
    deviated: Map[Party, bool]
    """From what happens, not from what is required: who is convicted early has not deviated."""
    leads: Map[Request, bool]
    """Whether what a quarrel is still about leads to what the executor says."""
    first_leads: Map[Request, bool]
    """Whether the first half of that leads to what the executor says of the middle."""
    neglected: Map[Request, bool]
    hindered: Map[Request, bool]
    """Whether who is to act now could not, however early it tried."""
    uncovered: Map[Request, Money]
    """What a provider has lost by the fault of an executor."""
    in_vain: Map[Request, bool]
    guessed: Map[tuple[Request, Step], bool]
    fled: Map[tuple[Request, Step], bool]
    foreseen: Map[Request, bool]


def version(s: Market, r: Request) -> Version:
    """The version that a request is served by."""
    pinned = s.pinned[r]
    newest = s.current[s.provider(pinned), s.api(pinned)]
    return ite(s.without(Hardening.VERSION_PIN), newest, pinned)


def price(s: Market, r: Request) -> Money:
    """What the consumer pays for a request."""
    return s.cost(s.pinned[r], Step(0))


def wage(s: Market, r: Request) -> Money:
    """What the executor of the step whose turn it is gets."""
    m, i = s.pinned[r], s.turn[r]
    return ite(s.without(Hardening.ESCROW), Money(0), s.cost(m, i) - s.cost(m, i + 1))


def stake(s: Market, m: Version) -> Money:
    """What an executor puts up for a step."""
    return ite(s.without(Hardening.STAKE), Money(0), s.stake(m))


def is_delivering(s: Market, r: Request) -> bool:
    """Whether every step is recorded, and the consumer is the one to receive."""
    return s.last(version(s, r)) < s.turn[r]


def receiver(s: Market, r: Request) -> Party:
    """Who is to receive data next."""
    return ite(is_delivering(s, r), s.consumer[r], s.executor[r, s.turn[r]])


def sender(s: Market, r: Request) -> Party:
    """Who committed to the data that is to be received next."""
    return s.author[r, s.turn[r]]


def is_right(s: Market, r: Request, i: Step) -> bool:
    """Whether the output of a step is what its component gives."""
    c = s.component(version(s, r), i)
    return s.opens(s.link[r, i + 1]) == s.run(c, s.opens(s.link[r, i]))


def auditor(s: Market, r: Request, i: Step) -> Party:
    """Who checks a step of a request if chance draws it for an audit."""
    return s.checks(version(s, r), i, s.lot[r], s.executor[r, i])


def is_signed_twice(s: Market, r: Request, i: Step) -> bool:
    """Whether a second output of a step is signed with a key that its executor has had since."""
    return s.signed_twice[r, i] & (s.since[r, i] <= s.second[r, i])


def is_shown(s: Market, r: Request, i: Step) -> bool:
    """Whether what is signed as a second output shows anything: by the key, whoever signed.

    It does whether the key was replaced by now or not, lest its signer void it so.
    """
    k = s.second[r, i]
    is_current = k == s.in_force[s.executor[r, i]]
    return ite(s.without(Hardening.KEY_PIN), is_current, s.since[r, i] <= k)


def is_to_be_audited(s: Market, r: Request, i: Step) -> bool:
    """Whether chance has drawn a step of a request for an audit."""
    return s.lots_drawn[r] & s.audited(s.lot[r], i)


def enter(s: Market, r: Request, phase: Phase) -> None:
    """A request enters a phase, and its window opens."""
    s.phase[r] = phase
    s.left[r] = s.window(phase)
    s.hindered[r] = False


def had_time(s: Market, r: Request) -> bool:
    """Whether who was to act in a request's phase could have, in all the time that there was."""
    return (s.left[r] == 0) & not_(s.hindered[r])


# Where a request stands


def is_over(s: Market, r: Request) -> bool:
    """Whether nothing more happens to a request."""
    return any_of(
        s.phase[r] == Phase.SETTLED,
        s.phase[r] == Phase.REFUNDED,
        s.phase[r] == Phase.FORFEITED,
    )


def is_open(s: Market, r: Request) -> bool:
    """Whether a request is made, and not over."""
    return not_(is_over(s, r) | (s.phase[r] == Phase.FREE))


def is_in_dispute(s: Market, r: Request) -> bool:
    """Whether a step of a request is being looked into."""
    return any_of(
        s.phase[r] == Phase.DISPUTED,
        s.phase[r] == Phase.NARROWED,
        s.phase[r] == Phase.OPENED,
    )


def is_at_work(s: Market, r: Request) -> bool:
    """Whether an executor of a request, or its consumer, is waiting or waited for."""
    return any_of(
        s.phase[r] == Phase.WORK,
        s.phase[r] == Phase.DEMANDED,
        s.phase[r] == Phase.PUBLISHED,
    )


def is_engaged(s: Market, r: Request, i: Step) -> bool:
    """Whether a step of a request has an executor."""
    return any_of(
        s.recorded[r, i],
        all_of(is_at_work(s, r), i == s.turn[r], i <= s.last(s.pinned[r])),
    )


def is_on_market(s: Market, m: Version) -> bool:
    """Whether a version is or was active."""
    return any_of(s.stage[m] == Stage.ACTIVE, s.stage[m] == Stage.RETIRED)
