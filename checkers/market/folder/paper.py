"""What the paper's two markets have in common in a folder: neither money nor time."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import attrs

from checkers.host.telling import Tell
from checkers.market.folder.asking import is_told, keep_told, taken_up
from checkers.market.folder.faces import Sold, check_same, publish, published
from checkers.market.folder.kept import (
    LAST,
    Answered,
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
from checkers.market.folder.placed import Placed, placed
from checkers.market.folder.questions import Answer, Question, questions
from checkers.market.splitting.sizes import refuse_large
from checkers.results.page import Block, Line, Mark, Table
from checkers.results.words import counted
from impl.folder import NODE
from impl.ledger.transaction import Refused
from impl.models.face import Face
from impl.paper.market import PaperMarket
from impl.paper.steps import Record, Registration, StepContract
from spec.bytes.encoding import encode
from spec.notation import MachineError


@attrs.frozen
class Finding:
    """What came of a dispute about a step.

    Attributes:
        executed: how many steps the contract found executed, by digests.
        convicted: whom it convicted, by name, if anybody.
        right: whether the step gives again what was recorded; None where nobody can run it again.
        lines: what else was found.
    """

    executed: int
    convicted: str | None
    right: bool | None
    lines: Sequence[str] = ()


class OnPaper(Kept):
    """One of the paper's markets in a folder.

    Attributes:
        market: its ledger, and the parties around it.
    """

    market_type: ClassVar[type[PaperMarket[Any]]]  # of whichever parties
    others: ClassVar[Sequence[str]]
    """Who takes part besides provider, vendors and consumers."""

    market: PaperMarket[Any]  # likewise

    def __init__(self, folder: Path, names: Names, market: PaperMarket[Any]) -> None:
        self.folder = folder
        self.names = names
        self.market = market

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> None:
        plan.refuse_money(cls.variant)
        roles = plan.cast_of(cls.roles, cls.others)
        cast = {name: cls.roles[role] for name, role in roles.items()}
        with cls.market_type.create(folder, cast) as market:
            node = {NODE: Party(NODE, market.node.public)}
            parties = {
                name: Party(role, market.members[name].identity) for name, role in roles.items()
            }
            Names({**parties, **node}).write(folder)

    @classmethod
    def open(cls, folder: Path, names: Names, *, reading: bool) -> Self:
        cast = {name: cls.roles[p.role] for name, p in names.members.items()}
        return cls(folder, names, cls.market_type.open(folder, cast, reading=reading))

    def close(self) -> None:
        self.market.close()

    # What each of the two does in its own way

    @property
    @abstractmethod
    def contract(self) -> StepContract[Any, Any]:  # of whichever registrations and requests
        """The contract's state, which is public."""

    @abstractmethod
    def place(self, parts: int, crashes: int | None) -> tuple[Sequence[str], int]:
        """The vendors among whom so many parts are to be placed, and how many of them may crash."""

    @abstractmethod
    def offer(self, api: str, where: Placed) -> None:
        """Have the provider hand the parts over, and register the API. Raises Refused."""

    @abstractmethod
    def on_ledger(self, data: bytes) -> bytes:
        """What the ledger has of a request for some data."""

    @abstractmethod
    def ask(self, by: str, api: str, data: bytes) -> int:
        """Have a consumer make a request; its number."""

    @abstractmethod
    def go_on(self, request: int) -> None:
        """Have everybody do what is due. Raises Refused if somebody cannot."""

    @abstractmethod
    def output(self, request: int) -> bytes | None:
        """The output that the consumer of a request has, if it has one. Raises Refused."""

    @abstractmethod
    def recorded(self, request: int) -> Sequence[Record]:
        """The records of a request, step by step, as far as there are any."""

    @abstractmethod
    def is_done(self, request: int) -> bool:
        """Whether nothing is left to be done about a request."""

    @abstractmethod
    def judge(self, request: int, step: int) -> Finding:
        """Have a request judged. Raises Refused."""

    # What is done

    def deploy(
        self, ware: Ware, parts: int | None, crashes: int | None, tell: Tell, show: Show
    ) -> Report:
        split = ware.split(
            parts, sum(p.role.endswith("vendor") for p in self.names.parties.values())
        )
        named = ware.name.encode()
        if ware.name in self.contract.apis:
            check_same(self.folder, named, ware.face, ware.name)
        refuse_large(self.variant, split)
        where = placed(split, *self.place(len(split), crashes), tell, narrowed=False)
        show([*ware.lost(), *where.page()])
        # First, lest something is offered that nobody can ask.
        publish(self.folder, named, ware.face)
        try:
            self.offer(ware.name, where)
        except Refused as refusal:
            raise MachineError(f"{self.folder}: {refusal.reason}; deploy it anew") from None
        line = Line(f"{ware.name}: registered; a request costs nothing in this variant")
        return Report([Line(""), line], {"api": ware.name, "stage": "registered", **where.json()})

    def call(self, asked: Sequence[str], api: str | None, by: str | None, tell: Tell) -> Report:
        consumer, named = self.consumer_named(by), chosen([*self.contract.apis], api, self.folder)
        given = questions(asked, self._face(named))
        storage = self.market.members[consumer].storage
        wanted = [(named, self.on_ledger(encode(question.data))) for question in given]
        before = taken_up(self._untold(consumer), wanted)
        answers = [
            self._answered(consumer, named, question, request)
            for question, request in zip(given, before, strict=True)
        ]
        done = [str(a.json["request"]) for a in answers if not a.mark]
        return attrs.evolve(together(answers), then=lambda: keep_told(storage, done))

    def _face(self, api: str) -> Face:
        """What is seen of an API's model. Raises MachineError."""
        return published(self.folder, api.encode())

    def _untold(self, consumer: str) -> dict[int, tuple[str, bytes]]:
        """What a consumer asked for, and nobody was told of: an API and an input each."""
        member = self.market.members[consumer]
        return {
            request: (made.api, made.input)
            for request, made in enumerate(self.contract.requests)
            if made.consumer == member.identity and not is_told(member.storage, str(request))
        }

    def _answered(
        self, consumer: str, api: str, question: Question, before: int | None
    ) -> Answered:
        request = self.ask(consumer, api, encode(question.data)) if before is None else before
        told = question.told if before is None else f"{question.told}, asked before"
        why = self._gone_on(request)
        found = self._came_of(request, told, question.label, why)
        return attrs.evolve(found, json={"asked": question.told, **found.json})

    def consumer_of(self, request: int) -> str:
        """The name of who made a request."""
        return self.names.of(self.contract.made(request).consumer)

    def _gone_on(self, request: int) -> str:
        """Have everybody do what is due about a request; why it would stay as it is then."""
        try:
            self.go_on(request)
        except Refused as refusal:
            return refusal.reason
        return "no deadline makes silence a fault, and it stays open"

    def _came_of(self, request: int, told: str, right: int | None, why: str) -> Answered:
        """What came of a request; of one that stays as it is, why."""
        try:
            output = self.output(request)
        except Refused as refusal:
            output, why = None, refusal.reason
        answer = (
            None
            if output is None
            else Answer.of(output, self._face(self.contract.made(request).api), right)
        )
        mark: Mark = "undecided" if answer is None else ""
        end = f"no output: {why}" if answer is None else "nothing is paid"
        page: list[Block] = [
            Line(f"request {request}: {told}"),
            self._steps(request),
            Line(end, mark) if answer is None else Line(str(answer)),
        ]
        json = {"request": request, **(answer.json() if answer else {})}
        return Answered(page, json, mark, brief=(told, str(request), str(answer or ""), end))

    def dispute(self, request: str, step: int, side: Side, tell: Tell) -> Report:
        made = self._request(request)
        executed = self.recorded(made)
        if step >= len(executed):
            raise MachineError(
                f"step {step}: of request {made}, {counted(len(executed), 'step is', 'steps are')} "
                "recorded, from 0; only these can be disputed"
            )
        try:
            found = self.judge(made, step)
        except Refused as refusal:
            raise MachineError(f"request {made}: {refusal.reason}") from None
        executor = self.names.of(executed[step].author)
        steps = counted(found.executed, "step")
        page: list[Block] = [
            self._steps(made),
            Line(f"by digests, the contract finds {steps} executed"),
            *map(Line, found.lines),
            self._verdict(found, step, executor),
        ]
        said = {
            "request": made,
            "step": step,
            "executor": executor,
            "executed": found.executed,
            "convicted": found.convicted,
            "right": found.right,
            "upheld": found.convicted == executor,
        }
        return Report(page, said)

    def _request(self, request: str) -> int:
        """The request of a number, or the last. Raises MachineError."""
        known = len(self.contract.requests)
        if not known or not (request == LAST or (request.isdecimal() and int(request) < known)):
            there = f"there are 0 to {known - 1}" if known else "none was made"
            raise MachineError(f"{request}: no request has that number; {there}")
        return known - 1 if request == LAST else int(request)

    def _verdict(self, found: Finding, step: int, executor: str) -> Line:
        if found.convicted is not None:
            return Line(f"{found.convicted} is convicted: it recorded another component's digest")
        if found.right is False:
            return Line(
                f"step {step} is wrong when it is run again, and {executor} is convicted of "
                "nothing: its digest is the right one (the paper's claim A16)"
            )
        return Line(f"nobody is convicted: {executor} recorded the right digest")

    def withdraw(self, party: str, amount: int | None, tell: Tell) -> Report:
        raise self._no_money()

    def deposit(self, party: str, amount: int, tell: Tell) -> Report:
        raise self._no_money()

    def _no_money(self) -> MachineError:
        return MachineError(
            f"{self.folder}: {self.variant} knows no money, so nobody has a bond; "
            "`tallystick market new --variant hardened` makes a market that does"
        )

    def replace_key(self, party: str, tell: Tell) -> Report:
        blocks_alone = "signs nothing but blocks, for which the genesis names its key for good"
        self.check_name(party, self.names.members, blocks_alone)
        member = self.market.members[party]
        before = self.market.ledger.keys_of(member.identity)[-1]
        with suppress(Refused):  # it has not got the key in force, and so not another one
            member.replace_key()
        return replaced(party, before, self.market.ledger.keys_of(member.identity)[-1])

    def wait(self, blocks: int | None, tell: Tell) -> Report:
        if blocks is not None:
            raise MachineError(f"{self.folder}: {self.variant} knows no time; leave {blocks} out")
        for request in self._open():
            tell(f"request {request}")
            self._gone_on(request)
        return self.status()

    # How things stand

    def _open(self) -> list[int]:
        return [r for r in range(len(self.contract.requests)) if not self.is_done(r)]

    def status(self, request: str | None = None) -> Report:
        if request is not None:
            return self._status_of(self._request(request))
        ledger, contract = self.market.ledger, self.contract
        waiting = [f"request {request}: {self._due(request)}" for request in self._open()]
        page: list[Block] = [
            Line(
                f"{self.variant} market, {counted(ledger.height, 'transaction')}, "
                f"ledger {short(ledger.identity)}, head {short(ledger.head)}"
            ),
            Line(""),
            self.names.table(contract.convicted),
            Line(""),
        ]
        if contract.apis:
            page += [self._apis(), Line(""), *(one.line for one in self._sold()), Line("")]
        if contract.requests:
            page += [self._requests(), Line("")]
        page += [Line(said) for said in waiting or ["nothing is under way"]]
        return Report(page, self._status_json(waiting))

    def _status_of(self, request: int) -> Report:
        made = self.contract.made(request)
        told = f"{made.api}, by {self.consumer_of(request)}"
        due = "it is done" if self.is_done(request) else self._due(request)
        return attrs.evolve(together([self._came_of(request, told, None, due)]), mark="")

    def _due(self, request: int) -> str:
        steps = len(self._holders(request))
        done = len(self.recorded(request))
        if done == steps:
            return "its consumer is to take the output"
        holders = " or ".join(map(self.names.of, self._holders(request)[done]))
        return f"step {done} is to be recorded, by {holders}"

    def _holders(self, request: int) -> Sequence[Sequence[bytes]]:
        contract = self.contract
        return [[*some] for some in contract.executors(contract.apis[contract.made(request).api])]

    def _apis(self) -> Table:
        rows = [
            (name, "; ".join(", ".join(map(self.names.of, held)) for held in self._held_by(api)))
            for name, api in self.contract.apis.items()
        ]
        return Table.of(("on the market", "steps, by who holds them"), rows)

    def _sold(self) -> list[Sold]:
        """How what is on the market is asked."""
        return [Sold.of(self.folder, name, name.encode()) for name in self.contract.apis]

    def _held_by(self, api: Registration) -> Sequence[Sequence[bytes]]:
        return [[*some] for some in self.contract.executors(api)]

    def _requests(self) -> Table:
        rows = [
            (
                str(request),
                self.names.of(made.consumer),
                made.api,
                f"{len(self.recorded(request))} of {len(self._holders(request))}",
                "done" if self.is_done(request) else "open",
            )
            for request, made in enumerate(self.contract.requests)
        ]
        return Table.of(("request", "by", "of", "steps recorded", ""), rows)

    def _steps(self, request: int) -> Table:
        rows = [
            (
                str(step),
                self.names.of(record.author),
                *(
                    f"{short(part)}..." if len(part) == 32 else f"{len(part)} bytes"
                    for part in (record.received, record.produced, record.claimed)
                ),
            )
            for step, record in enumerate(self.recorded(request))
        ]
        return Table.of(("step", "recorded by", "received", "produced", "component"), rows)

    def _status_json(self, waiting: Sequence[str]) -> dict[str, object]:
        ledger, contract = self.market.ledger, self.contract
        return {
            "variant": self.variant,
            "transactions": ledger.height,
            "ledger": ledger.identity.hex(),
            "head": ledger.head.hex(),
            "parties": self.names.json(contract.convicted),
            "apis": {
                name: [[self.names.of(v) for v in held] for held in self._held_by(api)]
                for name, api in contract.apis.items()
            },
            "asked": {one.api: one.json() for one in self._sold()},
            "requests": [
                {
                    "request": request,
                    "consumer": self.names.of(made.consumer),
                    "api": made.api,
                    "recorded": [self.names.of(r.author) for r in self.recorded(request)],
                    "done": self.is_done(request),
                }
                for request, made in enumerate(contract.requests)
            ],
            "waiting": waiting,
        }

    def bill(self, party: str | None) -> Report:
        if party is not None:
            self.check_name(party, self.names.members, "takes part in no request")
        said = f"{self.variant} knows no money: nobody pays, and nobody is paid"
        return Report([Line(said)], {"variant": self.variant, "supply": 0, "parties": {}})
