"""The batch domain compiled further: one loop over single states for all actions, with numba.

The instances of an action differ in constants only. Their code is written once, with the constants
in a table that it runs over, so that compiling takes as long for a thousand parameters as for two.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.columns import Successors
from spec.notation import MachineError
from spec.notation.batch import Batch, Cell, Code, Mask, Step, Words, leading_guards
from spec.notation.reader import Check
from spec.notation.words import reading

S = TypeVar("S")
Constants = npt.NDArray[np.uint64]

_NONE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)  # no state: every word keeps a bit free
_LONG = 1 << 14  # characters of source, from which on compiling takes longer than it saves
_SPARED = 1 << 22  # slots, from which on a table grows by half, to spare memory
_BLOCK = 64  # look-ups whose loads from memory overlap


def _jit() -> Callable[..., Any]:  # numba's functions have no types
    """numba's compiler; an optional extra, and slow to import."""
    try:
        import numba
    except ImportError:
        raise MachineError("the numba engine needs numba; pip install 'tallystick[jit]'") from None
    compiler: Callable[..., Any] = numba.njit(nogil=True)
    return compiler


class _Scalar(Code):
    """The code of one state: numbers w0, w1, ... instead of columns, constants from a table."""

    def __init__(self, *args: Any) -> None:  # as Code takes them
        super().__init__(*args)
        self.constants: list[int] = []

    def number(self, number: int) -> str:
        return f"np.int64({self.bits(number)})"

    def bits(self, bits: int) -> str:
        self.constants.append(bits % (1 << 64))
        return f"c[r, {len(self.constants) - 1}]"

    def everywhere(self, constant: str) -> str:
        return constant

    def negated(self, condition: str) -> str:
        return f"(not {condition})"

    def chosen(self, condition: str, then: str, otherwise: str) -> str:
        return f"({then} if {condition} else {otherwise})"

    def held(self, cell: Cell) -> str:
        if cell.field.sort is bool:
            return f"((w{cell.word} & {self.bits(1 << cell.shift)}) != 0)"
        return f"np.int64(w{cell.word} >> {self.bits(cell.shift)} & {self.bits(cell.mask)})"

    def shifted(self, value: str, cell: Cell) -> str:
        return f"(np.uint64({value}) << {self.bits(cell.shift)})"


class _Literal(_Scalar):
    """The same with its constants written out, where there is but one instance."""

    def bits(self, bits: int) -> str:
        return f"np.uint64({bits % (1 << 64):#x})"


@attrs.define
class _Group:
    """Steps of one code: a row of constants for each, and its index among all steps."""

    body: str
    rows: list[list[int]] = attrs.field(factory=list)
    steps: list[int] = attrs.field(factory=list)


