"""A ledger's transactions told as a machine's actions, beside a contract that carries them out.

The machine says who may do what, and what comes of it. A contract is asked for what a machine takes
for granted: that what is said is well formed, that it is said by who is to say it, and that
evidence shows what it must. What it holds is compared with the machine's state all along: a
difference in what a transaction is about is found at once, any other when something is next about
it, or at the end; and then the transaction is looked for that made it.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeAlias, TypeVar

import attrs

from checkers.host.telling import Tell, silent
from checkers.market.audit.due import Due
from checkers.market.audit.sparse import Log, SparseMap, sparse
from impl.ledger.genesis import Genesis
from impl.ledger.port import Contract, Judge
from impl.ledger.transaction import ROTATE, MalformedTransaction, Transaction
from impl.ledger.transaction import Refused as ContractRefused
from spec.notation import Action, Machine, OutOfRange, Refused, Scope
from spec.notation.concrete import Concrete
from spec.notation.sorts import Ordinal, SortType, Value
from spec.notation.words import reading

S = TypeVar("S")
C = TypeVar("C", bound=Contract)
Made = TypeVar("Made", bound=Contract, covariant=True)

Act: TypeAlias = tuple[str, tuple[Value, ...]]
"""An action by its name, and its parameters."""
Touched: TypeAlias = Mapping[SortType, set[Value]]
"""What something is about: elements by their sort."""
Why = Literal["guard", "evidence", "contract", "ledger"]
"""What a departure is: a guard of the specification was false; what only a contract can ask for was
not there; a contract has another state; the ledger's own rules were broken."""


@attrs.frozen
class Departure:
    """Where a ledger leaves the specification.

    Attributes:
        position: of the transaction; all before it are as the specification has it.
        action: what the transaction is in the machine; nothing where it cannot be told.
        problem: the guard that was false, or what else was wrong.
        why: which of these.
        is_refused: whether the contract refuses it as well, as far as it was asked.
        is_certain: whether the ledger cannot be told otherwise.
    """

    position: int
    action: str
    problem: str
    why: Why
    is_refused: bool = True
    is_certain: bool = True


@attrs.frozen
class Conviction:
    """A party that is convicted, and what shows that it should be.

    Attributes:
        party: who.
        position: of the transaction with which it is.
        rule: what that transaction is in the machine.
        evidence: the positions of the transactions that the rule is about.
    """

    party: bytes
    position: int
    rule: str
    evidence: Sequence[int]


class Begins(Protocol[Made]):
    """A contract before its first transaction."""

    def __call__(self, genesis: Genesis, /) -> Made: ...


@attrs.define
class Tale(ABC, Generic[S, C]):
    """A ledger, as its protocol's machine can be told of it.

    Attributes:
        genesis: what the ledger begins with.
        said: its transactions, in order.
        begins: the contract that is asked.
        stopped: the first transaction that the contract refuses, and why, if there is one.
        final: the contract, after all before that.
    """

    machine: ClassVar[Machine[Any]]  # each tale's own

    genesis: Genesis
    said: Sequence[Transaction]
    begins: Begins[C]
    stopped: tuple[int, ContractRefused] | None = attrs.field(init=False, default=None)
    final: C = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Have the contract carry out everything, and see what becomes of it."""
        self.final = self.begins(self.genesis)
        for position, transaction in enumerate(self.said):
            try:
                carry_out(self.final, transaction)
            except ContractRefused as refusal:
                self.stopped = position, refusal
                self.final = self._after(position)  # without what it changed before it refused
                return
            self.look(position, transaction)

    def _after(self, count: int) -> C:
        """The contract after so many transactions."""
        contract = self.begins(self.genesis)
        for transaction in self.said[:count]:
            carry_out(contract, transaction)
        return contract

    def is_accepted(self, position: int) -> bool:
        """Whether the contract carries out a transaction, and all before it."""
        return self.stopped is None or position < self.stopped[0]

    def look(self, position: int, transaction: Transaction) -> None:
        """Note what is found of evidence, once the contract has carried out a transaction."""

    @abstractmethod
    def scope(self) -> Scope:
        """The machine's sizes; the first element of each sort that is listed is none that there is.

        Only what a text quantifies over has to be listed beside it.
        """

    @cached_property
    def whole(self) -> Concrete:
        """What reads the machine's texts, looking at all that is listed."""
        return Concrete(self.scope())

    def domain(self, position: int) -> Concrete:
        """What reads a transaction's actions; it may look at what can matter there, and no more."""
        return self.whole

    @abstractmethod
    def free(self) -> Mapping[str, Value]:
        """What the machine's start leaves open: what is agreed, and what computing means."""

    @abstractmethod
    def acts(self, position: int, transaction: Transaction) -> Iterator[Act]:
        """What a transaction is in the machine, with what happened off the ledger before it."""

    @abstractmethod
    def shown(self, contract: C, touched: Touched | None) -> Mapping[str, Value]:
        """What a contract holds of what is touched, or of everything, in the machine's terms."""

    @abstractmethod
    def roles(self) -> Iterator[tuple[bytes, str]]:
        """What parties do, those that are named so; what comes first counts."""

    def is_certain(self, position: int) -> bool:
        """Whether nothing before a transaction can be told otherwise than it is."""
        return True

    @abstractmethod
    def open(self, spec: S) -> Iterator[Due]:
        """What is still to be done in a state, and by whom."""

    def money(self, spec: S) -> Iterator[Due]:
        """What money waits to be collected in a state, and by whom."""
        return iter(())

    @abstractmethod
    def evidence(self, position: int, spec: S) -> Sequence[int]:
        """The positions of the transactions on which a conviction with one of them rests."""

    def start(self, log: Log) -> S:
        """The machine's state before the first transaction."""
        state: S = sparse(self.machine, self.scope(), self.free(), log)
        return state


