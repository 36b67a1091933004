"""Is a ledger a behaviour of the specification? Its transactions are told as the machine's actions.

What a ledger does not show (data, components, and whether the parties played well) is not asked
for: a commitment stands for the data behind it, and all else is such that the ledger comes about,
if anything is. What comes later may tell: data that is shown to be bad was published so.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Self, TypeAlias

import attrs

from checkers.market.hardened.view import StandIns, shown
from impl.hardened.chance import auditor, drawn, is_audited
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.hardened.terms import Terms
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import ROTATE, Transaction
from spec.bytes.suite import Suite
from spec.hardened import hardened
from spec.hardened import state as sorts
from spec.hardened.state import Market
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.concrete import Concrete
from spec.notation.sorts import Value
from spec.notation.words import reading

Args: TypeAlias = tuple[Value, ...]


@attrs.frozen
class Departure:
    """Where a ledger leaves the specification.

    Attributes:
        position: of the transaction.
        action: what the transaction is in the machine.
        problem: why that cannot be, or what is different afterwards.
    """

    position: int
    action: str
    problem: str


def retell(ledger: Ledger) -> Departure | None:
    """Where a ledger leaves the specification; None if it is a behaviour of it.

    Raises:
        MachineError: it is not the ledger of a hardened marketplace that the machine can tell of.
    """
    contract = ledger.contract
    if not isinstance(contract, HardenedContract):
        raise MachineError(f"{ledger.path}: its contract is not that of the hardened marketplace")
    said = [transaction for _, transaction in ledger]
    scene = _Scene.of(contract, said)
    scope = scene.scope()
    start = hardened.start(scope, **scene.functions())
    spec, followed = hardened.copy(start), type(contract)(contract.genesis)
    with reading(Concrete(scope)):
        for position, transaction in enumerate(said):
            action, problem = transaction.kind, None
            try:
                for action, args in scene.actions(position, transaction):
                    hardened.action(action).text(spec, *args)
            except (Refused, OutOfRange) as stopped:
                return Departure(position, action, str(stopped))
            if action != ROTATE:  # which key signs is the ledger's business
                followed.apply(transaction)
            problem = _difference(start, spec, shown(followed, scene.stand_ins(followed)))
            if problem is not None:
                return Departure(position, action, problem)
    return None


def _difference(start: Market, spec: Market, actual: Mapping[str, Value]) -> str | None:
    """The first cell that the contract shows otherwise; what it leaves out is as at the start."""
    for name, cells in actual.items():
        expected = getattr(spec, name)
        if not isinstance(expected, dict):
            if expected != cells:
                return f"{name}: specification {expected!r}, ledger {cells!r}"
            continue
        blank = getattr(start, name)
        for key, value in expected.items():
            held = cells.get(key, blank[key])
            if value != held:
                return f"{name}[{key!r}]: specification {value!r}, ledger {held!r}"
    return None


@attrs.frozen
class _Scene:
    """What there is on a ledger, and what is supposed of what there is off it.

    Attributes:
        final: the contract in the end.
        said: all transactions.
        rows: of each that opens a row, by its position, whether the row leads to what is said.
        wrong: the steps that were found wrong as a whole.
    """

    final: HardenedContract
    said: Sequence[Transaction]
    rows: Mapping[int, bool]
    wrong: Collection[tuple[bytes, int]]

    @classmethod
    def of(cls, final: HardenedContract, said: Sequence[Transaction]) -> Self:
        """What there is on the ledger with these transactions."""
        contract, rows, wrong = type(final)(final.genesis), {}, set()
        for position, transaction in enumerate(said):
            if transaction.kind == ROTATE:
                continue
            contract.apply(transaction)
            if transaction.kind in ("open_step", "open_row"):
                made = contract.requests[_bytes(transaction.body["request"])]
                is_whole = transaction.kind == "open_step" or not made.terms.rounds[made.disputed]
                if made.by_row:
                    rows[position] = made.row_leads
                if is_whole and not made.reproduced:
                    wrong.add((made.id, made.disputed))
        return cls(final, said, rows, wrong)

    # The agreements

    @property
    def terms(self) -> Mapping[bytes, Terms]:
        """Of each version."""
        return {root: version.terms for root, version in self.final.versions.items()}

    def scope(self) -> Scope:
        """All that the machine's sorts stand for; of each there is something that is not there."""
        terms, requests = self.terms.values(), self.final.requests.values()
        steps = max((len(each.steps) for each in terms), default=1)
        links = [(made.id, i, x) for made in requests for i, x in enumerate(made.links)]
        return Scope(
            sizes={
                sorts.Step: steps + 1,
                sorts.Attempt: max((each.spares for each in terms), default=0) + 2,
                sorts.Chance: 2,
                sorts.Round: max((max(each.rounds) for each in terms), default=0) + 1,
                sorts.Time: max(self.final.charter.windows.values()) + 1,
                sorts.Money: 2 * self.final.money() + 1,
                sorts.Percent: 101,
            },
            universe={
                sorts.Party: self.parties,
                sorts.Api: [*{each.api: None for each in terms}, ""],
                sorts.Version: [*self.terms, b""],
                sorts.Component: [b""],
                sorts.Data: [None, *links],
                sorts.Commitment: [None, *links],
                sorts.Seed: [
                    *dict.fromkeys(seed for made in requests for seed in (made.seed, made.lot)),
                    b"none",
                ],
                sorts.Request: [*self.final.requests, b""],
            },
        )

    @property
    def parties(self) -> Sequence[bytes]:
        """Who has an account, or speaks."""
        authors = (transaction.author for transaction in self.said)
        return [*dict.fromkeys([*self.final.charter.purses, *self.final.balances, *authors])]

    def functions(self) -> Mapping[str, Value]:
        """What is agreed before the first transaction, and what computing and chance mean."""
        terms, suite = self.terms, self.final.charter.suite
        windows = self.final.charter.windows
        purses = {p: self.final.charter.purses.get(p, 0) for p in self.parties}
        return {
            "balance": purses,
            "purse": lambda p: purses[p],
            "api": lambda m: terms[m].api,
            "provider": lambda m: terms[m].provider,
            "contributes": lambda m, p: p in terms[m].shares,
            "share": lambda m, p: terms[m].shares.get(p, 0),
            "last": lambda m: len(terms[m].steps) - 1,
            "component": lambda m, i: b"",
            "holder": lambda m, i, p: p in terms[m].holders(i),
            "spares": lambda m: terms[m].spares,
            "cost": lambda m, i: terms[m].costs[min(i, len(terms[m].steps))],
            "stake": lambda m: terms[m].stake,
            "toll": lambda m: terms[m].toll,
            "rounds": lambda m, i: terms[m].rounds[i],
            "true": lambda m, i: True,
            "window": lambda phase: windows[Phase[phase.name]] if phase.value else 0,
            "opens": lambda x: x,
            "run": self._run,
            "rerun": self._run,
            "drawn": lambda m, i, b, a: _drawn(suite, terms[m], int(i), b, int(a)),
            "checks": lambda m, i, b, p: auditor(suite, terms[m], b, int(i), p),
            "audited": lambda b, i: is_audited(suite, b, int(i)),
        }

    def _run(self, part: bytes, data: tuple[bytes, int, bytes] | None) -> Value:
        """What is committed to as the output of a step, unless that was found wrong."""
        if data is None:
            return None
        request, step, _ = data
        links = self.final.requests[request].links
        right = (request, step) not in self.wrong and step + 1 < len(links)
        return (request, step + 1, links[step + 1]) if right else None

    def stand_ins(self, contract: HardenedContract) -> StandIns:
        """What stands for what a contract holds."""
        return StandIns(
            requests={name: name for name in contract.requests},
            link=lambda made, i: (made.id, i, made.links[i]),
            seed=lambda made: made.seed,
            lot=lambda made: made.lot,
            parties=self.parties,
        )

    # The actions

    def actions(self, position: int, transaction: Transaction) -> Iterator[tuple[str, Args]]:
        """What a transaction is in the machine, with what happened off the ledger before it."""
        kind = transaction.kind
        if kind == ROTATE or self._is_idle(transaction):
            return
        names = _PARAMETERS.get(kind, "request").split()
        args = tuple(self._parameter(name, position, transaction) for name in names)
        if kind == "expose":
            yield "equivocate", args
        yield kind, args

    def _is_idle(self, transaction: Transaction) -> bool:
        """Whether it asks the contract for the money of what there never was."""
        body = transaction.body
        match transaction.kind:
            case "collect_share":
                return body["version"] not in self.terms
            case "collect":
                return body["step"] not in self.final.requests[_bytes(body["request"])].executors
        return False

    def _parameter(self, name: str, position: int, transaction: Transaction) -> Value:
        """A parameter of a transaction's action: a field of its body, or what that stands for."""
        body = transaction.body
        match name:
            case "author":
                return transaction.author
            case "root":
                return Terms.parse(body["terms"]).root
            case "input":
                return body["request"], 0, body["input"]
            case "output":
                step = body["step"]
                assert isinstance(step, int)  # the contract checked it
                return body["request"], step + 1, body["output"]
            case "seed":
                return self.final.requests[_bytes(body["request"])].seed
            case "lot":
                return self.final.requests[_bytes(body["request"])].lot
            case "sound":
                kind, _ = self._next(position, {"publish", *_SHOWN})
                return kind not in _SHOWN
            case "first":
                _, following = self._next(position, {"open_row", "dispute", "audit"})
                return self.rows.get(following, True)
        return body[name]

    def _next(self, position: int, kinds: Collection[str]) -> tuple[str, int]:
        """The next transaction of some kinds about the same request, and its position."""
        request = self.said[position].body["request"]
        for later, said in enumerate(self.said[position + 1 :], position + 1):
            if said.kind in kinds and said.body["request"] == request:
                return said.kind, later
        return "", len(self.said)


_SHOWN = ("show_bad", "show_bad_input")
_PARAMETERS: Mapping[str, str] = {
    "propose": "author root",
    "sign": "author version",
    "acknowledge": "author version step",
    "reject": "author version step",
    "activate": "version",
    "retire": "author version",
    "request": "author request version input",
    "route": "request seed",
    "draw_lots": "request lot",
    "assign": "request author",
    "pass_over": "request holder",
    "abandon": "request holder",
    "record": "author request output",
    "demand": "author request",
    "publish": "request sound",
    "dispute": "author request step",
    "audit": "request step",
    "narrow": "request first",
    "answer": "request same",
    "expose": "request step",
    "deposit": "author amount",
    "withdraw": "author amount",
    "collect": "request step",
    "collect_share": "author version",
    "tick": "",
}
"""The parameters of each kind's action, where they are not just the request."""


def _bytes(value: Value) -> bytes:
    assert isinstance(value, bytes)  # the contract checked it
    return value


def _drawn(suite: Suite, terms: Terms, step: int, seed: bytes, attempt: int) -> bytes:
    """Whom chance draws; when nobody is left, just anybody."""
    holders = terms.holders(step)
    return drawn(suite, holders, seed, step, attempt) if attempt < len(holders) else terms.provider
