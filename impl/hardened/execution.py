"""The hardened marketplace's contract: versions, requests, silence that ends, disputes and money.

It refuses for the reasons of the specification and in the order of the specification, from its own
code. What only a ledger needs on top (who may speak for whom, and what evidence must look like) is
asked after that. Time is a count of blocks; money is in whole units; percentages are hundredths.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Self

import attrs
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey

from impl.hardened.digests import (
    SALT,
    checker,
    drawn,
    is_audited,
    request_id,
    rerun,
    seal,
    seed_of,
    unseal,
)
from impl.hardened.quarrel import game_of, root_of
from impl.hardened.records import Request, Version
from impl.hardened.terms import OVER, Genesis, Phase, Stage, Terms
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction, check_fields, parse
from impl.quarrel.bisection import Verdict, WitnessError
from spec.bytes.encoding import Value


@attrs.define
class HardenedContract:
    """The state that all parties agree on, and what changes it.

    Attributes:
        now: how many blocks have passed.
        current: the version that was activated last, of each API.
        keys: the key in force, of each party that does not sign with its first one any more.
    """

    genesis: Genesis
    now: int = 0
    versions: dict[bytes, Version] = attrs.field(factory=dict)
    current: dict[str, bytes] = attrs.field(factory=dict)
    requests: dict[bytes, Request] = attrs.field(factory=dict)
    balances: Counter[bytes] = attrs.field(init=False)
    bonds: Counter[bytes] = attrs.field(factory=Counter)
    treasury: int = 0
    convicted: set[bytes] = attrs.field(factory=set)
    keys: dict[bytes, bytes] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.balances = Counter(self.genesis.purses)

    def fresh(self) -> Self:
        """The contract before its first transaction."""
        return type(self)(self.genesis)

    def apply(self, transaction: Transaction) -> None:
        """Carry out a transaction.

        Raises:
            Refused: a guard does not hold.
            MalformedTransaction: there is no such kind, or its body is not of that kind.
        """
        if transaction.kind not in _KINDS:
            kinds = ", ".join(_KINDS)
            raise MalformedTransaction(f"transaction.kind: {transaction.kind!r} is none of {kinds}")
        check_fields(transaction.body, _KINDS[transaction.kind], "transaction.body")
        getattr(self, f"_{transaction.kind}")(transaction.author, **transaction.body)

    def replace_key(self, author: bytes, key: bytes) -> None:
        """From now on a party signs with another key."""
        self.keys[author] = key

    def left(self, made: Request) -> int:
        """The blocks that are left of a request's phase."""
        return max(made.deadline - self.now, 0)

    def money(self) -> int:
        """All the money there is, wherever it is."""
        requests, versions = self.requests.values(), self.versions.values()
        waiting = sum(r.escrow + r.surety + r.wager + r.pots.total() for r in requests)
        revenue = sum(version.revenue for version in versions)
        return self.balances.total() + self.bonds.total() + waiting + revenue + self.treasury

    # Versions

    def _propose(self, author: bytes, terms: Value) -> None:
        proposed = Terms.parse(terms)
        _require(author == proposed.provider, "provider is the version's")
        version = self.versions.get(proposed.root, Version(proposed))
        _require(version.stage is Stage.DRAFT, "version is new")
        version.stage = Stage.PROPOSED
        self.versions[proposed.root] = version

    def _sign(self, author: bytes, version: bytes) -> None:
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        _require(author in found.terms.shares, "provider contributes to the version")
        found.signed.add(author)

    def _acknowledge(self, author: bytes, version: bytes, step: int) -> None:
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        _require(author in found.terms.holders(step), "vendor holds the step")
        found.acknowledged.add((step, author))

    def _reject(self, author: bytes, version: bytes, step: int) -> None:
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        _require(author in found.terms.holders(step), "vendor holds the step")
        found.stage = Stage.DRAFT

    def _activate(self, author: bytes, version: bytes) -> None:
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        terms = found.terms
        _require(found.signed >= terms.shares.keys(), "every provider has signed")
        holders = {(i, v) for i in range(len(terms.steps)) for v in terms.holders(i)}
        _require(found.acknowledged >= holders, "every holder has acknowledged")
        found.stage = Stage.ACTIVE
        self.current[terms.api] = version

    def _retire(self, author: bytes, version: bytes) -> None:
        found = self.versions.get(version)
        if found is not None:
            _require(author == found.terms.provider, "provider is the version's")
        found = self._version(version, Stage.ACTIVE, "version is active")
        found.stage = Stage.RETIRED

    def _version(self, version: bytes, stage: Stage, reason: str) -> Version:
        """A version at a stage."""
        found = self.versions.get(version)
        if found is None or found.stage is not stage:
            raise Refused(reason)
        return found

    # Requests

    def _request(
        self, author: bytes, request: bytes, nonce: int, version: bytes, input: bytes
    ) -> None:
        terms = self._version(version, Stage.ACTIVE, "version is active").terms
        _require(request not in self.requests, "request is new")
        _check_natural("nonce", nonce)
        genesis = self.genesis
        if request != request_id(genesis.suite, genesis.ledger, author, nonce, version):
            raise MalformedTransaction(
                "transaction.body.request: not the digest of ledger, consumer, nonce and version"
            )
        price = terms.price
        _require(price <= self.balances[author], "consumer can pay the price")
        _require(price <= self.bonds[terms.provider], "provider can guarantee the refund")
        self.balances[author] -= price
        self.bonds[terms.provider] -= price
        made = Request(request, author, version, terms, price, price, [input])
        self.requests[request] = made
        self._enter(made, Phase.OPEN)

    def _route(self, author: bytes, request: bytes, beacon: bytes) -> None:
        made = self._made(request, [Phase.OPEN], "request waits for the beacon")
        _require(author == self.genesis.beacon, "author is the beacon")
        made.seed = seed_of(self.genesis.suite, beacon, request)
        self._enter(made, Phase.ROUTED)

    def _assign(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.ROUTED], "executor is to be drawn")
        _require(author == self._drawn(made), "executor is the one drawn")
        stake = made.terms.stake
        _require(stake <= self.bonds[author], "executor can put up the stake")
        made.executors[made.turn] = author
        self.bonds[author] -= stake
        made.pots[made.turn] += stake
        made.published = None
        self._enter(made, Phase.WORK)

    def _drawn(self, made: Request) -> bytes:
        """Whom chance draws for the step whose turn it is."""
        turn, suite = made.turn, self.genesis.suite
        return drawn(suite, made.terms.holders(turn), made.seed, turn, made.failed[turn])

    def _pass_over(self, author: bytes, request: bytes, holder: bytes) -> None:
        made = self._without_stake(request, holder)
        self._require_spare(made)
        made.failed[made.turn] += 1
        self._enter(made, Phase.ROUTED)

    def _abandon(self, author: bytes, request: bytes, holder: bytes) -> None:
        made = self._without_stake(request, holder)
        self._require_no_spare(made)
        self._refund(made)

    def _without_stake(self, request: bytes, holder: bytes) -> Request:
        """A request whose drawn holder did not put up its stake in time."""
        made = self._made(request, [Phase.ROUTED], "executor is to be drawn")
        _require(holder == self._drawn(made), "executor is the one drawn")
        self._require_overdue(made)
        return made

    def _cancel(self, author: bytes, request: bytes) -> None:
        made = self.requests.get(request)
        _require(made is not None and made.consumer == author, "consumer made the request")
        made = self._made(request, [Phase.OPEN, Phase.ROUTED, Phase.WORK], "a step is left")
        kept = made.terms.fee(made.turn) if made.phase is Phase.WORK else 0
        made.pots[made.turn] += kept
        self.balances[author] += made.escrow - kept
        made.escrow = 0
        self._release_surety(made)
        self._enter(made, Phase.CANCELLED)

    def _draw_lots(self, author: bytes, request: bytes, beacon: bytes) -> None:
        made = self._made(request, [Phase.WINDOW], "window is open")
        _require(not made.lot, "audits are not drawn")
        _require(author == self.genesis.beacon, "author is the beacon")
        made.lot = seed_of(self.genesis.suite, beacon, request)

    def _settle(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.WINDOW], "window is open")
        self._require_overdue(made)
        _require(bool(made.lot), "audits are drawn")
        steps = range(len(made.terms.steps))
        audits = {(i, self._auditor(made, i)) for i in steps if self._is_audited(made, i)}
        _require(audits <= made.doubted, "drawn audits are held")
        version = self.versions[made.version]
        version.revenue += made.escrow
        version.earned += made.escrow
        made.escrow = 0
        self._release_surety(made)
        self._enter(made, Phase.SETTLED)

    # Steps

    def _record(self, author: bytes, request: bytes, step: int, output: bytes) -> None:
        made = self._made(request, [Phase.WORK, Phase.PUBLISHED], "request waits for a record")
        turn, terms = made.turn, made.terms
        _require(author == made.executors[turn], "vendor is the executor")
        # The step stands in what is signed, so that two outputs for one step can be told.
        _require(step == turn, "step is the one whose turn it is")
        wage = terms.fee(turn)
        made.escrow -= wage
        made.pots[turn] += wage
        made.links.append(output)
        made.published = None
        self._enter(made, Phase.WINDOW if made.turn == len(terms.steps) else Phase.ROUTED)

    def _demand(self, author: bytes, request: bytes, key: bytes) -> None:
        made = self._made(request, [Phase.WORK, Phase.WINDOW], "somebody is to receive data")
        _require(author == made.receiver, "party is the one to receive")
        _require(made.published is None, "data is not published")
        toll = made.terms.toll
        _require(toll <= self.balances[author], "party can pay the toll")
        _check_key(key)
        self.balances[author] -= toll
        made.wager = toll
        made.key = key
        self._enter(made, Phase.DEMANDED)

    def _publish(self, author: bytes, request: bytes, sealed: bytes) -> None:
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        _require(author == made.sender, "author is the sender of the data")
        self.balances[author] += made.wager
        made.wager = 0
        made.published = sealed
        delivering = made.turn == len(made.terms.steps)
        self._enter(made, Phase.WINDOW if delivering else Phase.PUBLISHED)

    # Silence, and bad data

    def _replace(self, author: bytes, request: bytes) -> None:
        made = self._with_silent_executor(request)
        self._require_spare(made)
        turn = made.turn
        self.convicted.add(made.executors[turn])
        self.treasury += made.pots.pop(turn)
        made.failed[turn] += 1
        self._enter(made, Phase.ROUTED)

    def _give_up(self, author: bytes, request: bytes) -> None:
        made = self._with_silent_executor(request)
        self._require_no_spare(made)
        self.convicted.add(made.executors[made.turn])
        self._fail(made, made.turn)

    def _with_silent_executor(self, request: bytes) -> Request:
        """A request whose executor did not record its step in time."""
        made = self._made(request, [Phase.WORK, Phase.PUBLISHED], "request waits for a record")
        self._require_overdue(made)
        return made

    def _withhold(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        _require(made.turn > 0, "a step is recorded")
        self._require_overdue(made)
        self._convict_sender(made)

    def _withhold_input(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        _require(made.turn == 0, "no step is recorded")
        self._require_overdue(made)
        self._convict_consumer(made)

    def _show_bad(self, author: bytes, request: bytes, secret: bytes) -> None:
        made = self._with_bad_data(request, secret)
        _require(made.turn > 0, "a step is recorded")
        self._convict_sender(made)

    def _show_bad_input(self, author: bytes, request: bytes, secret: bytes) -> None:
        made = self._with_bad_data(request, secret)
        _require(made.turn == 0, "no step is recorded")
        self._convict_consumer(made)

    def _with_bad_data(self, request: bytes, secret: bytes) -> Request:
        """A request for which something was published that does not open the commitment.

        The secret is that of the key for which the data was to be sealed, and of nothing else.
        """
        receiving = [Phase.PUBLISHED, Phase.WINDOW]
        made = self._made(request, receiving, "somebody is to receive data")
        if made.published is None:
            raise Refused("data is published")
        _check_secret(secret, made.key)
        opening = unseal(secret, made.published)
        sound = opening is not None and made.opens(made.turn, opening)
        _require(not sound, "data does not open the commitment")
        return made

    def _convict_sender(self, made: Request) -> None:
        """The executor of the last recorded step committed to data that it does not give."""
        step = made.turn - 1
        self.convicted.add(made.executors[step])
        amends = self._amends(made)
        made.pots[step] -= amends
        self._return_toll(made, amends)
        self._fail(made, step)

    def _convict_consumer(self, made: Request) -> None:
        """The consumer committed to data that it does not give; its money is who waited's."""
        self.convicted.add(made.consumer)
        amends = self._amends(made)
        made.escrow -= amends
        self._return_toll(made, amends)
        made.pots[0] += made.escrow
        made.escrow = 0
        self._release_surety(made)
        self._enter(made, Phase.FORFEITED)

    def _amends(self, made: Request) -> int:
        """What the receiver has lost: a sender that published had the toll."""
        return 0 if made.published is None else made.terms.toll

    def _return_toll(self, made: Request, amends: int) -> None:
        """Who demanded in vain gets the toll back, from where it is held or from the culprit."""
        assert made.receiver is not None  # it demanded
        self.balances[made.receiver] += made.wager + amends
        made.wager = 0

    # Disputes

    def _dispute(self, author: bytes, request: bytes, step: int) -> None:
        made = self._disputable(request, step)
        # Everybody can, once: else a friend of the executor would do it first, and lose.
        _require((step, author) not in made.doubted, "party did not dispute the step before")
        toll = made.terms.toll
        _require(toll <= self.balances[author], "party can put up the dispute bond")
        self.balances[author] -= toll
        made.wager = toll
        self._begin_dispute(made, step, author)

    def _audit(self, author: bytes, request: bytes, step: int) -> None:
        made = self._disputable(request, step)
        _require(bool(made.lot), "audits are drawn")
        _require(self._is_audited(made, step), "step is drawn for an audit")
        auditor = self._auditor(made, step)
        _require((step, auditor) not in made.doubted, "step was not audited before")
        self._begin_dispute(made, step, auditor)

    def _disputable(self, request: bytes, step: int) -> Request:
        """A request of which a step can be disputed: while the window is open."""
        made = self._made(request, [Phase.WINDOW], "window is open")
        _require(0 <= step < len(made.terms.steps), "step is one of the request's")
        _require(step < made.turn, "step is recorded")
        return made

    def _is_audited(self, made: Request, step: int) -> bool:
        return is_audited(self.genesis.suite, made.lot, step)

    def _auditor(self, made: Request, step: int) -> bytes:
        """Who checks a step if chance draws it for an audit."""
        suite, terms = self.genesis.suite, made.terms
        holders, executor = terms.holders(step), made.executors[step]
        return checker(suite, holders, terms.provider, made.lot, step, executor)

    def _begin_dispute(self, made: Request, step: int, opponent: bytes) -> None:
        """The executor is to open what it committed to, or to begin to narrow down."""
        made.doubted.add((step, opponent))
        made.disputed = step
        made.opponent = opponent
        made.halvings = made.terms.rounds[step]
        made.game = None
        made.by_row = False
        self._enter(made, Phase.DISPUTED)

    def _open_step(
        self,
        author: bytes,
        request: bytes,
        input: bytes,
        output: bytes,
        salt: bytes,
        component: bytes,
    ) -> None:
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        version, step = self.versions[made.version], made.disputed
        others = set(range(len(made.terms.steps))) - {step}
        _require(not others <= version.disclosed, "a step of the version stays undisclosed")
        _require(author == made.executors[step], "author executed the step")
        for holds, field in (
            (made.opens(step, input), "input: it does not open what the step was given"),
            (made.opens(step + 1, output), "output: it does not open what the executor recorded"),
            (made.holds(salt, root_of(component)), "component: not the one that its leaf binds"),
        ):
            if not holds:
                raise MalformedTransaction(f"transaction.body.{field}")
        gives = rerun(component, input[SALT:], made.terms.rounds[step])
        version.disclosed.add(step)
        made.reproduced = gives == output[SALT:]
        self._enter(made, Phase.OPENED)

    def _narrow(self, author: bytes, request: bytes, opening: bytes, state: bytes) -> None:
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        _require(made.halvings > 0, "quarrel is about more than one row")
        _require(author == made.executors[made.disputed], "author executed the step")
        made.game = game_of(made, opening)
        made.game.claim(state)
        made.halvings -= 1
        self._enter(made, Phase.NARROWED)

    def _answer(self, author: bytes, request: bytes, same: bool) -> None:
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        _require(author == made.opponent, "author is the opponent")
        assert made.game is not None  # the executor has opened it
        made.game.answer(same)
        self._enter(made, Phase.DISPUTED)

    def _concede(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        self._require_overdue(made)
        self._dismiss_dispute(made)

    def _open_row(self, author: bytes, request: bytes, opening: bytes, witness: bytes) -> None:
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        _require(made.halvings == 0, "quarrel is about one row")
        _require(author == made.executors[made.disputed], "author executed the step")
        game = game_of(made, opening)
        try:
            game.show(witness)
        except WitnessError as error:
            raise MalformedTransaction(f"transaction.body.{error}") from None
        made.game = game
        made.by_row = True
        made.reproduced = made.row_holds = game.verdict is Verdict.RIGHT
        self._enter(made, Phase.OPENED)

    def _refuse_to_open(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        self._require_overdue(made)
        self._uphold_dispute(made)

    def _uphold(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.OPENED], "step is opened")
        _require(not made.reproduced, "output is not what the component gives")
        self._uphold_dispute(made)

    def _dismiss(self, author: bytes, request: bytes) -> None:
        made = self._made(request, [Phase.OPENED], "step is opened")
        _require(made.reproduced, "output is what the component gives")
        self._dismiss_dispute(made)

    def _uphold_dispute(self, made: Request) -> None:
        """The executor is convicted, and who disputed gets the bond back."""
        self.convicted.add(made.executors[made.disputed])
        self.balances[made.opponent] += made.wager
        made.wager = 0
        self._fail(made, made.disputed)

    def _dismiss_dispute(self, made: Request) -> None:
        """The executor gets the dispute bond, and the window opens once more."""
        made.pots[made.disputed] += made.wager
        made.wager = 0
        self._enter(made, Phase.WINDOW)

    def _expose(self, author: bytes, request: bytes, step: int, evidence: bytes) -> None:
        made = self._made(request, OVER, "request is over")
        _require(self._is_second(made, step, evidence), "two outputs are signed")
        self.convicted.add(made.executors[step])
        self.treasury += made.pots.pop(step, 0)

    def _is_second(self, made: Request, step: int, evidence: bytes) -> bool:
        """Whether bytes are a signed record of a recorded step with another output.

        Nobody can tell when bytes were signed, so only the key in force counts: whoever has stolen
        one that was replaced convicts nobody, and a second record must be shown before its signer
        replaces the key.
        """
        try:
            signed = parse(evidence)
            check_fields(signed.transaction.body, _KINDS["record"], "evidence.body")
        except MalformedTransaction:
            return False
        said = signed.transaction
        recorded = 0 <= step < made.turn
        return (
            recorded
            and (said.ledger, said.kind) == (self.genesis.ledger, "record")
            and (said.body["request"], said.body["step"]) == (made.id, step)
            and said.body["output"] != made.links[step + 1]
            and said.author == made.executors[step]
            and signed.is_signed_with(self.keys.get(said.author, said.author))
        )

    # Money

    def _deposit(self, author: bytes, amount: int) -> None:
        _check_natural("amount", amount)
        _require(amount <= self.balances[author], "party has the money")
        self.balances[author] -= amount
        self.bonds[author] += amount

    def _withdraw(self, author: bytes, amount: int) -> None:
        _check_natural("amount", amount)
        _require(amount <= self.bonds[author], "party has the money")
        self.bonds[author] -= amount
        self.balances[author] += amount

    def _collect(self, author: bytes, request: bytes, step: int) -> None:
        made = self._made(request, OVER, "request is over")
        _require(self.left(made) == 0, "nobody can complain any more")
        if step in made.executors:
            pot = made.pots.pop(step, 0)
            self.balances[made.executors[step]] += pot
            made.paid[step] += pot

    def _draw(self, author: bytes, version: bytes) -> None:
        found = self.versions.get(version)
        if found is None:
            return  # it has earned nothing
        due = found.earned * found.terms.shares.get(author, 0) // 100 - found.taken[author]
        _require(due <= found.revenue, "revenue is there")
        found.taken[author] += due
        found.revenue -= due
        self.balances[author] += due

    def _tick(self, author: bytes) -> None:
        _require(author == self.genesis.clock, "author is the clock")
        self.now += 1

    # How a request goes on

    def _made(self, request: bytes, phases: Collection[Phase], reason: str) -> Request:
        """A request that is in one of some phases."""
        made = self.requests.get(request)
        if made is None or made.phase not in phases:
            raise Refused(reason)
        return made

    def _enter(self, made: Request, phase: Phase) -> None:
        made.phase = phase
        made.deadline = self.now + made.terms.windows[phase]

    def _require_overdue(self, made: Request) -> None:
        _require(self.now >= made.deadline, "deadline has passed")

    def _require_spare(self, made: Request) -> None:
        _require(made.failed[made.turn] < made.terms.spares, "a spare holder is left")

    def _require_no_spare(self, made: Request) -> None:
        _require(made.failed[made.turn] == made.terms.spares, "no spare holder is left")

    def _fail(self, made: Request, step: int) -> None:
        """The executor of a step is at fault: its stake and wage make up for the refund."""
        self._refund(made)
        self.bonds[made.terms.provider] += made.pots.pop(step, 0)

    def _refund(self, made: Request) -> None:
        """The consumer gets the whole price: what is left of it, and the rest from the surety."""
        price = made.terms.price
        self.balances[made.consumer] += price
        made.surety -= price - made.escrow
        made.escrow = 0
        made.refunded = price
        self._release_surety(made)
        self._enter(made, Phase.REFUNDED)

    def _release_surety(self, made: Request) -> None:
        self.bonds[made.terms.provider] += made.surety
        made.surety = 0


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def _check_natural(field: str, number: int) -> None:
    if number < 0:
        raise MalformedTransaction(f"transaction.body.{field}: negative: give 0 or more")


def _check_key(key: bytes) -> None:
    """Raise MalformedTransaction for a key for which nothing can be sealed.

    Whoever named one would have an honest sender convicted of silence.
    """
    try:
        seal(key, b"")
    except CryptoError:
        raise MalformedTransaction("transaction.body.key: no key to seal for") from None


def _check_secret(secret: bytes, key: bytes) -> None:
    if len(secret) != PrivateKey.SIZE or bytes(PrivateKey(secret).public_key) != key:
        raise MalformedTransaction("transaction.body.secret: not that of the key in the demand")


_REQUEST: Mapping[str, type] = {"request": bytes}
_STEP: Mapping[str, type] = {"request": bytes, "step": int}
_HOLDER: Mapping[str, type] = {"request": bytes, "holder": bytes}
_SECRET: Mapping[str, type] = {"request": bytes, "secret": bytes}
_AMOUNT: Mapping[str, type] = {"amount": int}
_VERSION: Mapping[str, type] = {"version": bytes}
_HELD: Mapping[str, type] = {"version": bytes, "step": int}
# The kinds of transaction and the fields of their bodies; the method of the name carries one out.
_KINDS: Mapping[str, Mapping[str, type]] = {
    "propose": {"terms": dict},
    "sign": _VERSION,
    "acknowledge": _HELD,
    "reject": _HELD,
    "activate": _VERSION,
    "retire": _VERSION,
    "request": {"request": bytes, "nonce": int, "version": bytes, "input": bytes},
    "route": {"request": bytes, "beacon": bytes},
    "assign": _REQUEST,
    "pass_over": _HOLDER,
    "abandon": _HOLDER,
    "cancel": _REQUEST,
    "draw_lots": {"request": bytes, "beacon": bytes},
    "settle": _REQUEST,
    "record": {"request": bytes, "step": int, "output": bytes},
    "demand": {"request": bytes, "key": bytes},
    "publish": {"request": bytes, "sealed": bytes},
    "replace": _REQUEST,
    "give_up": _REQUEST,
    "withhold": _REQUEST,
    "withhold_input": _REQUEST,
    "show_bad": _SECRET,
    "show_bad_input": _SECRET,
    "dispute": _STEP,
    "audit": _STEP,
    "open_step": {
        "request": bytes,
        "input": bytes,
        "output": bytes,
        "salt": bytes,
        "component": bytes,
    },
    "narrow": {"request": bytes, "opening": bytes, "state": bytes},
    "answer": {"request": bytes, "same": bool},
    "concede": _REQUEST,
    "open_row": {"request": bytes, "opening": bytes, "witness": bytes},
    "refuse_to_open": _REQUEST,
    "uphold": _REQUEST,
    "dismiss": _REQUEST,
    "expose": {"request": bytes, "step": int, "evidence": bytes},
    "deposit": _AMOUNT,
    "withdraw": _AMOUNT,
    "collect": _STEP,
    "draw": _VERSION,
    "tick": {},
}
