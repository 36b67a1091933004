"""The batch domain: a value is a numpy column with one entry per state.

A state is packed into 64-bit words, and each action, read as terms for one choice of parameters,
becomes a few lines of numpy over columns of words. Those lines are what runs; `Step.source` shows
them.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import takewhile
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from spec.notation.errors import MachineError, where
from spec.notation.interval import OPERATIONS
from spec.notation.machine import Action, Machine, Reading
from spec.notation.reader import Check, Reader, TermMap
from spec.notation.sorts import Field, Fun, Scope, SortType, Value, index_of
from spec.notation.term import Term, choose, conjoin, equal, negate, same
from spec.notation.undefined import undefinedness
from spec.notation.words import reading

S = TypeVar("S")

Words = npt.NDArray[np.uint64]
"""Packed states: shape (words of a state, number of states)."""
Mask = npt.NDArray[np.bool_]
Failing = npt.NDArray[np.int64]
"""Per state, the first check that does not hold, by index; -1 where all do."""

WORD = 63  # bits of a word in use; one stays free, so that a word of ones is no state's
_MOST = 1 << 16  # cells of a state, and parameter choices of all actions
_LONGEST = 50  # operands in one expression; Python parses longer ones recursively
_FREE_STATES = 1 << 27  # initial states enumerated at most: a gigabyte a word
_CHUNK = 1 << 20
_NUMBERS = -(1 << 63), (1 << 63) - 1  # what numpy's integers hold


@attrs.frozen
class Cell:
    """Where one field at one key lies: its bits in a word, and how many values it takes."""

    field: Field
    key: tuple[Value, ...]
    word: int
    shift: int
    size: int

    @property
    def mask(self) -> int:
        """The cell's bits, before the shift."""
        return (1 << (self.size - 1).bit_length()) - 1


class Layout:
    """How the states of a machine are packed at a size: cells in order, none across two words."""

    def __init__(self, fields: Mapping[str, Field], scope: Scope) -> None:
        self.scope = scope
        cells = sum(_count(field.keys, scope) for field in fields.values())
        if cells > _MOST:
            raise MachineError(f"a state of {cells:,} cells is too large; give smaller sizes")
        self.cells: dict[tuple[str, tuple[Value, ...]], Cell] = {}
        word = shift = 0
        for field in fields.values():
            size = scope.size(field.sort)
            bits = (size - 1).bit_length()
            if bits > WORD:
                raise MachineError(
                    f"{field.sort.__name__}={size}: no {WORD}-bit word holds a number below it; "
                    "give a smaller size"
                )
            for key in scope.keys(field):
                if shift + bits > WORD:
                    word, shift = word + 1, 0
                self.cells[field.name, key] = Cell(field, key, word, shift, size)
                shift += bits
        self.words = word + 1

    def pack(self, contents: Sequence[Mapping[tuple[str, tuple[Value, ...]], Value]]) -> Words:
        """States given cell by cell, packed."""
        words = np.zeros((self.words, len(contents)), np.uint64)
        for column, content in enumerate(contents):
            for place, cell in self.cells.items():
                bits = index_of(content[place]) << cell.shift
                words[cell.word, column] |= np.uint64(bits)
        return words

    def unpack(self, words: Words, column: int) -> dict[str, Value]:
        """One packed state, as `Machine.concrete` takes it."""
        contents: dict[str, Value] = {}
        for (name, key), cell in self.cells.items():
            index = int(words[cell.word, column]) >> cell.shift & cell.mask
            if index >= cell.size:
                raise MachineError(f"{name}{list(key)} holds {index}, past its size {cell.size}")
            value = self.scope.elements(cell.field.sort)[index]
            if cell.field.kind is object:
                contents[name] = value
            else:
                contents.setdefault(name, {})[key if len(key) != 1 else key[0]] = value
        return contents


