"""Symmetry: states that differ only in which element is called what are explored once.

A machine declares the sorts whose elements it does not tell apart. That is checked before it is
used. The representative of a class of states is canonical: the least state that some permutation
leads to, over the whole group, so the classes' sizes add up to the number of all states.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.traces.trace import place
from spec.notation import MachineError
from spec.notation.batch import Batch, Cell, Step, Words
from spec.notation.errors import where
from spec.notation.machine import Machine, fields_of
from spec.notation.sorts import SortType, Value

S = TypeVar("S")

Permutation = Mapping[SortType, tuple[int, ...]]
"""Per symmetric sort, the element that takes the place of each."""

_LARGEST_GROUP = 5_040
_SAMPLE = 256  # arbitrary states on which the steps are compared


class Symmetry(Generic[S]):
    """The symmetry of a machine at a size.

    Args:
        batch: the machine, compiled.

    Raises:
        MachineError: a sort is declared symmetric whose elements are told apart, or there are too
            many permutations.
    """

    def __init__(self, batch: Batch[S]) -> None:
        self.batch = batch
        self.sorts = tuple(batch.machine.symmetric)
        if not self.sorts:
            raise MachineError(
                f"{batch.machine.name} declares no symmetric sort; say Machine(symmetric=...)"
            )
        check_texts(batch.machine)
        check_tables(self)
        self._blocks = self._independent_blocks()
        if not self._blocks:
            self._check_group()
        check_steps(self)

    def canonical(self, words: Words) -> Words:
        """The representative of each state."""
        if not self._blocks:
            return self._least(words)
        for sort in self.sorts:
            words = self._with_blocks(sort, words, _sorted(self._block_columns(sort, words)))
        return words

    def orbit_sizes(self, words: Words) -> npt.NDArray[Any]:  # numbers of numpy or Python
        """How many states each representative stands for."""
        size = self._group_size
        if self._blocks:
            # Python's own numbers where the group is larger than 64 bits can count.
            fixed = np.ones(words.shape[1], np.int64 if size < 1 << 63 else object)
            for sort in self.sorts:
                fixed *= _repetitions(_sorted(self._block_columns(sort, words)), fixed.dtype)
        else:
            same = ((self.permuted(words, p) == words).all(axis=0) for p in self.group())
            fixed = np.sum(list(same), axis=0)
        return size // fixed

    def to_canonical(self, words: Words) -> Permutation:
        """A permutation that leads one state to its representative."""
        if self._blocks:
            found = {s: _ranks(self._block_columns(s, words)[:, 0]) for s in self.sorts}
            return found
        target = self.canonical(words)
        return next(p for p in self.group() if (self.permuted(words, p) == target).all())

    @property
    def identity(self) -> Permutation:
        """The permutation that changes nothing."""
        return {sort: tuple(range(self.batch.scope.size(sort))) for sort in self.sorts}

    def group(self) -> Iterator[Permutation]:
        """Every permutation of the symmetric sorts, the identity first; all are made at once."""
        each = (itertools.permutations(range(self.batch.scope.size(s))) for s in self.sorts)
        for chosen in itertools.product(*each):
            yield dict(zip(self.sorts, chosen, strict=True))

    def permuted(self, words: Words, permutation: Permutation) -> Words:
        """Each state with its elements renamed."""
        after = np.zeros_like(words)
        for cell in self.batch.layout.cells.values():
            target = self.batch.layout.cells[
                cell.field.name, renamed(cell.key, cell.field.keys, permutation)
            ]
            value = _held(cell, words)
            if cell.field.sort in permutation:
                value = np.array(permutation[cell.field.sort], np.uint64)[value.astype(np.intp)]
            after[target.word] |= value << np.uint64(target.shift)
        return after

    def _least(self, words: Words) -> Words:
        least = words
        for permutation in itertools.islice(self.group(), 1, None):
            other = self.permuted(words, permutation)
            least = np.where(_less(other, least), other, least)
        return least

    @property
    def _group_size(self) -> int:
        """How many permutations there are."""
        return math.prod(math.factorial(self.batch.scope.size(sort)) for sort in self.sorts)

    def _check_group(self) -> None:
        count = self._group_size
        if count > _LARGEST_GROUP:
            names = " and ".join(f"{s.__name__}={self.batch.scope.size(s)}" for s in self.sorts)
            raise MachineError(
                f"{count:,} permutations of {names} are too many; give smaller sizes, "
                "or explore without symmetry"
            )

    # Where a sort is only ever one key of a map, a state is a row of blocks, one for each element,
    # and sorting the blocks finds the representative without trying every permutation.

    def _independent_blocks(self) -> Mapping[SortType, Sequence[Sequence[Cell]]]:
        fields = self.batch.machine.fields.values()
        if any(f.sort in self.sorts or sum(k in self.sorts for k in f.keys) > 1 for f in fields):
            return {}
        found = {sort: self._cells_by_element(sort) for sort in self.sorts}
        bits = (sum(_bits(cell) for cell in blocks[0]) for blocks in found.values())
        return found if all(count < 64 for count in bits) else {}

    def _cells_by_element(self, sort: SortType) -> list[list[Cell]]:
        blocks: list[list[Cell]] = [[] for _ in range(self.batch.scope.size(sort))]
        for cell in self.batch.layout.cells.values():
            if sort in cell.field.keys:
                blocks[cell.key[cell.field.keys.index(sort)]].append(cell)
        return blocks

    def _block_columns(self, sort: SortType, words: Words) -> Words:
        """Per element of a sort, what the cells of the element hold, as one number."""
        columns = np.zeros((len(self._blocks[sort]), words.shape[1]), np.uint64)
        for column, cells in zip(columns, self._blocks[sort], strict=True):
            for word, shift, mask in _moves(cells):
                column |= _moved(words[word], shift) & np.uint64(mask)
        return columns

    def _with_blocks(self, sort: SortType, words: Words, columns: Words) -> Words:
        after = words.copy()
        for column, cells in zip(columns, self._blocks[sort], strict=True):
            for word, shift, mask in _moves(cells):
                bits = _moved(np.full(1, mask, np.uint64), -shift)[0]
                after[word] &= ~bits
                after[word] |= _moved(column, -shift) & bits
        return after


def renamed(
    values: Sequence[Value], sorts: Sequence[SortType], permutation: Permutation
) -> tuple[Value, ...]:
    """Values with the elements of symmetric sorts renamed."""
    return tuple(
        permutation[s][v] if s in permutation else v for v, s in zip(values, sorts, strict=True)
    )


def inverse(permutation: Permutation) -> Permutation:
    """The permutation that undoes another."""
    return {s: tuple(int(i) for i in np.argsort(chosen)) for s, chosen in permutation.items()}


def composed(first: Permutation, second: Permutation) -> Permutation:
    """The permutation that does one and then another."""
    return {sort: tuple(second[sort][i] for i in chosen) for sort, chosen in first.items()}


def _bits(cell: Cell) -> int:
    return cell.mask.bit_length()


def _held(cell: Cell, words: Words) -> npt.NDArray[np.uint64]:
    held: npt.NDArray[np.uint64] = words[cell.word] >> np.uint64(cell.shift) & np.uint64(cell.mask)
    return held


def _moves(cells: Sequence[Cell]) -> list[tuple[int, int, int]]:
    """How to gather cells in a number: (word, shift to the right, mask after it), few of them."""
    moves: dict[tuple[int, int], int] = {}
    place = 0
    for cell in cells:
        move = cell.word, cell.shift - place
        moves[move] = moves.get(move, 0) | cell.mask << place
        place += _bits(cell)
    return [(word, shift, mask) for (word, shift), mask in moves.items()]


def _moved(column: npt.NDArray[np.uint64], shift: int) -> npt.NDArray[np.uint64]:
    return column >> np.uint64(shift) if shift >= 0 else column << np.uint64(-shift)


def _sorted(columns: Words) -> Words:
    """Each state's blocks in order, by comparing neighbours: an element is a row."""
    rows = list(columns)
    for end in range(len(rows) - 1, 0, -1):
        for i in range(end):
            rows[i], rows[i + 1] = (
                np.minimum(rows[i], rows[i + 1]),
                np.maximum(rows[i], rows[i + 1]),
            )
    return np.array(rows)