def body_of(transaction: Transaction) -> Mapping[str, Value]:
    """The body of a transaction, whose fields a contract has found to be of its kind."""
    return transaction.body


def carry_out(contract: Contract, transaction: Transaction) -> None:
    """Have a contract carry out what a ledger has admitted. Raises Refused, of the ledger's."""
    if transaction.kind != ROTATE:
        contract.apply(transaction)
        return
    contract.hear(transaction)
    if isinstance(contract, Judge):  # which key signs is the ledger's business, but for these
        contract.replace_key(transaction.author, body_of(transaction)["key"])


@attrs.frozen
class Retold(Generic[S]):
    """What came of retelling a ledger.

    Attributes:
        spec: the machine's state at the end, or before the departure.
        convictions: in their order.
        departure: where the ledger leaves the specification; None if it is a behaviour of it.
    """

    spec: S
    convictions: Sequence[Conviction]
    departure: Departure | None


def retell(tale: Tale[S, C], progress: Tell = silent) -> Retold[S]:
    """Tell a ledger as a behaviour of its machine, as far as it is one."""
    run, convictions = _Run.of(tale), list[Conviction]()
    whole = len(tale.said)
    for position in range(whole):
        if position % _NOW_AND_THEN == 0:
            progress(f"{position:,} of {whole:,} transactions")
        departure = run.take(position)
        if departure is None:
            convictions += run.convicted(position)
            if any(run.differences(run.touched)):
                departure = _first_difference(tale, position + 1)
        if departure is not None:
            break
    else:
        departure = _first_difference(tale, whole) if any(run.differences(None)) else None
    end = whole if departure is None else departure.position
    return Retold(run.spec, [found for found in convictions if found.position < end], departure)


_NOW_AND_THEN = 500  # transactions


