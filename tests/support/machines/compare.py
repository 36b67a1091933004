"""Where the engines and the oracle disagree about one random protocol.

What an engine says is held to what it means, not to how it came about: a proof for any number of
parties to every small size that brute force can visit, a counterexample to a run of the oracle's.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping
from random import Random
from typing import Any, TypeAlias
from unittest.mock import patch

from checkers.explore import visited
from checkers.explore.ending import ENDS
from checkers.explore.exploration import DEADLOCK_FREE, Exploration
from checkers.prove.limits import Limit
from checkers.prove.obligations import NATURAL
from checkers.prove.proof import Proof
from checkers.results.result import Verdict
from checkers.traces.explain import explain as explained
from checkers.traces.trace import Trace, describe, natural
from tallystick import account, bound, conceal, explore, prove, simulate, strengthen, terminate
from tests.support.machines.mutating import mutation
from tests.support.machines.oracle.apart import leaks_anywhere
from tests.support.machines.oracle.blame import beyond_the_ledger, findings
from tests.support.machines.oracle.cells import State
from tests.support.machines.oracle.fair import lasso
from tests.support.machines.oracle.protocol import Sized
from tests.support.machines.oracle.supposed import vacuous
from tests.support.machines.oracle.words import choices, parameters
from tests.support.machines.subject import Complaints, Subject

_LIMIT = Limit(z3_steps=1_000_000, cvc5_steps=100_000)
"""For one obligation of a small protocol; a larger one decides hardly any more."""

# Every reachable state


def exploration(subject: Subject) -> Complaints:
    """An exploration with numpy, certified."""
    yield from _explored(subject, subject.heard(explore(subject.machine)))


def _explored(subject: Subject, found: Exploration[Any]) -> Complaints:
    reached = subject.reached
    yield from _differ(
        {
            "distinct states": (found.distinct_states, reached.distinct),
            "generated states": (found.generated_states, reached.generated),
            "depth": (found.depth, reached.levels),
            "stuck states": (found.stuck, len(reached.stuck)),
            "violations": (_lengths(found), _violations(subject)),
            "witnesses": (_witnesses(found), _shown(subject)),
            "refuted": (_refuted(found.verdicts), _against(subject)),
        }
    )
    if not reached.sized.outside:  # else choices of what `init` leaves alone were cut as well
        yield from _differ({"cut steps": (found.cut, reached.cut)})
    if found.cases:
        yield from _differ({"possible": ({*found.cases.possible}, reached.possible)})
        if found.ended == "complete":
            claimed = subject.names("always", "refuted")
            without = vacuous(reached, subject.protocol.text, claimed)
            yield from _differ({"vacuous": ({*found.cases.vacuous}, without)})
    yield from _runs(subject, {v.property: v.trace for v in found.violations}, holds=False)
    yield from _runs(subject, {v.property: v.trace for v in found.witnesses}, holds=True)


def _differ(said: Mapping[str, tuple[object, object]]) -> Complaints:
    for what, (engine, oracle) in said.items():
        if engine != oracle:
            yield f"{what}: {engine}, and the oracle says {oracle}"


def _lengths(found: Exploration[Any]) -> dict[str, int]:
    return {violation.property: violation.trace.length for violation in found.violations}


def _violations(subject: Subject) -> dict[str, int]:
    """The fewest steps to a state that violates each property that does not hold."""
    names = subject.names("always", "refuted")
    broken = {n: steps for n, steps in subject.reached.violated.items() if n in names}
    below = {natural(act): steps for act, steps in subject.reached.below.items()}
    stuck = [
        subject.reached.depth[state]
        for state in subject.reached.stuck
        if _is_under_way(subject, state)
    ]
    return broken | below | ({DEADLOCK_FREE: min(stuck)} if stuck else {})


def _refuted(verdicts: Mapping[str, Verdict]) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict.word == "refuted"}


def _against(subject: Subject) -> set[str]:
    """What does not hold, or is not reached, or is not dormant."""
    unreached = {*subject.names("sometimes")} - _shown(subject).keys()
    asleep = {act.name for act, _ in subject.machine.dormant}
    roused = {f"{name} is dormant" for name in asleep & subject.reached.possible}
    return {*_violations(subject), *unreached, *roused}


def _is_under_way(subject: Subject, state: State) -> bool:
    """Whether there is an ending, and a state is not at it."""
    ending = subject.reached.sized.machine.ending
    return ending is not None and not all(
        subject.reached.sized.says(ending.goal, state, args)
        for args in choices(parameters(ending.goal).values())
    )


def _witnesses(found: Exploration[Any]) -> dict[str, int]:
    return {witness.property: witness.trace.length for witness in found.witnesses}


def _shown(subject: Subject) -> dict[str, int]:
    names = subject.names("sometimes")
    return {name: steps for name, steps in subject.reached.shown.items() if name in names}


def _runs(subject: Subject, traces: Mapping[str, Any], *, holds: bool) -> Complaints:
    """Traces that are no runs, or that do not show what they are for."""
    for name, trace in traces.items():
        yield from (f"{name}: {wrong}" for wrong in subject.wrong_steps(trace))
        sized, state = subject.ends_in(trace)
        if name in sized.machine.properties and sized.holds(name, state) is not holds:
            yield f"{name}: the trace ends in a state that does not show it"


def workers(subject: Subject) -> Complaints:
    """With several threads, and states that are looked at one by one."""
    with patch.object(visited, "_CHUNK", 1):
        found = subject.heard(explore(subject.machine, workers=3))
    yield from _explored(subject, found)


def numba(subject: Subject) -> Complaints:
    """Compiled."""
    yield from _explored(subject, subject.heard(explore(subject.machine, engine="numba")))


def symmetry(subject: Subject) -> Complaints:
    """One state of each class."""
    found = subject.heard(explore(subject.machine, symmetry=True))
    reached = subject.reached
    yield from _differ(
        {
            "states of all classes": (found.symmetric_states, reached.distinct),
            "violations": (_lengths(found), _violations(subject)),
            "witnesses": (_witnesses(found), _shown(subject)),
            "depth": (found.depth, reached.levels),
        }
    )
    yield from _runs(subject, {v.property: v.trace for v in found.violations}, holds=False)


def resumed(subject: Subject) -> Complaints:
    """Ended at a limit, kept in a folder, and gone on with."""
    folder = subject.folder / "states"
    few = subject.random.randint(1, subject.reached.distinct + 1)
    begun = explore(subject.machine, folder=folder, limit_states=few)
    found = subject.heard(explore(subject.machine, folder=folder))
    yield from _explored(subject, found)
    yield from _differ({"left out": (found.left_out, begun.left_out)})


def certificates(subject: Subject) -> Complaints:
    """Two explorations in different ways, with the same certificate."""
    one = subject.heard(explore(subject.machine, certified=True))
    other = explore(subject.machine, certified=True, workers=2, folder=subject.folder / "certified")
    yield from _differ({"certificate": (one.certificate, other.certificate)})


def simulation(subject: Subject) -> Complaints:
    """Random runs, each of which is one of the oracle's."""
    found = subject.heard(
        simulate(subject.machine, runs=200, depth=12, seed=subject.random.randrange(1 << 30))
    )
    yield from _runs(subject, found.violations, holds=False)
    taken = {name for name, times in found.taken.items() if times}
    if extra := taken - subject.reached.possible:
        yield f"taken, and never possible: {', '.join(extra)}"
    if extra := {*found.witnessed} - _shown(subject).keys():
        yield f"witnessed, and never reached: {', '.join(extra)}"
    if extra := found.violations.keys() - _violations(subject).keys():
        yield f"violated, and always true: {', '.join(extra)}"
    if missed := _at_every_start(subject) - found.violations.keys():
        yield f"violated at the start, and not seen: {', '.join(missed)}"