class Kernel(Generic[S]):
    """A machine compiled to one loop.

    Args:
        batch: the machine, compiled for columns.
    """

    def __init__(self, batch: Batch[S]) -> None:
        self.batch = batch
        groups = list(self._groups())
        self._constants = tuple(np.array(g.rows, np.uint64) for g in groups)
        self._indices = tuple(np.array(g.steps, np.int64) for g in groups)
        self._code = {
            "expand": _expanding(groups, batch.layout.words),
            "choose": _choosing(groups, batch.layout.words),
        }

    def _groups(self) -> Iterator[_Group]:
        found: dict[str, _Group] = {}
        for index, step in enumerate(self.batch.steps):
            body, constants = self._body(step)
            group = found.setdefault(body, _Group(body))
            group.rows.append(constants or [0])
            group.steps.append(index)
        yield from found.values()

    def _body(self, step: Step[S]) -> tuple[str, list[int]]:
        """What one step does to one state, as lines of code and their constants."""
        read = self.batch.machine.read(step.action, self.batch.scope, step.args)
        with reading(read.reader):
            code = _Scalar(self.batch.layout, read.reader)
            leading = leading_guards(read.checks)
            guard = code.value(read.reader.conjunction(leading))
            lines = [*code.lines, f"if not {guard}: continue"]
            lines += self._further_checks(code, read.checks[len(leading) :])
            code.lines = []
            words = code.words(self.batch.changes(read))
        results = [f"a{i} = {word}" for i, word in enumerate(words)]
        return "\n".join([*lines, *code.lines, *results]), code.constants

    def _further_checks(self, code: _Scalar, checks: Sequence[Check]) -> Iterator[str]:
        for check in checks:
            code.lines = []
            condition = code.value(check.condition)
            yield from code.lines
            yield f"if not {condition}:"
            if check.kind != "guard":
                yield "    cut += 1"
            if check.kind == "low":
                yield "    low[s[r]] = i"
            yield "    continue"

    def predicate(self, text: Callable[[S], bool]) -> Callable[[Words], Mask]:
        """A property, compiled: per state, whether it holds."""
        reader, value = self.batch.machine.read_predicate(text, self.batch.scope)
        reader.note_left_out(self.batch.left_out)
        with reading(reader):
            code = _Literal(self.batch.layout, reader)
            result = code.value(value)
        every = range(self.batch.layout.words)
        source = _lines(
            ["def holds(words, out):", "    for i in range(words.shape[1]):"],
            2,
            [*(f"w{k} = words[{k}, i]" for k in every), *code.lines, f"out[i] = {result}"],
        )
        if len(source) > _LONG:
            return self.batch.predicate(text)
        compiled = _compiled(source, "holds")

        def holds(words: Words) -> Mask:
            out = np.empty(words.shape[1], np.bool_)
            compiled(np.require(words, requirements=["C", "W"]), out)
            return out

        holds(np.empty((len(every), 0), np.uint64))  # compiles it
        return holds

    @functools.cache  # noqa: B019  # a kernel lives as long as the search that it is made for
    def _loop(self, name: str) -> Callable[..., Any]:  # numba's functions have no types
        return _compiled(self._code[name], name)

    def choose(
        self, words: Words, seeds: npt.NDArray[np.uint64]
    ) -> tuple[Words, npt.NDArray[np.int64], int, Mapping[int, int]]:
        """Take a random step of each state: the states after, and which steps; -1 where none is.

        Then how many steps were cut, since a number would have left its sort; and by step, a row
        in which one would have fallen below zero.

        Args:
            words: the states.
            seeds: of the choices, one for each state, none of them 0; they are changed.
        """
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        after, chosen = np.empty_like(words), np.empty(words.shape[1], np.int64)
        low = np.full(len(self.batch.steps), -1)  # per step, a row that it takes below zero
        cut = self._loop("choose")(words, after, chosen, seeds, low, self._constants, self._indices)
        return after, chosen, cut, {int(step): int(low[step]) for step in np.flatnonzero(low >= 0)}

    def expand(self, words: Words) -> Successors:
        """The states after each of some states."""
        count = words.shape[1]
        out = np.empty((len(words), count * len(self.batch.steps)), np.uint64)
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        low = np.full(len(self.batch.steps), -1)  # per step, a row that it takes below zero
        stuck = np.empty(count, np.int64)
        made, generated, cut, idle = self._loop("expand")(
            words, out, low, stuck, self._constants, self._indices
        )
        below = {int(step): words[:, [low[step]]] for step in np.flatnonzero(low >= 0)}
        return Successors(out[:, :made], generated, cut, below, words[:, stuck[:idle]])


def _expanding(groups: Sequence[_Group], words: int) -> str:
    """Writes down every successor that differs from its state."""
    every = range(words)
    found = [
        "generated += 1",
        f"if {' or '.join(f'a{k} != w{k}' for k in every)}:",
        *(f"    out[{k}, n] = a{k}" for k in every),
        "    n += 1",
    ]
    return _lines(
        ["def expand(words, out, low, stuck, constants, steps):"],
        1,
        ["n = generated = cut = idle = 0", "for i in range(words.shape[1]):"],
        2,
        [*(f"w{k} = words[{k}, i]" for k in every), "before = generated + cut"],
        2,
        _steps(groups, found),
        2,
        ["if generated + cut == before:", "    stuck[idle] = i", "    idle += 1"],
        1,
        ["return n, generated, cut, idle"],
    )


def _choosing(groups: Sequence[_Group], words: int) -> str:
    """Takes one of the possible steps, each as likely; of none, chosen is -1.

    The n-th that is found replaces the one before it once in n times, by a xorshift generator for
    each state (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8:14, 2003).
    """
    every = range(words)
    found = [
        "n += 1",
        "x ^= x << np.uint64(13)",
        "x ^= x >> np.uint64(7)",
        "x ^= x << np.uint64(17)",
        "if ((x >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32) == 0:",
        "    chosen[i] = s[r]",
        *(f"    after[{k}, i] = a{k}" for k in every),
    ]
    return _lines(
        ["def choose(words, after, chosen, seeds, low, constants, steps):"],
        1,
        ["cut = 0", "for i in range(words.shape[1]):"],
        2,
        [*(f"w{k} = after[{k}, i] = words[{k}, i]" for k in every)],
        2,
        ["n, x, chosen[i] = 0, seeds[i], -1"],
        2,
        _steps(groups, found),
        2,
        ["seeds[i] = x"],
        1,
        ["return cut"],
    )


def _steps(groups: Sequence[_Group], found: Sequence[str]) -> list[str]:
    """Every step of a state w0, w1, ...; what is done with each that is possible, to a0, a1, ..."""
    lines = []
    for number, group in enumerate(groups):
        lines += [f"c = constants[{number}]", f"s = steps[{number}]", "for r in range(len(s)):"]
        lines += [f"    {line}" for line in (*group.body.split("\n"), *found)]
    return lines


def _lines(*parts: Sequence[str] | int) -> str:
    """Lines of code; a number says how deep those that follow it are."""
    depth, lines = 0, []
    for part in parts:
        if isinstance(part, int):
            depth = part
        else:
            lines += ["    " * depth + line for line in part]
    return "\n".join([*lines, ""])


