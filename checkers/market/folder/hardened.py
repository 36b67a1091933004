"""The hardened market in a folder."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import attrs

from adversaries.deviating import hardened as deviating
from adversaries.deviating.casting import roles
from checkers.host.telling import Tell
from checkers.market.folder.account import Account
from checkers.market.folder.kept import LAST, Answered, Kept, Plan, Report, Side, chosen, together
from checkers.market.folder.names import Names, Party, short
from checkers.market.folder.placed import Placed, placed
from checkers.market.folder.standing import Standing
from checkers.market.folder.story import story, told
from checkers.market.folder.wares import Answer, Model, Question, questions
from checkers.market.placement.problem import number
from checkers.results.page import Block, Line, Mark
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
from impl.ledger.transaction import Transaction
from spec.bytes.encoding import encode
from spec.notation import MachineError

_HONEST: Sequence[type[Member]] = (Provider, Vendor, Consumer, Beacon, Watcher)
_ROLES: Mapping[str, type[Member]] = roles(_HONEST, deviating)
_DEPLOYING = 16
"""Blocks in which a version is agreed on, if it ever is; two are enough for honest parties."""
_QUARREL = (Phase.DISPUTED, Phase.NARROWED, Phase.OPENED)


@attrs.define
class Hardened(Kept):
    """The hardened market in a folder: with money, deadlines, and disputes.

    Attributes:
        market: its ledger, and the parties around it.
    """

    variant: ClassVar[str] = "hardened"

    folder: Path
    names: Names
    market: HardenedMarket

    @classmethod
    def roles(cls) -> Mapping[str, type]:
        return _ROLES

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
        return cls(folder, names, HardenedMarket.open(folder, cast, reading=reading))

    def close(self) -> None:
        self.market.close()

    # What is done

    def deploy(self, model: Model, parts: int | None, crashes: int | None, tell: Tell) -> Report:
        crashes = 1 if crashes is None else crashes
        self._refuse_while_deploying()
        vendors = [name for name, m in self.market.members.items() if isinstance(m, Vendor)]
        where = placed(model.split(parts), vendors, crashes, tell)
        self._refuse_poor(where)
        root = self.market.deploy(
            where.parts, api=model.name, holders=where.holders, spares=crashes
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
                f"{busiest} is to vouch for {number(steps, 'step', 'steps')} with {stakes}, and "
                f"sets aside {aside}; begin with `tallystick market new --purse {2 * stakes}`"
            )

    def _deployed(self, root: bytes, where: Placed) -> Report:
        found = self._contract.versions.get(root)
        stage = Stage.DRAFT if found is None else found.stage
        page: list[Block] = [*where.page()]
        if found is not None:
            page += [Line(_price(found)), Line("")]
        active = stage is Stage.ACTIVE
        end = {
            Stage.ACTIVE: "every holder has what its leaf binds: it can be called",
            Stage.DRAFT: "a holder refused what it was handed: it is not on the market",
        }.get(stage, f"not agreed on yet; `tallystick market wait {self.folder}` goes on with it")
        mark: Mark = "" if active else "against" if stage is Stage.DRAFT else "undecided"
        page.append(Line(f"{self._called(root)}: {end}", mark))
        said = {"version": root.hex(), "stage": stage.value, **where.json()}
        return Report(page, said, mark)

    def call(self, asked: Sequence[str], api: str | None, by: str | None, tell: Tell) -> Report:
        consumer = self._consumer(by)
        root = self._on_the_market(api)
        given = questions(asked, self._inputs(root))
        self._refuse_unpayable(consumer, root, len(given))
        requests = [consumer.ask(root, encode(question.data)) for question in given]
        while not all(self._is_answered(consumer, request) for request in requests):
            if not self._pass_block(tell):
                break
        said = self._said()
        return together(
            [
                self._answer(consumer, question, request, said)
                for question, request in zip(given, requests, strict=True)
            ]
        )

    def _consumer(self, by: str | None) -> Consumer:
        consumer = self.market.members[self.consumer_named(by)]
        assert isinstance(consumer, Consumer)  # by its role
        return consumer

    def _on_the_market(self, api: str | None) -> bytes:
        """The version of an API that can be asked for. Raises MachineError."""
        versions, provider = self._contract.versions, self.market.provider.identity
        active = {
            name: root
            for (offering, name), root in self._contract.current.items()
            if offering == provider and versions[root].stage is Stage.ACTIVE
        }
        return active[chosen([*active], api, self.folder)]

    def _inputs(self, root: bytes) -> int:
        """How many numbers a version takes."""
        return self._contract.versions[root].terms.widths[0]

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
        if bond < terms.price:
            raise MachineError(
                f"the provider's bond of {bond} does not guarantee the refund of {terms.price}; "
                f"`tallystick market wait {self.folder}` until earlier requests are settled"
            )

    def _is_answered(self, consumer: Consumer, request: bytes) -> bool:
        made = self._contract.requests.get(request)
        return made is not None and (made.is_over or consumer.output(request) is not None)

    def _answer(
        self, consumer: Consumer, question: Question, request: bytes, said: Sequence[Transaction]
    ) -> Answered:
        """What came of a request, and how."""
        made, brief = self._contract.requests.get(request), (question.told, short(request))
        json: dict[str, object] = {"asked": question.told, "request": request.hex()}
        if made is None:
            end = "waits for money; `tallystick market wait` goes on with it"
            page: list[Block] = [Line(f"{question.told}: {end}", "undecided")]
            return Answered(page, json, "undecided", brief=(*brief, "", end))
        events, output = story(said, self.names, made), consumer.output(request)
        answer = None if output is None else Answer.of(question, output)
        mark: Mark = "against" if made.refunded or answer is None else ""
        end = self._came_to(made, answer)
        page = [
            Line(f"request {short(request)}: {question.told}"),
            told(events),
            *([] if answer is None else [Line(str(answer))]),
            Line(end, mark),
        ]
        json |= {
            "phase": made.phase.value,
            "paid": made.terms.price - made.refunded,
            **({} if answer is None else answer.json()),
            "story": [attrs.asdict(event) for event in events],
        }
        return Answered(page, json, mark, brief=(*brief, str(answer or ""), end))

    def _came_to(self, made: Request, answer: Answer | None) -> str:
        """What a request came to, in money and time."""
        price, left = made.terms.price, number(self._contract.left(made), "block", "blocks")
        if answer is None:
            return f"no output: {made.refunded} of {price} back"
        if made.refunded:
            return f"not what was asked for: {made.refunded} of {price} back"
        if made.phase is Phase.WINDOW:
            return f"paid {price}; its steps can be disputed for {left} more"
        return f"paid {price}; it is {made.phase.value}"

    def dispute(self, request: str, step: int, side: Side, tell: Tell) -> Report:
        made = self._request(request)
        party = self._disputing(made, side)
        self._refuse_dispute(made, step, party)
        party.dispute(made.id, step)
        while not self._is_judged(made, step, party):
            goes_on = self._pass_block(tell)
            made = self._contract.requests[made.id]
            if not goes_on:
                break
        return self._judged(made, step, party)

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
        if (step, party.identity) in made.doubted:
            raise MachineError(f"{party.name} has disputed step {step} before: give another step")
        if purse < tolls:
            raise MachineError(f"{party.name} has {purse}, and a dispute costs {tolls}")

    def _is_judged(self, made: Request, step: int, party: Correspondent) -> bool:
        was_disputed = (step, party.identity) in made.doubted
        return made.is_over or (was_disputed and made.phase not in _QUARREL)

    def _judged(self, made: Request, step: int, party: Correspondent) -> Report:
        events = story(self._said(), self.names, made)
        page: list[Block] = [told(events)]
        executor = self.names.of(made.executors.get(step, b""))
        was_disputed = (step, party.identity) in made.doubted
        upheld = was_disputed and made.phase is Phase.REFUNDED and made.disputed == step
        mark: Mark = "" if was_disputed and self._is_judged(made, step, party) else "undecided"
        if mark:
            page.append(Line(f"step {step} was not judged: it is {made.phase.value}", mark))
        elif upheld:
            page.append(Line(f"{party.name} wins: {executor} is convicted of step {step}"))
        else:
            page.append(
                Line(f"{executor} wins: step {step} is right, and {party.name} loses its tolls")
            )
        said = {
            "request": made.id.hex(),
            "step": step,
            "by": party.name,
            "executor": executor,
            "upheld": upheld,
            "story": [attrs.asdict(event) for event in events],
        }
        return Report(page, said, mark)

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
        return self._changed(backer, bond - (amount or bond), tell)

    def deposit(self, party: str, amount: int, tell: Tell) -> Report:
        backer = self._backer(party)
        bond, purse = (
            of[backer.identity] for of in (self._contract.bonds, self._contract.balances)
        )
        if amount > purse:
            raise MachineError(f"{party} has {purse} in its purse; give 1 to {purse}")
        backer.take_out(-amount)
        return self._changed(backer, bond + amount, tell)

    def _backer(self, party: str) -> Backer:
        """A party that has a bond. Raises MachineError."""
        self.check_name(party)
        backer = self.market.members.get(party)
        if not isinstance(backer, Backer):
            raise MachineError(f"{party}: has no bond; what it has is in its purse already")
        return backer

    def _changed(self, backer: Backer, goal: int, tell: Tell) -> Report:
        """Go on until a bond is what it is to be."""
        contract, party = self._contract, backer.identity
        while contract.bonds[party] != goal and self._pass_block(tell):
            contract = self._contract
        bond, purse = contract.bonds[party], contract.balances[party]
        line = Line(f"{backer.name}: bond {bond}, purse {purse}")
        return Report([line], {"party": backer.name, "bond": bond, "purse": purse})

    def wait(self, blocks: int | None, tell: Tell) -> Report:
        before = self._contract.now
        while blocks is None or self._contract.now < before + blocks:
            if not self._pass_block(tell) and blocks is None:
                break
        status = self.status()
        passed = number(self._contract.now - before, "block has", "blocks have")
        return Report([Line(f"{passed} passed"), Line(""), *status.page], status.json)

    # How things stand

    def status(self) -> Report:
        standing = Standing(self.market, self.names)
        return Report([*standing.page()], standing.json())

    def bill(self, party: str | None) -> Report:
        if party is not None:
            self.check_name(party)
        account = Account.of(self.market.around.node.ledger, self.names)
        return Report([*account.page(party)], account.json(party))

    # What is often looked at

    @property
    def _contract(self) -> HardenedContract:
        return self.market.contract

    def _pass_block(self, tell: Tell) -> bool:
        """Let a block pass; whether waiting for more of them can change anything.

        If nothing but the clock was heard, and no deadline was ahead, everybody would do again what
        was done in this block.
        """
        live = sum(not made.is_over for made in self._contract.requests.values())
        tell(f"block {self._contract.now}: {number(live, 'request', 'requests')} under way")
        ledger = self.market.around.node.ledger
        height = ledger.height
        is_awaited = any(map(self._contract.left, self._contract.requests.values()))
        self.market.pass_block()
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
