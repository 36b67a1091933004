"""The reading of a protocol text as terms: what an action checks, in order, and what it leaves.

A guard, a key or a value that is undefined stops the action where the text has it, before whatever
comes later is looked at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

import attrs

from spec.notation.calls import Calls, Supposed, calls
from spec.notation.errors import MachineError, an
from spec.notation.sorts import Field, Fun, Map, SortType, Value, is_finite
from spec.notation.term import (
    Listed,
    Term,
    Terms,
    check_condition,
    choose,
    conjoin,
    disjoin,
    equal,
    fits,
    is_nowhere,
    negate,
    same,
    sort_of,
    substitute,
    within,
)
from spec.notation.undefined import Undefinedness, comes_out, either, outside, undefinedness
from spec.notation.words import reading


@attrs.frozen
class Check:
    """One thing that must hold for an action to be taken, in the order of the text.

    `kind` is "guard" (refused with `reason`), "low" (a number below zero) or "high" (past a size).
    A condition is defined in every state in which those before it hold. `edge` names the sorts
    of what is written, which may lie past this size and not past another; of what is read, none.
    """

    kind: str
    condition: Value
    reason: str
    edge: Sequence[SortType] = ()


class TermMap(Map[Value, Value]):
    """A map as the field it was, or what filled it since, and the writes after that.

    Attributes:
        content: what filled the map, as a function of the key; None if it is still the field.
        writes: (key, value) pairs, oldest first.
    """

    def __init__(self, reader: "Reader", field: Field) -> None:
        self.reader = reader
        self.field = field
        self.content: Callable[[tuple[Value, ...]], Value] | None = None
        self.writes: list[tuple[tuple[Value, ...], Value]] = []

    def at(self, key: tuple[Value, ...]) -> Value:
        """What the map holds at a key now."""
        value = self.content(key) if self.content else self.reader.read(self.field, key)
        for written, new in self.writes:
            hit = conjoin([equal(a, b) for a, b in zip(written, key, strict=True)])
            value = choose(hit, new, value)
        return value

    def __getitem__(self, key: Value) -> Value:
        return self.reader.looked_up(self.field, _parts(key), self.at)

    def __setitem__(self, key: Value, value: Value) -> None:
        parts = _parts(key)
        self.reader.check_key(self.field, parts)
        self.writes.append((parts, self.reader.assign(self.field, value)))

    def fill(self, value: Value) -> None:
        self.fill_by(lambda _: value)

    def reset(self) -> None:
        self.fill(self.reader.first(self.field.sort))

    def fill_by(self, value: Callable[[Value], Value]) -> None:
        def content(*key: Value) -> Value:
            return value(key if len(key) > 1 else key[0])

        self.reader.counted.update(self.field.keys)
        anywhere = tuple(self.reader.fresh(sort) for sort in self.field.keys)
        filling = self.reader.filled(self.field, anywhere, content)
        # What fills the map is what its text says now, whatever is written later.
        self.content = lambda key: substitute(filling, anywhere, key)
        self.writes = []

    def total(self) -> Value:
        """The sum over all keys, by what the writes change.

        A sum over an unbounded sort has no first-order definition, but a write changes it by
        exactly (new - old). So the sum before the action is a variable, carried through the writes.
        """
        before = TermMap(self.reader, self.field)
        before.content = self.content
        total = self._total_before_writes()
        for key, value in self.writes:
            total = total + value - before.at(key)
            before.writes.append((key, value))
        return total

    def _total_before_writes(self) -> Value:
        if self.content is None:
            return self.reader.term("total", (self.field,), int)
        anywhere = tuple(self.reader.fresh(sort) for sort in self.field.keys)
        content = self.content(anywhere)
        # Filled with anything but 0, the sum depends on the size: it could be any number.
        if same(content, 0):
            return 0
        return self.reader.term("sum", (self.field, anywhere, content), int)


class TermFun(Fun[..., Value]):
    """A function of the state as terms."""

    def __init__(self, reader: "Reader", field: Field) -> None:
        self.reader = reader
        self.field = field

    def __call__(self, *key: Value, **_: Value) -> Value:
        return self.reader.looked_up(
            self.field, key, lambda parts: self.reader.read(self.field, parts)
        )


class TermTable(Fun[..., Value]):
    """A function that is defined on plain values, as terms."""

    def __init__(self, reader: "Reader", field: Field, function: Callable[..., Value]) -> None:
        self.reader = reader
        self.field = field
        self.function = function

    def __call__(self, *key: Value, **_: Value) -> Value:
        return self.reader.looked_up(self.field, key, self._at)

    def _at(self, key: tuple[Value, ...]) -> Value:
        if not any(isinstance(part, Term) for part in key):
            return self._defined(key)
        if self.reader.scope is None and not all(map(is_finite, self.field.keys)):
            raise MachineError(
                f"in {self.reader.label}: {self.field.name} is defined on plain values; "
                "call it with constants, or leave it open"
            )
        *others, last = self.reader.keys(self.field)
        value = self._defined(last)
        for other in others:
            hit = conjoin([equal(a, b) for a, b in zip(key, other, strict=True)])
            value = self._choose(hit, self._defined(other), value)
        return value

    def _defined(self, key: tuple[Value, ...]) -> Value:
        """What the definition gives for constants: a number that is none of the text's own."""
        value = self.function(*(int(k) if isinstance(k, Listed) else k for k in key))
        return self.reader.element(value, self.field.sort)

    def _choose(self, hit: Value, value: Value, otherwise: Value) -> Value:
        if same(value, otherwise) or not isinstance(hit, Term) or self.field.sort is bool:
            return choose(hit, value, otherwise)
        return self.reader.term("ite", (hit, value, otherwise), self.field.sort)


