"""Requests: paid, drawn, executed step by step, and settled; and silence that has an end."""

import attrs
from nacl.exceptions import CryptoError

from impl.hardened.chance import seed_of
from impl.hardened.digests import DIGEST, request_id
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request
from impl.hardened.sealing import key_of, seal, unseal
from impl.hardened.state import MarketState
from impl.ledger.dispatch import transaction
from impl.ledger.transaction import MalformedTransaction, Refused, check_natural, require


@attrs.define
class Executing(MarketState):
    """How requests are executed."""

    # A request

    @transaction
    def request(
        self, author: bytes, request: bytes, nonce: int, version: bytes, input: bytes
    ) -> None:
        """A consumer pays for a run of a version, and commits to the input."""
        terms = self._version(version, Stage.ACTIVE, "version is active").terms
        require(request not in self.requests, "request is new")
        check_natural(nonce, "transaction.body.nonce")
        _check_commitment(input, "input")
        suite, ledger = self.charter.suite, self.genesis.identity
        if request != request_id(suite, ledger, author, nonce, version):
            raise MalformedTransaction(
                "transaction.body.request: not the digest of ledger, consumer, nonce and version"
            )
        price = terms.price
        require(price <= self.balances[author], "consumer can pay the price")
        require(price <= self.bonds[terms.provider], "provider can guarantee the refund")
        self.balances[author] -= price
        self.bonds[terms.provider] -= price
        made = Request(request, author, version, terms, price, price, [input])
        self.requests[request] = made
        self._enter(made, Phase.OPEN)

    @transaction
    def route(self, author: bytes, request: bytes, beacon: bytes) -> None:
        """The beacon announces what a request's executors are drawn by."""
        made = self._made(request, [Phase.OPEN], "request waits for the beacon")
        require(author == self.charter.beacon, "author is the beacon")
        made.seed = seed_of(self.charter.suite, beacon, request)
        self._enter(made, Phase.ROUTED)

    @transaction
    def lapse(self, author: bytes, request: bytes) -> None:
        """The beacon announced nothing in time: the consumer gets its money back."""
        made = self._made(request, [Phase.OPEN], "request waits for the beacon")
        self._require_overdue(made)
        self._refund(made)

    @transaction
    def assign(self, author: bytes, request: bytes) -> None:
        """The drawn holder of the step whose turn it is puts up its stake."""
        made = self._made(request, [Phase.ROUTED], "executor is to be drawn")
        require(author == self.executor_due(made), "executor is the one drawn")
        stake = made.terms.stake
        require(stake <= self.bonds[author], "executor can put up the stake")
        made.executors[made.turn] = author
        made.since[made.turn] = self.newest(author)
        self.bonds[author] -= stake
        made.pots[made.turn] += stake
        made.published = None
        self._enter(made, Phase.WORK)

    @transaction
    def pass_over(self, author: bytes, request: bytes, holder: bytes) -> None:
        """A drawn holder did not put up its stake in time, and the next one is drawn."""
        made = self._without_stake(request, holder)
        self._require_spare(made)
        made.failed[made.turn] += 1
        self._enter(made, Phase.ROUTED)

    @transaction
    def abandon(self, author: bytes, request: bytes, holder: bytes) -> None:
        """No holder is left to be drawn: the consumer gets its money back."""
        made = self._without_stake(request, holder)
        self._require_no_spare(made)
        self._refund(made)

    def _without_stake(self, request: bytes, holder: bytes) -> Request:
        """A request whose drawn holder did not put up its stake in time."""
        made = self._made(request, [Phase.ROUTED], "executor is to be drawn")
        require(holder == self.executor_due(made), "executor is the one drawn")
        self._require_overdue(made)
        return made

    @transaction
    def draw_lots(self, author: bytes, request: bytes, beacon: bytes) -> None:
        """The beacon announces what a request's audits are drawn by."""
        made = self._made(request, [Phase.WINDOW], "window is open")
        require(not made.lot, "audits are not drawn")
        require(author == self.charter.beacon, "author is the beacon")
        made.lot = seed_of(self.charter.suite, beacon, request)

    @transaction
    def settle(self, author: bytes, request: bytes) -> None:
        """Nobody complained in time: what is left of the price is the providers'.

        If the beacon announced nothing in time, nothing is audited.
        """
        made = self._made(request, [Phase.WINDOW], "window is open")
        self._require_overdue(made)
        require(not self.audits_left(made), "drawn audits are held")
        version = self.versions[made.version]
        version.revenue += made.escrow
        version.earned += made.escrow
        made.escrow = 0
        self._release_surety(made)
        self._enter(made, Phase.SETTLED)

    # A step

    @transaction
    def record(self, author: bytes, request: bytes, step: int, output: bytes) -> None:
        """An executor commits to the output of its step, and has earned its wage."""
        made = self._made(request, [Phase.WORK, Phase.PUBLISHED], "request waits for a record")
        turn, terms = made.turn, made.terms
        require(author == made.executors[turn], "vendor is the executor")
        # The step stands in what is signed, so that two outputs for one step can be told.
        require(step == turn, "step is the one whose turn it is")
        _check_commitment(output, "output")
        wage = terms.wage(turn)
        made.escrow -= wage
        made.pots[turn] += wage
        made.links.append(output)
        made.published = None
        self._enter(made, Phase.WINDOW if made.turn == len(terms.steps) else Phase.ROUTED)

    @transaction
    def demand(self, author: bytes, request: bytes, key: bytes) -> None:
        """Who is to receive data says that it did not arrive, and pays for the answer."""
        made = self._made(request, [Phase.WORK, Phase.WINDOW], "somebody is to receive data")
        require(author == made.receiver, "party is the one to receive")
        require(made.published is None, "data is not published")
        toll = made.terms.toll
        require(toll <= self.balances[author], "party can pay the toll")
        check_sealing_key(key)
        self.balances[author] -= toll
        made.toll_paid = toll
        made.key = key
        self._enter(made, Phase.DEMANDED)

    @transaction
    def publish(self, author: bytes, request: bytes, sealed: bytes) -> None:
        """The sender of data that is demanded publishes it, sealed for who demanded it."""
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        require(author == made.sender, "author is the sender of the data")
        self.balances[author] += made.toll_paid
        made.toll_paid = 0
        made.published = sealed
        delivering = made.turn == len(made.terms.steps)
        self._enter(made, Phase.WINDOW if delivering else Phase.PUBLISHED)

    # Silence, and bad data

    @transaction
    def replace(self, author: bytes, request: bytes) -> None:
        """An executor did not record in time: it is convicted, and the next one is drawn."""
        made = self._with_silent_executor(request)
        self._require_spare(made)
        turn = made.turn
        self.convicted.add(made.executors[turn])
        self.treasury += made.pots.pop(turn)
        made.failed[turn] += 1
        self._enter(made, Phase.ROUTED)

    @transaction
    def give_up(self, author: bytes, request: bytes) -> None:
        """The last executor did not record in time: it is convicted, and the request fails."""
        made = self._with_silent_executor(request)
        self._require_no_spare(made)
        self.convicted.add(made.executors[made.turn])
        self._fail(made, made.turn)

    def _with_silent_executor(self, request: bytes) -> Request:
        """A request whose executor did not record its step in time."""
        made = self._made(request, [Phase.WORK, Phase.PUBLISHED], "request waits for a record")
        self._require_overdue(made)
        return made

    def _require_spare(self, made: Request) -> None:
        require(made.failed[made.turn] < made.terms.spares, "a spare holder is left")

    def _require_no_spare(self, made: Request) -> None:
        require(made.failed[made.turn] == made.terms.spares, "no spare holder is left")

    @transaction
    def withhold(self, author: bytes, request: bytes) -> None:
        """An executor did not publish its output in time, and is convicted."""
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        require(made.turn > 0, "a step is recorded")
        self._require_overdue(made)
        self._convict_sender(made)

    @transaction
    def withhold_input(self, author: bytes, request: bytes) -> None:
        """A consumer did not publish its input in time, and is convicted."""
        made = self._made(request, [Phase.DEMANDED], "data is demanded")
        require(made.turn == 0, "no step is recorded")
        self._require_overdue(made)
        self._convict_consumer(made)

    @transaction
    def show_bad(self, author: bytes, request: bytes, secret: bytes) -> None:
        """Somebody shows that what an executor published is not what it committed to."""
        made = self._with_bad_data(request, secret)
        require(made.turn > 0, "a step is recorded")
        self._convict_sender(made)

    @transaction
    def show_bad_input(self, author: bytes, request: bytes, secret: bytes) -> None:
        """Somebody shows that what a consumer published is not what it committed to."""
        made = self._with_bad_data(request, secret)
        require(made.turn == 0, "no step is recorded")
        self._convict_consumer(made)

    def _with_bad_data(self, request: bytes, secret: bytes) -> Request:
        """A request for which something was published that does not open the commitment.

        The secret is that of the key for which the data was to be sealed, and of nothing else.
        """
        receiving = [Phase.PUBLISHED, Phase.WINDOW]
        made = self._made(request, receiving, "somebody is to receive data")
        if made.published is None:
            raise Refused("data is published")
        check_secret(secret, made.key, "secret")
        sound = made.opens(made.turn, unseal(secret, made.published))
        require(not sound, "data does not open the commitment")
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
        self.balances[made.receiver] += made.toll_paid + amends
        made.toll_paid = 0

    # Time

    @transaction
    def tick(self, author: bytes) -> None:
        """A block has passed."""
        require(author == self.charter.clock, "author is the clock")
        self.now += 1
        self.said.clear()
        self.drafts.pop(self.now, None)  # what was offered for too long


def _check_commitment(data: bytes, field: str) -> None:
    """Raise MalformedTransaction for what is no digest: it would be kept for good."""
    if len(data) != DIGEST:
        raise MalformedTransaction(f"transaction.body.{field}: give a digest of {DIGEST} bytes")


def check_sealing_key(key: bytes) -> None:
    """Raise MalformedTransaction for a key for which nothing can be sealed.

    Whoever named one would have an honest sender convicted of silence.
    """
    try:
        seal(key, b"")
    except CryptoError:
        raise MalformedTransaction("transaction.body.key: no key to seal for") from None


def check_secret(secret: bytes, key: bytes, field: str) -> None:
    """Raise MalformedTransaction unless this opens what was sealed for a key that was named."""
    if not key or key_of(secret) != key:
        raise MalformedTransaction(f"transaction.body.{field}: not the secret of the key named")