def _at_every_start(subject: Subject) -> set[str]:
    """What is violated in the one state that there is to start in, if there is but one."""
    if len(set(subject.reached.sized.initial())) > 1:
        return set()
    return {name for name, steps in _violations(subject).items() if not steps} - {DEADLOCK_FREE}


def explanation(subject: Subject) -> Complaints:
    """What a reachable state allows, what it refuses and why, and what holds there."""
    reached, sized = subject.reached, subject.reached.sized
    if not reached.depth:
        return
    trace = subject.random.choice(list(reached.depth))
    cells = _engine_state(subject, sized, trace)
    told = explained(subject.machine, subject.scope, cells)
    subject.words.add("told")
    enabled, refused = set(), Counter[tuple[str, str]]()
    for act in subject.machine.actions:
        for args in act.instances(subject.scope):
            came = sized.step(trace, act.name, subject.args(sized, act.name, args))
            if came.what == "taken":
                enabled.add(describe(subject.scope, act, args))
            elif came.reason is not None:
                refused[act.name, came.reason] += 1
    said = subject.names("always", "refuted", "sometimes", "lemmas")
    yield from _differ(
        {
            "enabled": ({*told.enabled}, enabled),
            "holds": ({*told.holds}, {name for name in said if sized.holds(name, trace)}),
        }
    )
    blocked = Counter({(b.action.partition("(")[0], b.reason): b.count for b in told.blocked})
    text = subject.protocol.text  # the reasons of guards stand there, those of numbers do not
    reasons = {key: count for key, count in blocked.items() if f'"{key[1]}"' in text}
    yield from _differ({"refused": (reasons, dict(refused))})