def _compiled(source: str, name: str) -> Callable[..., Any]:  # numba's functions have no types
    space: dict[str, Any] = {"np": np}
    exec(source, space)  # the source is this module's own, made of the author's terms
    compiled: Callable[..., Any] = _jit()(space[name])
    return compiled


class Table:
    """A set of states by open addressing, in parts that are filled at the same time.

    A state belongs to the part that its hash names, so no two workers write to one.

    Args:
        words: the words of a state.
        parts: how many parts; one for each worker.
    """

    def __init__(self, words: int, parts: int = 1) -> None:
        self.words = words
        self.parts = [np.full((_BLOCK, words), _NONE) for _ in range(parts)]
        self.counts = [0] * parts
        self._insert, self._rehash = _table_code(words, parts)
        # Compile both now, so that what is timed later is the search.
        self.insert(0, np.empty((words, 0), np.uint64))
        self._grow(0, _BLOCK)

    def __len__(self) -> int:
        return sum(self.counts)

    def insert(self, part: int, words: Words) -> Words:
        """Add those of some states that belong to a part; the ones that it did not hold."""
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        fresh = np.empty_like(words)
        added = done = 0
        while done < words.shape[1]:
            room = self._room(part, words.shape[1] - done)
            before = added
            added, done = self._insert(self.parts[part], words, part, fresh, added, done, room)
            self.counts[part] += added - before
        return fresh[:, :added].copy()

    def _room(self, part: int, more: int) -> int:
        """How many states a part has room for while a third of its slots stays free.

        Enough for its share of some more, and for a block, however these may fall.
        """
        slots = len(self.parts[part])
        while 2 * slots < 3 * (self.counts[part] + more // len(self.parts) + _BLOCK):
            slots += slots if slots < _SPARED else slots // 2
        if slots > len(self.parts[part]):
            self._grow(part, slots)
        return 2 * slots // 3 - self.counts[part]

    def _grow(self, part: int, slots: int) -> None:
        old, larger = self.parts[part], np.full((slots, self.words), _NONE)
        self._rehash(old, old.T, larger)
        self.parts[part] = larger


@functools.cache
def _table_code(words: int, parts: int) -> tuple[Callable[..., Any], Callable[..., None]]:
    """The loops of a table; to the compiler, both numbers are constants.

    A hash is mixed as MurmurHash3 ends (Appleby, 2011), so that each of its bits depends on every
    bit of a state: the highest say where it belongs in a part, and the lowest, in which part.
    """
    jit = _jit()
    low_bits = np.uint64(0xFFFF)
    half = np.uint64(32)

    @jit
    def hashed(states: Words, i: int) -> np.uint64:
        value = np.uint64(0)
        for k in range(words):
            value ^= states[k, i]
            value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51_AFD7_ED55_8CCD)
        value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CE_B9FE_1A85_EC53)
        return value ^ (value >> np.uint64(33))

    @jit
    def place(value: np.uint64, size: int) -> np.uint64:
        """Where a hash belongs among so many slots: in the order of the hashes, at any size."""
        return ((value >> half) * np.uint64(size)) >> half

    @jit
    def put(table: Constants, slot: np.uint64, states: Words, i: int) -> bool:
        """Write a state where it belongs, from a slot on; whether it was not there."""
        size = np.uint64(len(table))
        while table[slot, 0] != _NONE:
            same = True
            for k in range(words):
                same &= table[slot, k] == states[k, i]
            if same:
                return False
            slot += np.uint64(1)
            if slot == size:
                slot = np.uint64(0)
        for k in range(words):
            table[slot, k] = states[k, i]
        return True

    @jit
    def insert(
        table: Constants, states: Words, part: int, fresh: Words, added: int, i: int, room: int
    ) -> tuple[int, int]:
        """From a state on, as far as there is room for all that may be new: how many were, and
        how far that was."""
        rows = np.empty(_BLOCK, np.int64)
        slots = np.empty(_BLOCK, np.uint64)
        first = np.empty(_BLOCK, np.uint64)
        last = added + room - _BLOCK
        while i < states.shape[1] and added <= last:
            n = 0
            while i < states.shape[1] and n < _BLOCK:
                value = hashed(states, i)
                rows[n] = i
                slots[n] = place(value, len(table))
                if parts == 1 or (value & low_bits) % np.uint64(parts) == np.uint64(part):
                    n += 1
                i += 1
            # These loads do not wait for one another; one at a time would wait for memory.
            for j in range(n):
                first[j] = table[slots[j], 0]
            for j in range(n):
                if words == 1 and first[j] == states[0, rows[j]]:
                    continue
                if put(table, slots[j], states, rows[j]):
                    for k in range(words):
                        fresh[k, added] = states[k, rows[j]]
                    added += 1
        return added, i

    @jit
    def rehash(old: Constants, states: Words, larger: Constants) -> None:
        for i in range(len(old)):
            if old[i, 0] != _NONE:
                put(larger, place(hashed(states, i), len(larger)), states, i)

    return insert, rehash