def _both(one: Value, other: Value) -> Value:
    return conjoin([one, other])


def _parts(key: Value) -> tuple[Value, ...]:
    return key if isinstance(key, tuple) else (key,)


@attrs.define
class Reader(Terms):
    """The domain in which a text is read into terms.

    Args:
        label: the action or property that is read, for errors.
        checks: what must hold for the action to be taken, so far.
        counted: the sorts of which it matters to the text how many elements there are: it asks for
            that, sums over them, fills by them or quantifies.
        supposed: what each implication of the text supposes, for each of the elements that it is
            asked of.
    """

    label: str = "the text"
    checks: list[Check] = attrs.field(factory=list)
    counted: set[SortType] = attrs.field(factory=set)
    supposed: Supposed[Value] = attrs.field(factory=lambda: Supposed(_both))
    _writing: bool = False
    _names: Iterator[int] = attrs.field(factory=count)

    def note_left_out(self, named: dict[int, str]) -> None:
        """Add the constants of the text that lie past the sizes, with the text."""
        for constant in self.left_out:
            named.setdefault(constant, self.label)

    def names(self, sort: SortType) -> bool:
        """Whether the text names an element of a sort, or how many there are."""
        return any(
            (term.op == "first" and term.sort is sort)
            or (term.op == "size" and term.args[0] is sort)
            or any(isinstance(arg, sort) for arg in term.args)
            for term in self._known.values()
        )

    def fresh(self, sort: SortType) -> Term:
        """A term that is no other: any element of the sort."""
        return self.term("free", (f"{sort.__name__.lower()}!{next(self._names)}",), sort)

    def looked_up(
        self, field: Field, key: tuple[Value, ...], at: Callable[[tuple[Value, ...]], Value]
    ) -> Value:
        """What `at` gives for a key; undefined where that is none of the field's."""
        self._check_key_sorts(field, key)
        pairs = list(zip(key, field.keys, strict=True))
        nowhere = any(is_nowhere(part, sort) for part, sort in pairs)
        value = self.first(field.sort) if nowhere else at(key)
        return within(value, *(part for pair in pairs for part in pair))

    def check_key(self, field: Field, key: tuple[Value, ...]) -> None:
        """Check that each part of a key is one of its sort; effects begin here."""
        self._writing = True
        self._check_key_sorts(field, key)
        pairs = list(zip(key, field.keys, strict=True))
        undefined = either([undefinedness(part) for part in key])
        stopped = either([outside(part, sort) for part, sort in pairs])
        what = f"a key of {field.name}", f"{field.name}[...] has no such key"
        self._check_written(undefined, stopped, what, field.keys)

    def _check_key_sorts(self, field: Field, key: tuple[Value, ...]) -> None:
        if len(key) != len(field.keys):
            raise MachineError(
                f"in {self.label}: {field.name} takes {len(field.keys)} keys, not {len(key)}"
            )
        for part, sort in zip(key, field.keys, strict=True):
            self._check_sort(part, sort, field.name)

    def assign(self, field: Field, value: Value) -> Value:
        """The value, once it is known to be one of the field's sort; effects begin here."""
        self._writing = True
        self._check_sort(value, field.sort, field.name)
        what = f"what {field.name} is to be", _is_none(field)
        stopped = outside(value, field.sort)
        self._check_written(undefinedness(value), stopped, what, (field.sort,))
        return value

    def filled(
        self, field: Field, anywhere: tuple[Term, ...], content: Callable[..., Value]
    ) -> Value:
        """What fills a map at any key, once it is known to be of its sort at every key."""
        self._writing = True
        filling = content(*anywhere)
        self._check_sort(filling, field.sort, field.name)
        keys = self.keys(field) if self.scope is not None else [anywhere]
        contents = [content(*key) for key in keys]
        undefined = either(list(map(undefinedness, contents)))
        stopped = either([outside(value, field.sort) for value in contents])
        somewhere = self._anywhere(anywhere, undefined), self._anywhere(anywhere, stopped)
        what = f"what fills {field.name}", _is_none(field)
        self._check_written(*somewhere, what, (field.sort,))
        return filling

    def _anywhere(self, keys: tuple[Term, ...], stopped: Undefinedness) -> Undefinedness:
        """What stops a map from being filled at some key."""
        if self.scope is not None:
            return stopped
        low, never = stopped
        return self._close("exists", keys, low), self._close("exists", keys, never)

    def _check_written(
        self,
        undefined: Undefinedness,
        stopped: Undefinedness,
        what: tuple[str, str],
        edge: Sequence[SortType],
    ) -> None:
        """Note what stops a write: a number below zero, whatever else is undefined beside it; what
        is undefined already; and then what is past a size of the sorts that are written."""
        (low, never), (name, none) = stopped, what
        self._check((low, False), none)
        self._check((False, undefined[1]), f"{name} is undefined")
        self._check((False, never), none, edge)

    def _check(self, stopped: Undefinedness, what: str, edge: Sequence[SortType] = ()) -> None:
        """Note what stops the action: a number below zero, and then any undefined value."""
        low, never = stopped
        known = [check.condition for check in self.checks]
        for kind, condition in (("low", negate(low)), ("high", negate(never))):
            if condition is not True and not any(condition is k for k in known):
                self.checks.append(Check(kind, condition, what, edge))

    def _check_sort(self, value: Value, sort: SortType, where: str) -> None:
        if not fits(value, sort):
            wants, found = sort.__name__, sort_of(value).__name__
            raise MachineError(f"in {self.label}: {where} wants {an(wants)}, not {an(found)}")

    def require(self, condition: Value, reason: str) -> None:
        if self._writing:
            raise MachineError(
                f"in {self.label}: require({reason!r}) comes after an effect; put guards first"
            )
        check_condition(condition)
        self._check(undefinedness(condition), f"what is required is undefined: {reason}")
        self.checks.append(Check("guard", condition, reason))

    def holds(self, condition: Value) -> Value:
        """That a property is defined, and true."""
        check_condition(condition)
        return comes_out(condition, true=True)

    def defined(self, value: Value) -> Value:
        """That a value is defined."""
        return negate(undefinedness(value)[1])

    def ite(self, condition: Value, then: Value, otherwise: Value) -> Value:
        return choose(condition, then, otherwise)

    def conjunction(self, conditions: Sequence[Value]) -> Value:
        return conjoin(conditions)

    def disjunction(self, conditions: Sequence[Value]) -> Value:
        return disjoin(conditions)

    def negation(self, condition: Value) -> Value:
        return negate(condition)

    def suppose(self, premise: Value) -> None:
        self.supposed.add(calls(), self.holds(premise))

    def premises(self) -> Mapping[Calls, Value]:
        """Of each implication of the text, by the author's calls that lead to it, that what it
        supposes holds for some of the elements that it is asked of."""
        found: dict[Calls, list[Value]] = {}
        for implication, holds in self.supposed:
            found.setdefault(implication, []).append(holds)
        with reading(self):
            return {implication: disjoin(holds) for implication, holds in found.items()}

    def size(self, sort: SortType) -> Value:
        """The number of elements of a sort."""
        self.counted.add(sort)
        return self.extent(sort)

    def forall(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return self._quantify("forall", sorts, body)

    def exists(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        return self._quantify("exists", sorts, body)

    def _quantify(self, op: str, sorts: Sequence[SortType], body: Callable[..., Value]) -> Value:
        self.sorts.update(sorts)
        self.counted.update(sorts)
        if self.scope is not None:
            instances = [body(*key) for key in self.choices(sorts)]
            return conjoin(instances) if op == "forall" else disjoin(instances)
        bound = tuple(self.fresh(sort) for sort in sorts)
        return self._close(op, bound, body(*bound))

    def _close(self, op: str, bound: tuple[Term, ...], body: Value) -> Value:
        check_condition(body)
        return self.term(op, (bound, body), bool) if isinstance(body, Term) else body

    def total(self, amounts: Value) -> Value:
        if not isinstance(amounts, TermMap) or not issubclass(amounts.field.sort, int):
            raise MachineError(f"in {self.label}: total sums a map of numbers of the state")
        self.counted.update(amounts.field.keys)
        if self.scope is None:
            return amounts.total()
        total: Value = 0
        for key in self.keys(amounts.field):
            total = total + amounts.at(key)
        return total


def _is_none(field: Field) -> str:
    """What is said of a value that a field cannot hold."""
    return f"{field.name} is no {field.sort.__name__}"
