"""What a passing verdict rests on: cases.

A property can hold because nothing happens that it is about. So every action must be possible in
some state that was visited, but for those that a machine names as dormant, of which none may be;
and every premise that a property makes must hold in some state, for some elements.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from checkers.explore.exploration import Cases, Violation
from checkers.explore.visited import Visited
from checkers.host.telling import Tell, silent
from spec.notation.batch import Mask, Step, Words
from spec.notation.machine import Action, Machine

S = TypeVar("S")
K = TypeVar("K", bound=Hashable)


def dormant(machine: Machine[S]) -> Mapping[str, str]:
    """The actions of a machine that are never to be taken, by name, with why."""
    return {act.name: why for act, why in machine.dormant}


def unexercised(machine: Machine[S], taken: Collection[str]) -> list[str]:
    """What is wrong with the actions that were taken, by name: one was not that is not dormant, or
    one that is was; a line for each."""
    asleep = dormant(machine)
    names = [act.name for act in machine.actions]
    never = [f"{n} is never taken" for n in names if n not in taken and n not in asleep]
    return never + [f"{n} is taken, and said to be dormant" for n in asleep if n in taken]


def cases(visited: Visited[S], progress: Tell = silent, *, complete: bool) -> Cases[S]:
    """Look through the states that an exploration has visited.

    Args:
        visited: these.
        progress: called now and then with a line that says how far it is.
        complete: whether they are all; else a premise, which may hold in one to come, is not looked
            for.
    """
    machine = visited.batch.machine
    actions = {act.name: partial(_allow, _steps(visited, act)) for act in machine.actions}
    possible = _shown(visited, actions, "what allows each action", progress)
    premises = {
        (text.__name__, number, place): partial(_hold, holds)
        for text in ((*machine.always, *machine.refuted) if complete else ())
        for number, (place, holds) in enumerate(visited.batch.premises(text))
    }
    met = _shown(visited, premises, "where each premise holds", progress)
    unmet = sorted(premises.keys() - met)
    vacuous = by_property((name, place) for name, _, place in unmet)
    roused = [_roused(visited, act) for act, _ in machine.dormant if act.name in possible]
    return Cases(machine, possible, dormant(machine), roused, vacuous)


def by_property(premises: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Where premises stand, of each property in order; each is given with its property's name."""
    places: dict[str, list[str]] = {}
    for name, place in premises:
        places.setdefault(name, []).append(place)
    return places


def _steps(visited: Visited[S], act: Action[S]) -> list[Step[S]]:
    return [step for step in visited.batch.steps if step.action.name == act.name]


def _allow(steps: Sequence[Step[S]], words: Words) -> bool:
    """Whether some of the states allow some of the steps."""
    return any(step.allowed(words).any() for step in steps)


def _hold(holds: Callable[[Words], Mask], words: Words) -> bool:
    return bool(holds(words).any())


def _shown(
    visited: Visited[S], wanted: Mapping[K, Callable[[Words], bool]], asked: str, progress: Tell
) -> list[K]:
    """What some states show, in the order of what is wanted."""
    pending = dict(wanted)
    seen = 0
    for words in _spread(visited):
        progress(f"{asked}: {seen:,} of {visited.states:,} states, {len(pending)} to be found")
        seen += words.shape[1]
        pending = {name: shows for name, shows in pending.items() if not shows(words)}
        if not pending:
            break
    return [name for name in wanted if name not in pending]


def _spread(visited: Visited[S]) -> Iterator[Words]:
    """Every state, some of each level first: what is shown at all is mostly shown there."""
    for chunks in zip_longest(*map(visited.chunks, visited.levels)):
        yield from (words for words in chunks if words is not None)


def _roused(visited: Visited[S], act: Action[S]) -> Violation[S]:
    """A shortest run that takes a dormant action, which some state allows."""
    for number, level in enumerate(visited.levels):
        for words in visited.chunks(level):
            for step in _steps(visited, act):
                before = words[:, step.allowed(words)]
                if before.shape[1]:
                    trace = visited.way(number, before[:, :1], step)
                    return Violation(f"{act.name} is dormant", trace)
    raise AssertionError("some state allows the action")