class Code:
    """Numpy source that computes terms over the columns w0, w1, ... of packed states."""

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self.layout = layout
        self.reader = reader
        self.lines: list[str] = []
        self._names: dict[int, str] = {}

    def value(self, value: Value) -> str:
        """An expression for a value: a literal, or a column that a line has computed."""
        if not isinstance(value, Term):
            return self._constant(value)
        if id(value) not in self._names:
            expression = self._expression(value)
            self._names[id(value)] = f"t{len(self._names)}"
            self.lines.append(f"{self._names[id(value)]} = {expression}")
        return self._names[id(value)]

    def _constant(self, value: Value) -> str:
        if isinstance(value, bool):
            return repr(value)
        self._check_held(index_of(value), index_of(value))
        return self.number(index_of(value))

    def _check_held(self, low: int, high: int) -> None:
        """Refuse a number that could leave the 64 bits in which columns count."""
        if low < _NUMBERS[0] or high > _NUMBERS[1]:
            number = high if high > _NUMBERS[1] else low
            raise MachineError(
                f"in {self.reader.label}: a number can come to {number:,} at these sizes, and no "
                "64-bit word holds it; give smaller sizes, or a smaller constant if it is one"
            )

    def _expression(self, term: Term) -> str:
        if term.op == "read":
            return self._read(term)
        if term.op == "within":
            return self._defined(term.args[0])
        if term.op in ("and", "or"):
            return self._connected(term)
        if term.op == "not":
            return self.negated(self.value(term.args[0]))
        if term.op == "eq":
            fixed = self.fixed(term)
            return self._tested({fixed[0]: fixed[1:]}) if fixed else self._infix("==", term)
        if term.op == "ite":
            return self.chosen(*(self.value(a) for a in term.args))
        if term.op in OPERATIONS:
            self._check_held(*self.reader.reach(term))
        return self._infix(_INFIX[term.op], term)

    def _defined(self, value: Value) -> str:
        """A value where it is defined; elsewhere, what stands for it does not matter."""
        return self.value(value) if isinstance(value, Term) else self.everywhere(self.value(value))

    # How numpy spells what a compiler of single states spells otherwise.

    def number(self, number: int) -> str:
        """A number."""
        return repr(number)

    def bits(self, bits: int) -> str:
        """Bits of a word."""
        return f"{bits:#x}"

    def everywhere(self, constant: str) -> str:
        """A constant, the same in every state."""
        return f"np.full(w0.shape, {constant})"

    def negated(self, condition: str) -> str:
        """The opposite of a condition."""
        return f"~{condition}"

    def chosen(self, condition: str, then: str, otherwise: str) -> str:
        """One of two values."""
        return f"np.where({condition}, {then}, {otherwise})"

    def held(self, cell: Cell) -> str:
        """What a cell holds."""
        if cell.field.sort is bool:
            return f"(w{cell.word} & {self.bits(1 << cell.shift)}) != 0"
        return f"(w{cell.word} >> {cell.shift} & {cell.mask:#x}).view(np.int64)"

    def shifted(self, value: str, cell: Cell) -> str:
        """A value as the bits of a cell."""
        return f"({value}.astype(np.uint64) << {cell.shift})"

    def _infix(self, operator: str, term: Term) -> str:
        a, b = (self.value(arg) for arg in term.args)
        return f"{a} {operator} {b}"

    def _connected(self, term: Term) -> str:
        """A connective; what it says of single cells is one comparison per word."""
        # not (a or b) is (not a and not b): cells of a disjunction are tested for their opposite.
        conjunction = term.op == "and"
        tests: dict[int, tuple[int, int]] = {}
        rest = []
        for arg in term.args:
            fixed = self.fixed(arg if conjunction else negate(arg))
            if fixed is None:
                rest.append(self.value(arg))
                continue
            word, mask, bits = fixed
            known_mask, known_bits = tests.get(word, (0, 0))
            if (known_bits ^ bits) & known_mask & mask:  # one cell, two values
                return self.everywhere(repr(not conjunction))
            tests[word] = known_mask | mask, known_bits | bits
        if conjunction:
            return self._joined(" & ", [self._tested(tests)] * bool(tests) + rest)
        opposite = [self.negated(f"({self._tested(tests)})")] * bool(tests)
        return self._joined(" | ", opposite + rest)

    def _tested(self, tests: Mapping[int, tuple[int, ...]]) -> str:
        """Whether words hold some bits under some masks."""
        return " & ".join(
            f"((w{word} & {self.bits(mask)}) == {self.bits(bits)})"
            for word, (mask, bits) in tests.items()
        )

    def _joined(self, operator: str, parts: Sequence[str]) -> str:
        """Parts joined by an operator, over several lines where they are many."""
        rest = list(parts)
        while len(rest) > _LONGEST:
            name = f"j{len(self.lines)}"
            self.lines.append(f"{name} = {operator.join(rest[:_LONGEST])}")
            rest = [name, *rest[_LONGEST:]]
        return operator.join(rest)

    def fixed(self, term: Value) -> tuple[int, int, int] | None:
        """The word, mask and bits of a term that says which value one cell holds."""
        positive = not (isinstance(term, Term) and term.op == "not")
        inner = term if positive else term.args[0]
        if not isinstance(inner, Term):
            return None
        if inner.op == "read" and inner.sort is bool:
            read, value = inner, positive
        elif inner.op == "eq" and positive and not isinstance(inner.args[1], Term):
            read, value = inner.args
        else:
            return None
        cell = self._cell(read)
        if cell is None:
            return None
        index = index_of(value)
        # A value that the cell cannot hold leaves the general comparison, which is false.
        inside = 0 <= index < cell.size
        return (cell.word, cell.mask << cell.shift, index << cell.shift) if inside else None

    def _cell(self, term: Term) -> Cell | None:
        """The cell that a term reads, if it reads one whatever the state."""
        if term.op != "read" or any(isinstance(part, Term) for part in term.args):
            return None
        return self.layout.cells[term.args[0].name, term.args[1:]]

    def _read(self, term: Term) -> str:
        cell = self._cell(term)
        if cell is not None:
            return self.held(cell)
        field, *rest = term.args
        key = tuple(rest)
        # A key that depends on the state: choose among the cells it can mean.
        *others, last = (k for k in self.reader.keys(field) if _may_be(key, k))
        chosen: Value = self.reader.read(field, last)
        for other in others:
            pairs = zip(key, other, strict=True)
            hit = conjoin([equal(a, b) for a, b in pairs if isinstance(a, Term)])
            chosen = choose(hit, self.reader.read(field, other), chosen)
            self.value(chosen)  # a line for each, lest a long choice be nested as deep
        return self.value(chosen)

    def words(self, after: Mapping[Cell, Value]) -> list[str]:
        """An expression per word of the state in which some cells have new values."""
        words = []
        for word in range(self.layout.words):
            changed = [(c, v) for c, v in after.items() if c.word == word]
            cleared = sum(cell.mask << cell.shift for cell, _ in changed)
            kept = WORD_MASK & ~cleared
            parts = [f"w{word}" if not cleared else f"(w{word} & {self.bits(kept)})"]
            # A constant outside its sort fails a check of every state; any bits serve for it.
            constants = [(c, index_of(v)) for c, v in changed if not isinstance(v, Term)]
            fixed = sum((index & cell.mask) << cell.shift for cell, index in constants)
            parts += [self.bits(fixed)] * bool(fixed)
            for cell, value in changed:
                if isinstance(value, Term):
                    parts.append(self.shifted(self.value(value), cell))
            words.append(self._joined(" | ", parts))
        return words

    def function(self, result: str) -> tuple[Callable[..., Value], str]:
        """The lines so far as a function of packed states, and its source."""
        parameters = "".join(f"w{i}, " for i in range(self.layout.words))
        body = "\n".join(f"    {line}" for line in [*self.lines, f"return {result}"])
        source = f"def compiled({parameters.rstrip(' ,')}):\n{body}\n"
        return _compiled(source), source