def _engine_state(subject: Subject, sized: Sized, state: Any) -> Any:
    """A state of the oracle's, told to the engines."""
    told = sized.plain(state)
    cells = {}
    for name, field in subject.machine.fields.items():
        elements = {
            key: _element(_at(told[name], key), field.sort) for key in subject.scope.keys(field)
        }
        whole = {key if len(key) > 1 else key[0]: value for key, value in elements.items() if key}
        cells[name] = whole or elements[()]
    return subject.machine.concrete(subject.scope, cells)


def _at(told: Any, key: tuple[Any, ...]) -> Any:
    names = tuple(getattr(part, "name", part) for part in key)
    return told[names] if key else told


def _element(told: Any, sort: Any) -> Any:
    return sort[told] if isinstance(told, str) else told


# Any size


def proof(subject: Subject) -> Complaints:
    """A proof by induction."""
    yield from _proved(subject, subject.heard(prove(subject.machine, _LIMIT, confirmed=False)))


def confirmation(subject: Subject) -> Complaints:
    """A proof that cvc5 and enumeration decide again."""
    yield from _proved(subject, subject.heard(prove(subject.machine, _LIMIT)))


def several_steps(subject: Subject) -> Complaints:
    """A proof by induction over several steps."""
    yield from _proved(
        subject, subject.heard(prove(subject.machine, _LIMIT, confirmed=False, steps=3))
    )


def _proved(subject: Subject, found: Proof[Any]) -> Complaints:
    yield from _holding(subject, found.verdicts)
    if not subject.machine.example:  # else a run may take other functions
        yield from _runs(subject, found.runs, holds=False)
    yield from _inductive(subject, found)


def _holding(subject: Subject, verdicts: Mapping[str, Verdict]) -> Complaints:
    """What is proved, and does not hold at the machine's sizes or at small ones."""
    proved = {name for name, verdict in verdicts.items() if verdict.word == "proved"}
    for reached in [subject.reached, *subject.smaller]:
        broken = {*reached.violated} & proved
        if NATURAL in proved and reached.below:
            broken.add(NATURAL)
        ending = reached.sized.machine.ending
        if ending and ENDS in proved and lasso(reached, ending, others=True):
            broken.add(ENDS)
        for name in broken:
            yield f"{name} is proved, and does not hold where {_sizes(reached.sized)}"


def _inductive(subject: Subject, found: Proof[Any]) -> Complaints:
    """What is kept by every step of any state that has it, and what is never possible in one that
    has all that is proved, also over several steps."""
    impossible = set(found.possible.impossible) if found.possible else set()
    for sized, states in subject.types:
        having = [s for s in states if all(sized.holds(name, s) for name in found.kept)]
        for state in having:
            all_proved = all(sized.holds(name, state) for name in found.proved)
            for name, _, came in sized.steps(state):
                if came.after is None:
                    continue
                if name in impossible and all_proved:
                    yield f"{name} is possible where {_sizes(sized)}, and said never to be"
                for lost in (n for n in found.kept if not sized.holds(n, came.after)):
                    yield f"{name} loses {lost}, which is kept, where {_sizes(sized)}"


def _sizes(sized: Sized) -> str:
    sorts = sized.machine.sizes
    return ", ".join(f"{sort.__name__}={sort.size}" for sort in sorts) or "it has one size"