def _ranks(blocks: npt.NDArray[np.uint64]) -> tuple[int, ...]:
    """The place of each block once they are sorted."""
    return tuple(int(i) for i in np.argsort(np.argsort(blocks, kind="stable"), kind="stable"))


def _repetitions(columns: Words, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """How many permutations leave each state's sorted blocks as they are, as numbers of a kind."""
    run = fixed = np.ones(columns.shape[1], kind)
    for before, here in itertools.pairwise(columns):
        run = np.where(here == before, run + 1, fixed.dtype.type(1))
        fixed = fixed * run
    return fixed


def _less(a: Words, b: Words) -> npt.NDArray[np.bool_]:
    less: npt.NDArray[np.bool_] = a[-1] < b[-1]
    for k in reversed(range(len(a) - 1)):
        less = (a[k] < b[k]) | ((a[k] == b[k]) & less)
    return less


# The audit: that the machine does not tell the elements apart.


def check_texts(machine: Machine[S]) -> None:
    """Refuse a text that names an element of a symmetric sort, or counts them.

    A text that is read for any size can compare elements with one another, quantify over them, and
    use them as keys, which a renaming does not change. There is no number in it that stands for
    one: all that it can name is the first, which `reset` writes, and so no property can.
    """
    try:
        opened = _opened(machine)
        actions = (machine.start_action, *machine.actions)
        readers = {act.text: opened.read(act).reader for act in actions}
    except MachineError as error:
        names = " and ".join(sort.__name__ for sort in machine.symmetric)
        left = f", with {' and '.join(machine.sized)} left open," if machine.sized else ""
        raise MachineError(
            f"whether {names} is symmetric cannot be told: {machine.name} is read for that without "
            f"sizes{left} and is refused; explore without symmetry ({error})"
        ) from error
    for text, reader in readers.items():
        for sort in machine.symmetric:
            if reader.names(sort):
                raise MachineError(
                    f"{machine.name}.{text.__name__} names the first {sort.__name__}, as reset() "
                    f"does, or how many there are, so {sort.__name__} is not symmetric; write it "
                    f"without, or take {sort.__name__} out of symmetric",
                    where(text),
                )


def _opened(machine: Machine[S]) -> Machine[S]:
    """The machine with those functions left open that are defined at a size only."""
    known = {name: f for name, f in machine.definitions.items() if name not in machine.sized}
    return attrs.evolve(machine, definitions=known, example={})


def check_tables(symmetry: Symmetry[S]) -> None:
    """Refuse a function that is defined on elements and that renaming changes, at the size."""
    machine, scope = symmetry.batch.machine, symmetry.batch.scope
    fields = fields_of(machine.state)
    for permutation in _generators(symmetry):
        for name, function in machine.definitions.items():
            field = fields[name]
            for key in scope.keys(field):
                other = renamed(key, field.keys, permutation)
                [expected] = renamed([function(*key)], [field.sort], permutation)
                if function(*other) != expected:
                    given = (
                        f"{place(scope, field, k)} = {scope.name(function(*k), field.sort)}"
                        for k in dict.fromkeys([key, other])
                    )
                    raise MachineError(
                        f"{machine.name} defines {' and '.join(given)}, which tells apart the "
                        f"elements of {' or '.join(sort.__name__ for sort in symmetry.sorts)}"
                    )


def check_steps(symmetry: Symmetry[S]) -> None:
    """Refuse a machine that renaming changes: on arbitrary states, step by step.

    What the text decides, this sees again of what was made of it.
    """
    batch = symmetry.batch
    words = arbitrary(batch)
    by_name = {(step.action.name, step.args): step for step in batch.steps}
    for permutation in _generators(symmetry):
        other = symmetry.permuted(words, permutation)
        for step in batch.steps:
            args = renamed(step.args, tuple(step.action.parameters.values()), permutation)
            same = by_name[step.action.name, args]
            if not _alike(symmetry, step, same, words, other, permutation):
                raise MachineError(
                    f"{batch.machine.name}.{step.action.name} tells apart the elements of "
                    f"{' or '.join(sort.__name__ for sort in symmetry.sorts)}"
                )


def _alike(
    symmetry: Symmetry[S],
    step: Step[S],
    other_step: Step[S],
    words: Words,
    other: Words,
    permutation: Permutation,
) -> bool:
    """Whether a step does to states what the renamed step does to the renamed states."""
    can = step.allowed(words)
    if not np.array_equal(can, other_step.allowed(other)):
        return False
    after = symmetry.permuted(step.effect(words[:, can]), permutation)
    return np.array_equal(after, other_step.effect(other[:, can]))


def _generators(symmetry: Symmetry[S]) -> Iterator[Permutation]:
    """For each sort, the exchange of two neighbours: what all permutations are made of."""
    for sort, elements in symmetry.identity.items():
        for i in range(len(elements) - 1):
            chosen = list(elements)
            chosen[i], chosen[i + 1] = chosen[i + 1], chosen[i]
            yield {**symmetry.identity, sort: tuple(chosen)}


def arbitrary(batch: Batch[S]) -> Words:
    """States of the right sorts, reachable or not."""
    random = np.random.default_rng(0)
    words = np.zeros((batch.layout.words, _SAMPLE), np.uint64)
    for cell in batch.layout.cells.values():
        words[cell.word] |= random.integers(cell.size, size=_SAMPLE, dtype=np.uint64) << np.uint64(
            cell.shift
        )
    return words
