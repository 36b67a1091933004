"""Shortest ways to many states of an exploration, all found in one pass back through its levels."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.keys import Keys, contains, distinct, to_keys, to_words
from checkers.explore.visited import Visited
from checkers.host.telling import Tell
from spec.notation.batch import Batch, Mask, Step, Words

S = TypeVar("S")

_CHUNK = 1 << 16
_SPREAD = np.uint64(0x9E37_79B9_7F4A_7C15)  # 2^64 over the golden ratio: spreads what differs


@attrs.frozen
class Way(Generic[S]):
    """A way from a start: `steps[i]` leads from `states[i]`, a column of words, to the next."""

    states: Words
    steps: Sequence[Step[S]]


def ways_to(
    visited: Visited[S],
    targets: Keys,
    within: Callable[[Words], Mask],
    progress: Tell,
) -> list[Way[S]]:
    """A shortest way to each of some states, by way of states within bounds only.

    Without symmetry: with it, a state that was visited stands for others. Now and then `progress`
    is told what is looked at.
    """
    parents: dict[object, tuple[Step[S], Keys]] = {}
    wanted = distinct(targets.copy())
    for level, before in pairwise(reversed(visited.levels)):
        here = wanted.compress(contains(level, wanted))
        for after, step, keys in _parents(visited.batch, before, here, within, progress):
            parents.update((a, (step, keys[i : i + 1])) for i, a in enumerate(after.tolist()))
            wanted = distinct(np.concatenate([wanted, keys]))
    return [_way(visited.batch, targets[i : i + 1], parents) for i in range(len(targets))]


def _parents(
    batch: Batch[S],
    level: Keys,
    wanted: Keys,
    within: Callable[[Words], Mask],
    progress: Tell,
) -> Iterator[tuple[Keys, Step[S], Keys]]:
    """One parent in a level for each wanted state: states, the step there, where it is taken."""
    for start in range(0, len(level), _CHUNK):
        progress(f"a step before {len(wanted):,} states: {start:,} of {len(level):,} looked at")
        words = to_words(level[start : start + _CHUNK], batch.layout.words)
        words = words.compress(within(words), axis=1)
        for step in batch.steps if len(wanted) else ():
            before = words.compress(step.allowed(words), axis=1)
            after = step.effect(before)
            sought = np.sort(_number(to_words(wanted, batch.layout.words)))
            near = np.flatnonzero(contains(sought, _number(after)))
            found, rows = np.unique(to_keys(after[:, near]), return_index=True)
            hit = contains(wanted, found)
            if hit.any():
                yield found[hit], step, to_keys(before[:, near[rows[hit]]])
                wanted = wanted.compress(~contains(found, wanted))


def _number(words: Words) -> Keys:
    """A number for each state: seldom that of another, and quick to look up."""
    number: npt.NDArray[np.uint64] = words[0]
    for word in words[1:]:
        number = number * _SPREAD ^ word
    return number


def _way(batch: Batch[S], target: Keys, parents: dict[object, tuple[Step[S], Keys]]) -> Way[S]:
    keys, steps = [target], list[Step[S]]()
    while keys[0].item() in parents:
        step, before = parents[keys[0].item()]
        keys.insert(0, before)
        steps.insert(0, step)
    return Way(to_words(np.concatenate(keys), batch.layout.words), steps)