def bounded(subject: Subject) -> Complaints:
    """Runs of a few steps, in which the functions of an example are left open."""
    if subject.machine.example:
        return
    depth = subject.random.randint(0, 4)
    found = subject.heard(bound(subject.machine, depth=depth))
    if found.complete:
        falls = {natural(act) for act in subject.reached.below}  # in a step of its own
        near = {
            name: steps
            for name, steps in _violations(subject).items()
            if steps + (name in falls) <= depth and name != DEADLOCK_FREE
        }
        lengths = {n: trace.length for n, trace in found.violations.items()}
        yield from _differ({f"violations within {depth} steps": (lengths, near)})
    yield from _runs(subject, found.violations, holds=False)


def strengthening(subject: Subject) -> Complaints:
    """A proof with lemmas that were found."""
    if subject.machine.always:
        yield from _holding(
            subject, subject.heard(strengthen(subject.machine, seconds=1.0)).verdicts
        )


def ending(subject: Subject) -> Complaints:
    """Fair runs that never end."""
    said = subject.reached.sized.machine.ending
    if said:
        found = subject.heard(terminate(subject.machine))
        yield from _differ(
            {"a lasso": (found.lasso is not None, lasso(subject.reached, said, others=True))}
        )
        if found.lasso:
            yield from subject.wrong_steps(found.lasso.stem)


def secrets(subject: Subject) -> Complaints:
    """What an onlooker learns."""
    said = subject.machine.secrecy
    if not said:
        return
    found = subject.heard(conceal(subject.machine, _LIMIT, confirmed=False))
    open_ = {*found.actions("broken"), *found.actions("undecided")}
    for sized, states in subject.types:
        having = [s for s in states if all(sized.holds(name, s) for name in found.kept)]
        secrecy = sized.machine.secrecy
        assert secrecy
        for leak in leaks_anywhere(sized, secrecy, having, chances=True):
            if leak.by not in open_:
                yield f"{leak.by} is said to leak nothing, and tells {leak.what} ({_sizes(sized)})"


def blame(subject: Subject) -> Complaints:
    """Who is held to account."""
    said = subject.reached.sized.machine.accountability
    if not said:
        return
    found = subject.heard(account(subject.machine))
    oracle = findings(subject.reached, said)
    yield from _differ(
        {
            "false blame": (_length(found.false_blame), oracle.false_blame),
            "unpaid harm": (_length(found.unpaid_harm), oracle.unpaid_for_good),
            "ledgers": (found.transcripts, oracle.ledgers),
            "collisions": (bool(found.collisions), bool(oracle.rivals)),
        }
    )
    for sized, states in subject.types_at(subject.scope):
        judged = sized.machine.accountability
        assert judged
        for action, field in beyond_the_ledger(sized, judged, states):
            if (action, field) not in found.beyond_the_ledger:
                yield f"{action} looks at {field}, and is said not to"


def _length(trace: Trace[Any] | None) -> int | None:
    return trace.length if trace else None


Comparison: TypeAlias = Callable[[Subject], Complaints]

QUICK: tuple[Comparison, ...] = (
    workers,
    symmetry,
    resumed,
    certificates,
    simulation,
    explanation,
    ending,
    blame,
)
SLOW: tuple[Comparison, ...] = (
    proof,
    confirmation,
    several_steps,
    bounded,
    strengthening,
    secrets,
    mutation,
)
COMPARISONS: Mapping[str, Comparison] = {
    made.__name__: made for made in (exploration, *QUICK, *SLOW, numba)
}


_OF = {"symmetric": symmetry, "ending": ending, "accountability": blame, "secrecy": secrets}
"""What is compared of a protocol that says such a thing of itself."""


def drawn(random: Random, used: Container[str]) -> list[str]:
    """What is compared of a protocol that uses some constructs, so that all pairs are often met:
    everything, where most is said of a machine; else what is said, and a little of the rest."""
    said = [made for construct, made in _OF.items() if construct in used]
    if {ending, blame, secrets} <= {*said} and random.random() < 0.7:
        return list(COMPARISONS)
    left = [made for made in (*QUICK, *SLOW) if made not in _OF.values()]
    often = {made: 0.25 if made in QUICK else 0.05 for made in left} | {secrets: 0.15}
    chosen = [made for made in (*QUICK, *SLOW) if random.random() < often.get(made, made in said)]
    return [made.__name__ for made in (exploration, *chosen)]
