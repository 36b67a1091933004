"""Disputes: a step is doubted, narrowed down to one operation or opened whole, and judged."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from impl.hardened.digests import DIGEST
from impl.hardened.execution import check_sealing_key, check_secret
from impl.hardened.phases import OVER, Phase
from impl.hardened.records import Request
from impl.hardened.state import MarketState
from impl.hardened.statement import begin_quarrel
from impl.ledger.block import Stretch
from impl.ledger.dispatch import transaction
from impl.ledger.transaction import MalformedTransaction, Refused, check_fields, parse, require
from impl.models.component import Component
from impl.models.operators import ModelError
from impl.quarrel.binding import WitnessError
from impl.quarrel.game import Verdict
from impl.quarrel.outline import Outline
from impl.quarrel.run import execute
from impl.quarrel.salts import SALT, leaf_salt
from spec.bytes.encoding import EncodingError

RECORD = 1 << 9
"""A signed record has fewer bytes, whatever is in it: what is larger is not read."""
_ITS_TURN = "halving is the one whose turn it is"


@attrs.frozen
class Claim:
    """What a holder of a step has signed: that this came out of it.

    Attributes:
        key: the key of the holder's that it is signed with.
        evidence: the record that it has signed.
    """

    request: bytes
    step: int
    holder: bytes
    output: bytes
    key: bytes
    evidence: bytes = attrs.field(eq=False)

    def contradicts(self, made: Request) -> bool:
        """Whether the step of the request is recorded by the same holder, with another output."""
        return (
            self.request == made.id
            and self.step < made.turn
            and self.holder == made.executors[self.step]
            and self.output != made.links[self.step + 1]
        )


@attrs.define
class Disputing(MarketState):
    """How what was recorded is called into question."""

    # A step is doubted

    @transaction
    def dispute(self, author: bytes, request: bytes, step: int, key: bytes) -> None:
        """The consumer or a provider doubts a step, and pays two tolls.

        What went into the step is to be sealed for the key.
        """
        made = self._disputable(request, step)
        terms = made.terms
        concerned = author in (made.consumer, terms.provider) or author in terms.shares
        require(concerned, "party has a part in the request")
        # Each can, once: else a friend of the executor would do it first, and lose.
        require((step, author) not in made.doubted, "party did not dispute the step before")
        tolls = 2 * terms.toll
        require(tolls <= self.balances[author], "party can pay the tolls")
        check_sealing_key(key)
        self.balances[author] -= tolls
        made.toll_paid = tolls
        self._begin_dispute(made, step, author, key)

    @transaction
    def audit(self, author: bytes, request: bytes, step: int, key: bytes) -> None:
        """An auditor has a step checked that chance drew for an audit.

        If it does not, anybody can, without a key: what is sealed is for the auditor alone.
        """
        made = self._disputable(request, step)
        require(bool(made.lot), "audits are drawn")
        require(self.is_audited(made, step), "step is drawn for an audit")
        auditor = self.auditor(made, step)
        require((step, auditor) not in made.doubted, "step was not audited before")
        if author == auditor:
            check_sealing_key(key)
        else:
            require(self.left_to_auditors(made) == 0, "auditor has had time to begin")
            _check_empty(key, "key: not the auditor's")
        self._begin_dispute(made, step, auditor, key)

    def _disputable(self, request: bytes, step: int) -> Request:
        """A request of which a step can be disputed: while the window is open."""
        made = self._made(request, [Phase.WINDOW], "window is open")
        require(0 <= step < len(made.terms.steps), "step is one of the request's")
        require(step < made.turn, "step is recorded")
        return made

    def _begin_dispute(self, made: Request, step: int, opponent: bytes, key: bytes) -> None:
        """The executor is to open what it committed to, or to begin to narrow down."""
        made.doubted.add((step, opponent))
        made.disputed = step
        made.window_left = self.left(made)
        made.opponent = opponent
        made.opponent_key = key
        made.told = None
        made.halvings = made.terms.rounds[step]
        made.game = None
        made.by_row = False
        self._enter(made, Phase.DISPUTED)

    # It is narrowed down, or opened

    @transaction
    def narrow(
        self,
        author: bytes,
        request: bytes,
        halvings: int,
        statement: bytes,
        sealed: bytes,
        state: bytes,
    ) -> None:
        """The executor says what was in the middle of what the quarrel is still about."""
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        require(made.halvings > 0, "quarrel is about more than one row")
        require(author == made.executors[made.disputed], "author executed the step")
        # Said again under another number, as after a crash, it is not taken for the next one.
        require(halvings == made.halvings, _ITS_TURN)
        begin_quarrel(made, statement, sealed).claim(state)
        made.halvings -= 1
        self._enter(made, Phase.NARROWED)

    @transaction
    def answer(self, author: bytes, request: bytes, halvings: int, same: bool) -> None:
        """The opponent says whether its own run was there as well."""
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        require(author == made.opponent, "author is the opponent")
        require(halvings == made.halvings, _ITS_TURN)
        assert made.game is not None  # the executor has opened it
        made.game.answer(same)
        self._enter(made, Phase.DISPUTED)

    @transaction
    def concede(self, author: bytes, request: bytes) -> None:
        """The opponent did not answer in time, and the dispute is dismissed."""
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        self._require_overdue(made)
        self._dismiss_dispute(made)

    @transaction
    def open_row(self, author: bytes, request: bytes, statement: bytes, witness: bytes) -> None:
        """The executor shows the one operation that is left, which is run again."""
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        require(made.halvings == 0, "quarrel is about one row")
        require(author == made.executors[made.disputed], "author executed the step")
        game = begin_quarrel(made, statement)
        try:
            game.show(witness)
        except WitnessError as error:
            raise MalformedTransaction(f"transaction.body.{error}") from None
        made.by_row = True
        made.reproduced = made.row_leads = game.verdict is Verdict.RIGHT
        self._enter(made, Phase.OPENED)

    @transaction
    def complain(
        self, author: bytes, request: bytes, secret: bytes, salt: bytes, key: bytes
    ) -> None:
        """Somebody shows that the opponent was not told what it needs: that decides.

        Either the secret of the opponent's key does, which opens what was sealed for it; or, if
        none is given, the input's salt and the component's salting key, from which salts follow.
        """
        made = self._made(request, [Phase.NARROWED], "opponent is to answer")
        assert made.told is not None  # the executor has begun
        if secret:
            check_secret(secret, made.opponent_key, "secret")
        lacks = made.lacks(made.told, secret, salt, key)
        require(lacks, "opponent was not told what it needs")
        self._uphold_dispute(made)

    @transaction
    def open_step(
        self,
        author: bytes,
        request: bytes,
        input: bytes,
        output: bytes,
        secret: bytes,
        component: bytes,
    ) -> None:
        """The executor shows the whole of the disputed step, which is run again.

        Only one who has salted its output as it must can: any other has to narrow down.
        """
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        version, step = self.versions[made.version], made.disputed
        others = set(range(len(made.terms.steps))) - {step}
        require(not others <= version.disclosed, "a step of the version stays undisclosed")
        require(author == made.executors[step], "author executed the step")
        handed = secret + component
        checks: Sequence[tuple[Callable[[], bool], str]] = (  # what takes long comes last
            (lambda: len(secret) == SALT, f"secret: give {SALT} bytes"),
            (lambda: made.opens(step, input), "input: it does not open what the step was given"),
            (
                lambda: made.opens(step + 1, output),
                "output: it does not open what the executor recorded",
            ),
            (
                lambda: made.holds(leaf_salt(secret), _outline_digest(handed)),
                "component: not the one that its leaf binds",
            ),
        )
        for holds, field in checks:
            if not holds():
                raise MalformedTransaction(f"transaction.body.{field}")
        gives = execute(handed, input, made.terms.rounds[step], made.quarrel)
        if gives[:SALT] != output[:SALT]:
            raise MalformedTransaction("transaction.body.output: its salt is not the input's next")
        version.disclosed.add(step)
        made.reproduced = gives == output
        self._enter(made, Phase.OPENED)

    @transaction
    def refuse_to_open(self, author: bytes, request: bytes) -> None:
        """The executor did not move in time, and the dispute is upheld."""
        made = self._made(request, [Phase.DISPUTED], "a step is disputed")
        self._require_overdue(made)
        self._uphold_dispute(made)

    # It is judged

    @transaction
    def uphold(self, author: bytes, request: bytes) -> None:
        """The output was found wrong: the executor is convicted, and the request fails."""
        made = self._made(request, [Phase.OPENED], "step is opened")
        require(not made.reproduced, "output is not what the component gives")
        self._uphold_dispute(made)

    @transaction
    def dismiss(self, author: bytes, request: bytes) -> None:
        """The output was found right: who disputed it loses its tolls."""
        made = self._made(request, [Phase.OPENED], "step is opened")
        require(made.reproduced, "output is what the component gives")
        self._dismiss_dispute(made)

    def _uphold_dispute(self, made: Request) -> None:
        """The executor is convicted, and who disputed gets its tolls back."""
        self.convicted.add(made.executors[made.disputed])
        self.balances[made.opponent] += made.toll_paid
        made.toll_paid = 0
        self._fail(made, made.disputed)

    def _dismiss_dispute(self, made: Request) -> None:
        """The executor gets one toll, and nobody the other; the window is as it was before."""
        half = made.toll_paid // 2
        made.pots[made.disputed] += half
        self.treasury += made.toll_paid - half
        made.toll_paid = 0
        made.phase, made.deadline = Phase.WINDOW, self.now + made.window_left

    # Two outputs

    @transaction
    def expose(self, author: bytes, request: bytes, step: int, key: bytes, evidence: bytes) -> None:
        """Somebody shows a second output that an executor signed: it loses what it has at stake.

        The key is the one of the executor's that it is signed with.
        """
        made = self._made(request, OVER, "request is over")
        require(made.pots[step] > 0, "something is at stake")
        second = self.second(made, step, key, evidence)
        if second is None:
            raise Refused("two outputs are signed")
        require(self.counts(second), "key was not replaced before the step was assigned")
        self.convicted.add(made.executors[step])
        self.treasury += made.pots.pop(step)

    @transaction
    def show_fork(self, author: bytes, party: bytes, first: bytes, second: bytes) -> None:
        """Somebody shows that the node, or a witness, has vouched for two blocks for one place."""
        require(self.has_forked(party, first, second), "two histories are signed")
        self.convicted.add(party)

    def has_forked(self, party: bytes, first: bytes, second: bytes) -> bool:
        """Whether two stretches begin with other blocks for one place of this ledger.

        Who signs a block vouches for all before it, signed or not: they hang together by digests.
        Of a witness's keys only the one in force counts: it has nothing at stake, so no time would
        come at which a thief of an older one could frame it no more. The node's is the genesis's,
        with which alone blocks are signed, whatever it signs transactions with.
        """
        try:
            shown = [Stretch.parse(data) for data in (first, second)]
        except MalformedTransaction:
            return False
        one, other = (stretch.first for stretch in shown)
        node = self.genesis.node
        key = node if party == node else self.keys.get(party, party)
        return (
            party in (node, *self.charter.witnesses)
            and one.ledger == other.ledger == self.genesis.identity
            and one.height == other.height
            and one != other
            and all(stretch.last.is_signed_with(key) for stretch in shown)
        )

    def second(self, made: Request, step: int, key: bytes, evidence: bytes) -> Claim | None:
        """What bytes show, if a key of its executor's has signed another output of a step there."""
        claim = self.claim(evidence, {made.executors.get(step, b""): key})
        is_second = claim is not None and claim.step == step and claim.contradicts(made)
        return claim if is_second else None

    def claim(self, evidence: bytes, *signing: Mapping[bytes, bytes]) -> Claim | None:
        """What bytes are a signed record of, by a holder of a step, whether it was appended or not.

        What is no digest is no output: it would be kept, however large it is.

        Args:
            signing: the keys that parties may have signed with, where that is not their first one;
                of each, one it has had. If none are given, those in force.
        """
        if len(evidence) > RECORD:
            return None
        try:
            signed = parse(evidence)
            said = signed.transaction
            check_fields(said.body, self.kinds["record"], "body")
        except MalformedTransaction:
            return None
        party = said.author
        keys = {each.get(party, party) for each in signing or [self.keys]}
        had = [key for key in keys if key == party or (party, key) in self.numbers]
        match said.body:
            case {"request": bytes(request), "step": int(step), "output": bytes(output)} if (
                request in self.requests
                and party in self.requests[request].terms.holders(step)
                and (said.ledger, said.kind) == (self.genesis.identity, "record")
                and len(output) == DIGEST
            ):
                found = (key for key in had if signed.is_signed_with(key))
                made = (Claim(request, step, party, output, key, evidence) for key in found)
                return next(made, None)
        return None

    def counts(self, claim: Claim) -> bool:
        """Whether a claim is signed with a key that its holder has had since the step was its own.

        Nobody can tell when it was signed. So it counts also once that key is replaced, or whoever
        has signed two outputs would replace it; and not if it was replaced before, or whoever has
        stolen it would convict its owner. Where the step is not assigned yet, that may be soon.
        """
        made, holder = self.requests[claim.request], claim.holder
        is_its_own = made.executors.get(claim.step) == holder
        since = made.since[claim.step] if is_its_own else self.newest(holder)
        return self.numbers.get((holder, claim.key), 0) >= since


def _check_empty(data: bytes, what: str) -> None:
    """Raise MalformedTransaction, naming the field and why it has no use here."""
    if data:
        raise MalformedTransaction(f"transaction.body.{what}: leave it empty")


def _outline_digest(handed: bytes) -> bytes:
    """What binds a component that is shown after its secret. Raises MalformedTransaction."""
    try:
        return Outline.of(Component.parse(handed[SALT:]), handed[:SALT]).digest
    except (ModelError, EncodingError) as error:
        raise MalformedTransaction(f"transaction.body.component: {error}") from None