@attrs.define
class _Run(Generic[S, C]):
    """A machine and a contract, side by side.

    Attributes:
        touched: what the last transaction is about, and wrote to in the machine.
    """

    tale: Tale[S, C]
    spec: S
    contract: C
    log: Log
    touched: Touched = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, tale: Tale[S, C]) -> "_Run[S, C]":
        """Both before the first transaction."""
        log: Log = []
        return cls(tale, tale.start(log), tale.begins(tale.genesis), log)

    @classmethod
    def after(cls, tale: Tale[S, C], count: int) -> "_Run[S, C]":
        """Both after so many transactions, at none of which the ledger departs."""
        run = cls.of(tale)
        for position in range(count):
            run.take(position)
        return run

    @cached_property
    def _actions(self) -> Mapping[str, Action[S]]:
        return {act.name: act for act in self.tale.machine.actions}

    def take(self, position: int) -> Departure | None:
        """Carry out a transaction on both sides; what hinders it, if anything does."""
        self.log.clear()
        transaction = self.tale.said[position]
        at, refusal = self.tale.stopped or (None, None)
        if at != position:
            refusal = None
        evidence = Departure(position, transaction.kind, str(refusal), "evidence")
        if isinstance(refusal, MalformedTransaction):  # which cannot be told
            return evidence
        action, about = transaction.kind, list[tuple[SortType, Value]]()
        try:
            with reading(self.tale.domain(position)):
                for action, args in self.tale.acts(position, transaction):
                    about += self._taken(self._actions[action], args)
        except MalformedTransaction:  # the contract has refused it before it looked at that
            return evidence
        except (Refused, OutOfRange) as stopped:
            is_refused = refusal is not None
            is_certain = is_refused or self.tale.is_certain(position)
            return Departure(position, action, str(stopped), "guard", is_refused, is_certain)
        if refusal is not None:
            return evidence
        carry_out(self.contract, transaction)
        self.touched = self._with_written(about)
        return None

    def _taken(self, act: Action[S], args: tuple[Value, ...]) -> Iterable[tuple[SortType, Value]]:
        """Take an action; its parameters with their sorts."""
        for (name, sort), arg in zip(act.parameters.items(), args, strict=True):
            if issubclass(sort, Ordinal) and arg < 0:
                raise OutOfRange(f"{name}: {arg} is no {sort.__name__}", low=True)
        act.text(self.spec, *args)
        return zip(act.parameters.values(), args, strict=True)

    def _with_written(self, about: Iterable[tuple[SortType, Value]]) -> Touched:
        """What a transaction is about, and what was written with it."""
        touched = defaultdict[SortType, set[Value]](set)
        for sort, element in about:
            touched[sort].add(element)
        for field, key in self.log:
            keys = key if isinstance(key, tuple) else (key,)
            for sort, element in zip(field.keys, keys, strict=True):
                touched[sort].add(element)
        return touched

    def convicted(self, position: int) -> Iterator[Conviction]:
        """Whom the last transaction convicts."""
        for field, key in self.log:
            if field.name == "convicted":
                rule, evidence = (
                    self.tale.said[position].kind,
                    self.tale.evidence(position, self.spec),
                )
                yield Conviction(key, position, rule, evidence)

    def differences(self, touched: Touched | None) -> Iterator[str]:
        """What differs between both sides, in what was touched or in everything."""
        return differences(self.spec, self.tale.shown(self.contract, touched), touched)


def differences(
    spec: object, shown: Mapping[str, Any], touched: Touched | None = None
) -> Iterator[str]:
    """In what a contract shows something else than a machine's state holds.

    Args:
        spec: the state.
        shown: what the contract holds of what is touched, or of everything.
        touched: what is looked at; everything, unless given.
    """
    for name, cells in shown.items():
        held = getattr(spec, name)
        if not isinstance(held, SparseMap):
            if held != cells:
                yield f"{name}: specification {held!r}, contract {cells!r}"
            continue
        mine, blank = held if touched is None else _about(held, touched), held.blank
        for key in dict.fromkeys((*mine, *cells)):
            there, here = mine.get(key, blank), cells.get(key, blank)
            if there != here:
                yield f"{name}[{key!r}]: specification {there!r}, contract {here!r}"


def told(found: Iterator[str]) -> str:
    """The first few of some differences, in a line."""
    return "; ".join(islice(found, _SHOWN))


_SHOWN = 4  # differences: what a theft moves, at both ends


def _about(cells: SparseMap, touched: Touched) -> Mapping[Value, Value]:
    """The cells about what was touched."""
    elements = touched.get(cells.field.keys[0], ())
    return {key: value for element in elements for key, value in cells.about(element).items()}


def _first_difference(tale: Tale[S, C], until: int) -> Departure:
    """The transaction that made a difference which is there after so many.

    A state once wrong is taken to stay so up to there.
    """

    def found(count: int) -> Iterator[str]:
        return _Run.after(tale, count).differences(None)

    count = bisect_left(range(until), True, key=lambda count: any(found(count)))
    position = max(count - 1, 0)
    return Departure(position, tale.said[position].kind, told(found(count)), "contract")
