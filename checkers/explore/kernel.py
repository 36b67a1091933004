"""The batch domain compiled further: one loop over single states for all actions, with numba.

The instances of an action differ in constants only. Their code is written once, with the constants
in a table that it runs over, so that compiling takes as long for a thousand parameters as for two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.columns import Successors
from checkers.explore.jit import jit_source
from spec.notation.batch import Batch, Cell, Code, Mask, Step, Words, leading_guards
from spec.notation.reader import Check
from spec.notation.words import reading

S = TypeVar("S")

_LONG = 1 << 14  # characters of source, from which on compiling takes longer than it saves


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
    """The code of one state with its constants written out, where there is but one instance."""

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
        self._groups = list(self._grouped())
        self._constants = tuple(np.array(g.rows, np.uint64) for g in self._groups)
        self._indices = tuple(np.array(g.steps, np.int64) for g in self._groups)

    @cached_property
    def _expand(self) -> Callable[..., Any]:  # numba's functions have no types
        return jit_source(_expanding(self._groups, self.batch.layout.words), "expand")

    @cached_property
    def _choose(self) -> Callable[..., Any]:  # numba's functions have no types
        return jit_source(_choosing(self._groups, self.batch.layout.words), "choose")

    def _grouped(self) -> Iterator[_Group]:
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
            if check.kind == "high":
                yield "    cut += 1"
            if check.kind == "low":
                yield "    low[s[r]] = i"
            if check.kind != "guard":
                yield "    stopped = True"
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
        compiled = jit_source(source, "holds")

        def holds(words: Words) -> Mask:
            out = np.empty(words.shape[1], np.bool_)
            compiled(np.require(words, requirements=["C", "W"]), out)
            return out

        holds(np.empty((len(every), 0), np.uint64))  # compiles it
        return holds

    def choose(
        self, words: Words, seeds: npt.NDArray[np.uint64]
    ) -> tuple[Words, npt.NDArray[np.int64], int, Mapping[int, int]]:
        """Take a random step of each state: the states after, and which steps; -1 where none is.

        Then how many steps were cut, since a number would have passed its size; and by step, a row
        in which one would have fallen below zero.

        Args:
            words: the states.
            seeds: of the choices, one for each state, none of them 0; they are changed.
        """
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        after, chosen = np.empty_like(words), np.empty(words.shape[1], np.int64)
        low = np.full(len(self.batch.steps), -1)  # per step, a row that it takes below zero
        cut = self._choose(words, after, chosen, seeds, low, self._constants, self._indices)
        return after, chosen, cut, {int(step): int(low[step]) for step in np.flatnonzero(low >= 0)}

    def expand(self, words: Words) -> Successors:
        """The states after each of some states."""
        count = words.shape[1]
        out = np.empty((len(words), count * len(self.batch.steps)), np.uint64)
        words = np.require(words, requirements=["C", "W"])  # one type, for which all is compiled
        low = np.full(len(self.batch.steps), -1)  # per step, a row that it takes below zero
        stuck = np.empty(count, np.int64)
        made, generated, cut, idle = self._expand(
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
        [*(f"w{k} = words[{k}, i]" for k in every), "before = generated", "stopped = False"],
        2,
        _steps(groups, found),
        2,
        ["if generated == before and not stopped:", "    stuck[idle] = i", "    idle += 1"],
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