@cache  # checks recur from action to action, and from machine to machine
def _compiled(source: str) -> Callable[..., Value]:
    space: dict[str, Value] = {"np": np}
    exec(source, space)  # the source is this module's own, made of the author's terms
    compiled: Callable[..., Value] = space["compiled"]
    return compiled


def _count(sorts: Iterable[SortType], scope: Scope) -> int:
    return math.prod(scope.size(sort) for sort in sorts)


WORD_MASK = (1 << 64) - 1
_INFIX = {"lt": "<", "add": "+", "sub": "-", "mul": "*", "mod": "%", "div": "//"}


def _may_be(key: tuple[Value, ...], other: tuple[Value, ...]) -> bool:
    return all(isinstance(a, Term) or same(a, b) for a, b in zip(key, other, strict=True))


@attrs.frozen(slots=False)
class Step(Generic[S]):
    """An action with its parameters, compiled.

    Attributes:
        checks: what must hold, in the order of the text.
        guarded: per state, whether every guard holds that comes before a range check.
        failing: per state, the first check that does not hold, by index; -1 where all do.
        effect: the states after; its argument holds states in which every check holds.
        further: whether there are more checks than `guarded` looks at.
    """

    action: Action[S]
    args: tuple[Value, ...]
    checks: Sequence[Check]
    guarded: Callable[[Words], Mask]
    failing: Callable[[Words], Failing]
    effect: Callable[[Words], Words]
    further: bool
    source: str

    @cached_property
    def refuses(self) -> Mask:
        """Per check, by index, whether it is a guard; at -1, where none fails, it is none."""
        return self._where("guard")

    @cached_property
    def cuts(self) -> Mask:
        """Per check, by index, whether it keeps a number within its size; at -1 it does not."""
        return self._where("high")

    def _where(self, kind: str) -> Mask:
        return np.array([*(check.kind == kind for check in self.checks), False])

    def impossible(self, words: Words) -> Mask:
        """Per state, whether the step cannot be taken, nor could at a larger size: a guard refuses
        it, or a number would fall below zero."""
        failing = self.failing(words)
        return (failing >= 0) & ~self.cuts[failing]

    def allowed(self, words: Words) -> Mask:
        """Per state, whether the step can be taken: every check holds."""
        allowed = self.guarded(words)
        if self.further:
            rows = np.flatnonzero(allowed)
            allowed[rows] = self.failing(words[:, rows]) == -1
        return allowed


