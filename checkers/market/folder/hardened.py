"""The hardened market in a folder."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import attrs

from adversaries.deviating.casting import roles
from adversaries.deviating.hardened import consumers, others, providers, vendors
from checkers.host.telling import Tell
from checkers.market.folder.account import Account
from checkers.market.folder.asking import is_told, keep_told, taken_up
from checkers.market.folder.faces import Sold, check_same, publish, published
from checkers.market.folder.kept import (
    LAST,
    Kept,
    Plan,
    Report,
    Show,
    Side,
    Ware,
    chosen,
    replaced,
    together,
)
from checkers.market.folder.names import Names, Party, short
from checkers.market.folder.outcomes import Asked, Outcomes
from checkers.market.folder.passing import Clock
from checkers.market.folder.placed import Placed, placed
from checkers.market.folder.quarrel import QUARREL, Dispute
from checkers.market.folder.questions import questions
from checkers.market.folder.standing import Standing
from checkers.market.splitting.sizes import refuse_large
from checkers.results.page import Block, Line, Mark
from checkers.results.words import counted
from impl.folder import NODE
from impl.hardened.contract import HardenedContract
from impl.hardened.market import PURSE, TOLL, WAGE, WINDOW, Cast, HardenedMarket
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.consumer import Consumer, needed
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.member import Member
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version
from impl.hardened.terms import Terms
from impl.ledger.transaction import Transaction
from impl.models.face import Face
from spec.bytes.encoding import encode
from spec.notation import MachineError

_HONEST: Sequence[type[Member]] = (Provider, Vendor, Consumer, Beacon, Watcher)
_ROLES: Mapping[str, type[Member]] = roles(_HONEST, vendors, consumers, providers, others)
_DEPLOYING = 16
"""Blocks in which a version is agreed on, if it ever is; two are enough for honest parties."""


@attrs.define
class Hardened(Kept):
    """The hardened market in a folder: with money, deadlines, and disputes.

    Attributes:
        market: its ledger, and the parties around it.
    """

    variant: ClassVar[str] = "hardened"
    roles: ClassVar = _ROLES

    folder: Path
    names: Names
    market: HardenedMarket
    _opened: Clock = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._opened = Clock.of(self._contract)

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> None:
        roles = plan.cast_of(_ROLES, ["beacon", "watcher"])
        market = HardenedMarket.create(
            folder,
            {name: _ROLES[role] for name, role in roles.items()},
            purse=PURSE if plan.purse is None else plan.purse,
            windows=WINDOW if plan.windows is None else plan.windows,
            seed=None,
        )
        with market:
            node = {NODE: Party(NODE, market.around.node.key.public)}
            members = {
                name: Party(role, market.members[name].identity) for name, role in roles.items()
            }
            Names({**members, **node}).write(folder)

    @classmethod
    def open(cls, folder: Path, names: Names, *, reading: bool) -> Self:
        cast: Cast = {name: _ROLES[p.role] for name, p in names.members.items()}
        market = HardenedMarket.open(folder, cast, reading=reading)
        hindrance = market.around.node.hindrance
        if hindrance and not reading:  # first, lest anything is paid for what never comes
            market.close()
            raise MachineError(hindrance)
        return cls(folder, names, market)

    def close(self) -> None:
        self.market.close()

    # What is done

    def deploy(
        self, ware: Ware, parts: int | None, crashes: int | None, tell: Tell, show: Show
    ) -> Report:
        crashes = 1 if crashes is None else crashes
        self._refuse_while_deploying()
        vendors = [name for name, m in self.market.members.items() if isinstance(m, Vendor)]
        current = self._contract.current.get((self.market.provider.identity, ware.name))
        if current is not None:
            sold = self._contract.versions[current].terms.face
            check_same(self.folder, sold, ware.face, ware.name)
        split = ware.split(parts, len(vendors))
        refuse_large(self.variant, split)
        where = placed(split, vendors, crashes, tell)
        self._refuse_poor(where)
        show([*ware.lost(), *where.page()])
        face = ware.face.digest
        # First, lest something is offered that nobody can ask.
        publish(self.folder, face, ware.face)
        root = self.market.deploy(
            where.parts, api=ware.name, holders=where.holders, spares=crashes, face=face
        )
        for _ in range(_DEPLOYING):
            if self._is_agreed(root):
                break
            self._pass_block(tell)
        return self._deployed(root, where)

    def _refuse_while_deploying(self) -> None:
        versions = self._contract.versions
        for root in self.market.provider.offered:
            if root not in versions or versions[root].stage is Stage.PROPOSED:
                raise MachineError(
                    f"{self.folder}: the version before is not agreed on yet; "
                    f"`tallystick market wait {self.folder}` goes on with it"
                )

    def _is_agreed(self, root: bytes) -> bool:
        """Whether it is decided that a version comes to the market, or does not."""
        found = self._contract.versions.get(root)
        return found is not None and found.stage is not Stage.PROPOSED

    def _refuse_poor(self, where: Placed) -> None:
        """Refuse a model of which somebody could not put up all stakes that it may have to."""
        aside = min(self._contract.charter.purses.values()) // 2
        held = Counter(name for holders in where.holders for name in holders)
        [(busiest, steps)] = held.most_common(1)
        stakes = steps * stake_of(len(where.parts))
        if aside < stakes:
            raise MachineError(
                f"{busiest} is to vouch for {counted(steps, 'step')} with {stakes}, and "
                f"sets aside {aside}; begin with `tallystick market new --purse {2 * stakes}`"
            )

    def _deployed(self, root: bytes, where: Placed) -> Report:
        found = self._contract.versions.get(root)
        stage = Stage.DRAFT if found is None else found.stage
        page: list[Block] = []
        if found is not None:
            page += [Line(_price(found)), Line("")]
        active = stage is Stage.ACTIVE
        end = {
            Stage.ACTIVE: "every vendor has the parts that are registered: it can be called",
            Stage.DRAFT: f"{self._who_refused(root)}: it is not on the market",
        }.get(stage, f"not agreed on yet; `tallystick market wait {self.folder}` goes on with it")
        mark: Mark = "" if active else "against" if stage is Stage.DRAFT else "undecided"
        page.append(Line(f"{self._called(root)}: {end}", mark))
        said = {"version": root.hex(), "stage": stage.value, **where.json()}
        return Report(page, said, mark)

    def _who_refused(self, root: bytes) -> str:
        """Who has refused a version last, and which step of it."""
        for each in reversed(self._said()):
            match each.kind, each.body:
                case "reject", {"version": bytes(version), "step": int(step)} if version == root:
                    return f"{self.names.of(each.author)} refused step {step}"
        return "it was not proposed"

    def call(self, asked: Sequence[str], api: str | None, by: str | None, tell: Tell) -> Report:
        consumer = self._consumer(by)
        root = self._on_the_market(api)
        given = questions(asked, self._face(root))
        orders = [(root, encode(question.data)) for question in given]
        before = taken_up(self._untold(consumer), orders)
        self._refuse_unpayable(consumer, root, before.count(None))
        wanted = [
            Asked(
                question.told, request or consumer.ask(*order), question.label, request is not None
            )
            for question, order, request in zip(given, orders, before, strict=True)
        ]
        requests = [each.request for each in wanted]
        while not self._has_all(consumer, requests) and not self._would_close(requests):
            if not self._pass_block(tell):
                break
        found = together([self._outcomes.of(consumer, each) for each in wanted])
        done = [each.hex() for each in requests if self._is_answered(consumer, each)]
        on = f"`tallystick market wait {self.folder}` goes on with what is not answered yet"
        page = [*found.page, *([Line(on)] if len(done) < len(requests) else [])]
        return attrs.evolve(found, page=page, then=lambda: keep_told(consumer.storage, done))

    def _untold(self, consumer: Consumer) -> dict[bytes, tuple[bytes, bytes]]:
        """What a consumer asked for, and nobody was told of: a version and an input each."""
        return {
            request: order
            for request, order in consumer.orders.items()
            if not is_told(consumer.storage, request.hex())
        }

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(Standing(self.market, self.names), self._said())

    def _has_all(self, consumer: Consumer, requests: Sequence[bytes]) -> bool:
        return all(self._is_answered(consumer, request) for request in requests)

    def _would_close(self, requests: Sequence[bytes]) -> bool:
        """Whether one of some requests could not be disputed any more after another block."""
        found = filter(None, map(self._contract.requests.get, requests))
        return any(q.phase is Phase.WINDOW and self._contract.left(q) <= 1 for q in found)

    def _consumer(self, by: str | None) -> Consumer:
        consumer = self.market.members[self.consumer_named(by)]
        assert isinstance(consumer, Consumer)  # by its role
        return consumer

    def _on_the_market(self, api: str | None) -> bytes:
        """The version of an API that can be asked for. Raises MachineError."""
        return self._active[chosen([*self._active], api, self.folder)]

    @property
    def _active(self) -> dict[str, bytes]:
        """The versions of the provider's APIs that are on the market, by name."""
        versions, provider = self._contract.versions, self.market.provider.identity
        return {
            name: root
            for (offering, name), root in self._contract.current.items()
            if offering == provider and versions[root].stage is Stage.ACTIVE
        }

    def _face(self, root: bytes) -> Face:
        """What is seen of a version's model. Raises MachineError."""
        face = self._contract.versions[root].terms.face
        return published(self.folder, face, face)

    def _refuse_unpayable(self, consumer: Consumer, root: bytes, many: int) -> None:
        """Refuse requests that cannot be made, before anything is paid."""
        contract, terms = self._contract, self._contract.versions[root].terms
        purse, bond = contract.balances[consumer.identity], contract.bonds[terms.provider]
        if consumer.spare < many * needed(terms):
            raise MachineError(
                f"{consumer.name} has {consumer.spare} to spare of {purse}, and {many} at "
                f"{terms.price} each, with the tolls that may be due, take {many * needed(terms)}; "
                "nothing was paid: ask for less, or as another (--by)"
            )
        if bond < many * terms.price:
            raise MachineError(
                f"the provider's bond of {bond} does not guarantee the refund of "
                f"{many * terms.price}; nothing was paid: {self._mend_of(terms, bond, many)}"
            )

    def _mend_of(self, terms: Terms, bond: int, many: int) -> str:
        """What to do about a provider's bond that is too small for so many requests."""
        if bond >= terms.price:
            return f"ask for {bond // terms.price} at a time"
        if any(
            q.surety for q in self._contract.requests.values() if q.terms.provider == terms.provider
        ):
            return f"`tallystick market wait {self.folder}` until earlier requests are settled"
        deposit = f"{self.folder} {self.names.of(terms.provider)} {many * terms.price - bond}"
        return f"`tallystick market deposit {deposit}` puts in what is missing"

    def _is_answered(self, consumer: Consumer, request: bytes) -> bool:
        made = self._contract.requests.get(request)
        return made is not None and (made.is_over or consumer.output(request) is not None)

    def dispute(self, request: str, step: int, side: Side, tell: Tell) -> Report:
        made = self._request(request)
        party = self._disputing(made, side)
        if (step, party.identity) not in made.doubted:  # else a command was ended, or is repeated
            self._refuse_dispute(made, step, party)
            party.dispute(made.id, step)
        while not self._is_judged(made, step, party):
            goes_on = self._pass_block(tell)
            made = self._contract.requests[made.id]
            if not goes_on:
                break
        has_run = party.knows(made, step) is not None
        dispute = Dispute(made, step, party.name, party.identity)
        return dispute.report(self._said(), self.names, has_run=has_run)

    def _request(self, request: str) -> Request:
        """The request of the beginning of an identifier, or the last. Raises MachineError."""
        requests = self._contract.requests
        if request == LAST and requests:
            return [*requests.values()][-1]
        found = [made for identity, made in requests.items() if identity.hex().startswith(request)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(short(identity) for identity in requests) or "none"
        raise MachineError(f"{request}: {len(found) or 'no'} requests begin so; there are {known}")

    def _disputing(self, made: Request, side: Side) -> Correspondent:
        identity = made.consumer if side == "consumer" else made.terms.provider
        party = self.market.members[self.market.named(identity)]
        assert isinstance(party, Correspondent)  # as consumers and providers are
        return party

    def _refuse_dispute(self, made: Request, step: int, party: Correspondent) -> None:
        """Refuse a dispute that the contract would, before it is kept as a wish."""
        tolls, purse = 2 * made.terms.toll, self._contract.balances[party.identity]
        if not 0 <= step < len(made.terms.steps):
            raise MachineError(f"step {step}: give one from 0 to {len(made.terms.steps) - 1}")
        if made.is_over:
            raise MachineError(
                f"request {short(made.id)} is {made.phase.value}: nobody can dispute it any more"
            )
        if purse < tolls:
            raise MachineError(f"{party.name} has {purse}, and a dispute costs {tolls}")

    def _is_judged(self, made: Request, step: int, party: Correspondent) -> bool:
        was_disputed = (step, party.identity) in made.doubted
        return made.is_over or (was_disputed and made.phase not in QUARREL)

    def withdraw(self, party: str, amount: int | None, tell: Tell) -> Report:
        backer = self._backer(party)
        bond = self._contract.bonds[backer.identity]
        if not 0 < (amount or bond) <= bond:
            raise MachineError(
                f"{party} has {bond} in its bond; give 1 to {bond}"
                if bond
                else f"{party} has nothing in its bond; what is at stake comes back by itself"
            )
        if amount is None:
            backer.set_aside(0)
        else:
            backer.take_out(amount)
        return self._changed(backer, tell)

    def deposit(self, party: str, amount: int, tell: Tell) -> Report:
        backer = self._backer(party)
        purse, spare = self._contract.balances[backer.identity], backer.spare
        if amount > spare:
            kept = f", of which it keeps {purse - spare} for tolls" if purse > spare else ""
            raise MachineError(f"{party} has {purse} in its purse{kept}; give 1 to {spare}")
        backer.take_out(-amount)
        return self._changed(backer, tell)

    def _backer(self, party: str) -> Backer:
        """A party that has a bond. Raises MachineError."""
        backers = {n: m for n, m in self.market.members.items() if isinstance(m, Backer)}
        self.check_name(party, backers, "has no bond, as who vouches for what it does")
        return backers[party]

    def _changed(self, backer: Backer, tell: Tell) -> Report:
        """Let a block pass, in which a bond becomes what it is to be."""
        self._pass_block(tell)
        bond = self._contract.bonds[backer.identity]
        purse = self._contract.balances[backer.identity]
        line = Line(f"{backer.name}: bond {bond}, purse {purse}")
        return Report([line], {"party": backer.name, "bond": bond, "purse": purse})

    def replace_key(self, party: str, tell: Tell) -> Report:
        self.check_name(party, self.names.parties)
        node, identity = self.market.around.node, self.names.parties[party].identity
        before = node.ledger.keys_of(identity)[-1]
        whose = node if party == NODE else self.market.members[party]
        whose.replace_key()
        self._pass_block(tell)
        return replaced(party, before, node.ledger.keys_of(identity)[-1])

    def wait(self, blocks: int | None, tell: Tell) -> Report:
        before = self._contract.now
        while blocks is None or self._contract.now < before + blocks:
            if not self._pass_block(tell) and blocks is None:
                break
        return self.status()

    # How things stand

    def status(self, request: str | None = None) -> Report:
        if request is not None:
            return self._status_of(self._request(request))
        standing, sold = Standing(self.market, self.names), [*self._sold()]
        return Report([*standing.page(sold)], standing.json(sold))

    def _sold(self) -> Iterator[Sold]:
        """How what is on the market is asked."""
        for api, root in self._active.items():
            bound = self._contract.versions[root].terms.face
            yield Sold.of(self.folder, api, bound, bound)

    def _status_of(self, made: Request) -> Report:
        consumer = self._consumer(self.names.of(made.consumer))
        asked = Asked(f"{self._called(made.version)}, by {consumer.name}", made.id)
        return attrs.evolve(together([self._outcomes.of(consumer, asked)]), mark="")

    def passed(self) -> Report:
        return self._opened.until(Clock.of(self._contract))

    def bill(self, party: str | None) -> Report:
        if party is not None:
            self.check_name(party, self.names.members, "keeps the ledger, and has no money")
        account = Account.of(self.market.around.node.ledger, self.names)
        return Report([*account.page(party)], account.json(party))

    # What is often looked at

    @property
    def _contract(self) -> HardenedContract:
        return self.market.contract

    def _pass_block(self, tell: Tell) -> bool:
        """Let a block pass; whether waiting for more of them can change anything.

        If nothing but the clock was heard, and no deadline was ahead, everybody would do again what
        was done in this block. Raises MachineError if none has passed.
        """
        live = sum(not made.is_over for made in self._contract.requests.values())
        tell(f"block {self._contract.now}: {counted(live, 'request')} under way")
        ledger = self.market.around.node.ledger
        height = ledger.height
        is_awaited = any(map(self._contract.left, self._contract.requests.values()))
        self.market.pass_block()
        if self.market.around.node.failure:
            raise MachineError(self.market.around.node.failure)
        return is_awaited or ledger.height > height + 1

    def _said(self) -> list[Transaction]:
        """All transactions, in order."""
        return [each for _, each in self.market.around.node.ledger]

    def _called(self, root: bytes) -> str:
        return Standing(self.market, self.names).called(root)


def stake_of(parts: int) -> int:
    """What an executor puts up for a step of a model in so many parts."""
    return WAGE * (parts + 1) + TOLL


def _price(version: Version) -> str:
    terms = version.terms
    return (
        f"a request costs {terms.price}: {terms.wage(0)} for each step, and {terms.costs[-1]} for "
        f"the provider; an executor puts up {terms.stake}; a demand costs {terms.toll}, "
        f"a dispute {2 * terms.toll}"
    )