def leading_guards(checks: Sequence[Check]) -> list[Value]:
    """The conditions of those guards that come first: they are defined in every state."""
    return [check.condition for check in takewhile(lambda c: c.kind == "guard", checks)]


class Batch(Generic[S]):
    """A machine compiled for a size.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.

    Attributes:
        left_out: constants that lie past the sizes, each with a text that names it: of the actions,
            of the start, of the assumptions, and of what else was compiled so far.
        cut_starts: how many free choices would start with a number past its size.
    """

    def __init__(self, machine: Machine[S], scope: Scope) -> None:
        if scope.universe:
            raise MachineError("the batch domain counts its elements; give sizes, not values")
        self.machine = machine
        self.scope = scope
        self.layout = Layout(machine.fields, scope)
        self.left_out: dict[int, str] = {}
        self.cut_starts = 0
        steps = sum(_count(act.parameters.values(), scope) for act in machine.actions)
        if steps > _MOST:
            raise MachineError(f"{steps:,} choices of parameters are too many; give smaller sizes")
        self.steps = [
            self._step(act, args) for act in machine.actions for args in act.instances(scope)
        ]
        # Also where nothing starts anew: what these leave out is left out by all that follows.
        self._init = machine.read(machine.start_action, scope)
        self._init.reader.note_left_out(self.left_out)
        self._assumed = [self.predicate(text) for text in machine.assumptions]

    def _step(self, act: Action[S], args: tuple[Value, ...]) -> Step[S]:
        read = self.machine.read(act, self.scope, args)
        guards = leading_guards(read.checks)
        with reading(read.reader):
            guard = read.reader.conjunction(guards)
            after = self.changes(read)
        guarded, source = self._condition(read.reader, guard)
        effect, effect_source = self._effect(read.reader, after)
        read.reader.note_left_out(self.left_out)
        return Step(
            act,
            args,
            read.checks,
            guarded,
            self._failing(read.reader, read.checks),
            effect,
            len(guards) < len(read.checks),
            source + effect_source,
        )

    def changes(self, read: Reading[S]) -> dict[Cell, Value]:
        """The cells that an action may change, with their values after it."""
        changes: dict[Cell, Value] = {}
        for name, field in self.machine.fields.items():
            content = getattr(read.after, name)
            untouched = isinstance(content, TermMap) and not content.writes and not content.content
            if field.kind is Fun or untouched:
                continue
            listed = read.reader.keys(field)
            for key, element in zip(self.scope.keys(field), listed, strict=True):
                value = content.at(element) if isinstance(content, TermMap) else content
                cell = self.layout.cells[name, key]
                if not self._is_held(value, cell):
                    changes[cell] = value
        return changes

    def _is_held(self, value: Value, cell: Cell) -> bool:
        """Whether a value is what a cell held before the action."""
        if not (isinstance(value, Term) and value.op == "read"):
            return False
        field, *key = value.args
        return (
            field is cell.field
            and not any(isinstance(part, Term) for part in key)
            and tuple(key) == cell.key
        )

    def _condition(self, reader: Reader, condition: Value) -> tuple[Callable[[Words], Mask], str]:
        if not isinstance(condition, Term):
            truth = bool(condition)
            return lambda words: np.full(words.shape[1], truth), f"{truth}\n"
        with reading(reader):
            code = Code(self.layout, reader)
            compiled, source = code.function(code.value(condition))
        return lambda words: compiled(*words), source

    def _failing(self, reader: Reader, checks: Sequence[Check]) -> Callable[[Words], Failing]:
        conditions = [self._condition(reader, check.condition)[0] for check in checks]

        def failing(words: Words) -> Failing:
            first = np.full(words.shape[1], -1)
            for index in reversed(range(len(conditions))):
                first[~conditions[index](words)] = index
            return first

        return failing

    def _effect(
        self, reader: Reader, after: Mapping[Cell, Value]
    ) -> tuple[Callable[[Words], Words], str]:
        with reading(reader):
            code = Code(self.layout, reader)
            words = code.words(after)
        compiled, source = code.function(f"({', '.join(words)},)")
        if len(words) == 1:
            return lambda before: compiled(*before)[0].reshape(1, -1), source
        return lambda before: np.stack(compiled(*before)), source

    def predicate(self, text: Callable[[S], bool]) -> Callable[[Words], Mask]:
        """A property, compiled: per state, whether it holds."""
        reader, value = self.machine.read_predicate(text, self.scope)
        reader.note_left_out(self.left_out)
        return self._condition(reader, value)[0]

    def undefined(self, text: Callable[[S], Value]) -> Callable[[Words], Mask] | None:
        """Per state, whether what a text says is undefined; None where it never is."""
        reader, value = self.machine.read_value(text, self.scope)
        with reading(reader):
            _, never = undefinedness(value)
        return None if never is False else self._condition(reader, never)[0]

    def premises(self, text: Callable[[S], bool]) -> list[tuple[str, Callable[[Words], Mask]]]:
        """What a property supposes in each of its implications, with the file and line of that.

        Per state, whether it holds for some of the elements that the text asks of.
        """
        reader, _ = self.machine.read_predicate(text, self.scope)
        return [
            (str(calls[0]), self._condition(reader, holds)[0])
            for calls, holds in reader.premises().items()
        ]

    def clauses(self, text: Callable[[S], bool]) -> list[tuple[set[Cell], Callable[[Words], Mask]]]:
        """A property as conditions that must all hold, each with the cells that it looks at."""
        reader, value = self.machine.read_predicate(text, self.scope)
        parts = value.args if isinstance(value, Term) and value.op == "and" else (value,)
        return [(self._read_by([part]), self._condition(reader, part)[0]) for part in parts]

    def _read_by(self, values: Sequence[Value]) -> set[Cell]:
        read = _cells_read(values)
        return {
            cell
            for (name, key), cell in self.layout.cells.items()
            if any(field == name and _may_be(known, key) for field, known in read)
        }

    def initial(self) -> Iterator[Words]:
        """The initial states, in chunks: those free choices that meet `init` and assumptions.

        A choice that would start with a number past its size is counted in `cut_starts`.

        Raises:
            MachineError: there is none, or `init` takes a number below zero.
        """
        read = self._init
        with reading(read.reader):
            after = self.changes(read)
        effect, _ = self._effect(read.reader, after)
        failing = self._failing(read.reader, read.checks)
        found = 0
        self.cut_starts = 0
        for words in self._free(self._used(after, read.checks)):
            stopped = failing(words)
            self._check_starts(read, stopped)
            started = effect(words[:, stopped == -1])
            for holds in self._assumed:
                started = started[:, holds(started)]
            found += started.shape[1]
            yield started
        if not found:
            past = ", ".join(map(str, sorted(read.reader.left_out)))
            raise MachineError(
                f"{self.machine.name} cannot start: no state meets all that init requires "
                "and the assumptions say" + f"; these sizes leave out {past}" * bool(past),
                where(self.machine.init),
            )

    def _check_starts(self, read: Reading[S], stopped: Failing) -> None:
        """Count the starts that lead past a size, and refuse any that leads below zero."""
        for number, check in enumerate(read.checks):
            count = int(np.count_nonzero(stopped == number))
            if check.kind == "low" and count:
                raise MachineError(
                    f"{read.reader.label} takes a number below zero: {check.reason}",
                    where(self.machine.init),
                )
            if check.kind == "high":
                self.cut_starts += count

    def _used(self, after: Mapping[Cell, Value], checks: Sequence[Check]) -> list[Cell]:
        """The cells whose content before `init` matters."""
        read = self._read_by([*after.values(), *(check.condition for check in checks)])
        return [c for c in self.layout.cells.values() if c not in after or c in read]

    def _free(self, cells: Sequence[Cell]) -> Iterator[Words]:
        """Every content of some cells, the others zero, in chunks."""
        count = math.prod(cell.size for cell in cells)
        if count > _FREE_STATES:
            raise MachineError(
                f"{self.machine.name} starts in {count:,} states at this size; give smaller sizes"
            )
        for start in range(0, count, _CHUNK):
            number = np.arange(start, min(start + _CHUNK, count), dtype=np.uint64)
            words = np.zeros((self.layout.words, len(number)), np.uint64)
            for cell in cells:
                words[cell.word] |= number % np.uint64(cell.size) << np.uint64(cell.shift)
                number = number // np.uint64(cell.size)
            yield words

    def state(self, words: Words, column: int) -> S:
        """One packed state, as a concrete one."""
        return self.machine.concrete(self.scope, self.layout.unpack(words, column))


def fields_read(values: Sequence[Value]) -> set[Field]:
    """The fields, functions among them, that some values look at."""
    return {term.args[0] for term in _reads(values)}


def _cells_read(values: Sequence[Value]) -> list[tuple[str, tuple[Value, ...]]]:
    return [(term.args[0].name, term.args[1:]) for term in _reads(values)]


def _reads(values: Sequence[Value]) -> Iterator[Term]:
    pending, seen = list(values), set()
    while pending:
        value = pending.pop()
        if isinstance(value, Term) and id(value) not in seen:
            seen.add(id(value))
            pending.extend(value.args)
            if value.op == "read":
                yield value
