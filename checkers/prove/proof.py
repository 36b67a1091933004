"""What was proved of a machine, what was not, and what speaks for either."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar

import attrs

from checkers.explore.ending import ENDS
from checkers.explore.exploration import unclaimed
from checkers.prove.counterexample import Counterexample
from checkers.prove.obligations import INIT
from checkers.prove.opinion import Answer
from checkers.prove.possible import Possible
from checkers.prove.reach import Reach
from checkers.prove.typespace import Enumeration, TooMany
from checkers.prove.unranked import Unranked
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict, Word
from checkers.results.words import counted
from checkers.traces.explain import explain
from checkers.traces.itf import finding
from checkers.traces.trace import Trace, refutation, sized, sizes
from spec.notation.machine import Machine

S = TypeVar("S")

NO_RANKING = "its ending has no ranking"
Status = Literal["proved", "broken", "undecided"]
_WORDS: Mapping[Status, Word] = {
    "proved": "proved",
    "broken": "not inductive",
    "undecided": "undecided",
}


@attrs.frozen
class LoadBearing(Generic[S]):
    """What each property does for a proof.

    Attributes:
        needed_by: per property, the obligations (action, property) that fail without it; a lemma
            that none needs can be dropped alone.
        core: properties that are inductive together, and of which no lemma can be dropped.
    """

    machine: Machine[S]
    needed_by: Mapping[str, Sequence[tuple[str, str]]]
    core: Sequence[str]

    @property
    def removable(self) -> list[str]:
        """The lemmas that can be dropped, each alone."""
        lemmas = {text.__name__ for text in self.machine.lemmas}
        return [name for name, needed in self.needed_by.items() if name in lemmas and not needed]

    def json(self) -> dict[str, object]:
        """What bears load, as plain data."""
        return {
            "needed_by": {
                name: [{"action": action, "property": lost} for action, lost in needed]
                for name, needed in self.needed_by.items()
            },
            "removable": self.removable,
            "core": list(self.core),
        }

    def table(self) -> Table:
        """What bears load: a row for each property."""
        columns = ("without", "what is no longer kept", "in a minimal core")
        return Table.of(columns, map(self._row, self.needed_by))

    def _row(self, name: str) -> tuple[str, str, str]:
        lost = ", ".join(f"{lost} by {action}" for action, lost in self.needed_by[name])
        if name not in {text.__name__ for text in self.machine.lemmas}:
            return name, lost or "nothing", "claimed"
        return name, lost or "nothing", "yes" if name in self.core else "no"


@attrs.frozen
class Obligation(Generic[S]):
    """One thing to prove: that an action keeps a property (or that the start has it).

    It is broken where a counterexample shows that, which was run in the concrete domain; what the
    solver merely believes not to follow is undecided.
    """

    property: str
    action: str
    status: Status
    seconds: float
    solver: str
    counterexample: Counterexample[S] | None = None


@attrs.frozen
class Proof(Result, Generic[S]):
    """What was proved of a machine, for any number of elements of its sorts.

    Attributes:
        kept: the properties that are inductive together.
        answers: what cvc5 says of each obligation, by action and property; `unsat` confirms it.
        enumeration: every state of a small size that has the properties, and their steps; or why
            it was not made; None where nobody asked for it.
        possible: what shows that it is not true for want of cases; None where nobody asked for it.
        runs: by property that was not proved, a run from the start that refutes it, where one was
            searched for and found.
        ways: by property whose counterexample to induction is told, what is known of the ways to
            it, where they were searched for.
        unranked: a state in which the ranking of an ending that was not proved fails, where one was
            searched for and found.
        bearing: what bears load in it; None where nobody asked for it.
    """

    machine: Machine[S]
    obligations: Mapping[str, Sequence[Obligation[S]]]
    seconds: float
    kept: Sequence[str]
    answers: Mapping[tuple[str, str], Answer] = attrs.field(factory=dict)
    enumeration: Enumeration[S] | TooMany | None = None
    possible: Possible[S] | None = None
    runs: Mapping[str, Trace[S]] = attrs.field(factory=dict)
    ways: Mapping[str, Reach[S]] = attrs.field(factory=dict)
    unranked: Unranked[S] | None = None
    bearing: LoadBearing[S] | None = None

    def status(self, name: str) -> Status:
        """The status of a property: proved if each of its obligations is."""
        found = {obligation.status for obligation in self.obligations[name]}
        return next((s for s in ("broken", "undecided") if s in found), "proved")

    def is_proved(self, action: str, name: str) -> bool:
        """Whether it was proved that an action keeps a property."""
        found = self.obligations[name]
        return all(o.status == "proved" for o in found if (o.action, o.property) == (action, name))

    @property
    def unproved(self) -> list[Obligation[S]]:
        """The obligations that are not proved."""
        every = (o for obligations in self.obligations.values() for o in obligations)
        return [obligation for obligation in every if obligation.status != "proved"]

    @property
    def examples(self) -> dict[str, Counterexample[S]]:
        """The first counterexample to induction of each property that must hold and has no run
        that refutes it."""
        found: dict[str, Counterexample[S]] = {}
        for obligation in self.unproved:
            name, example = obligation.property, obligation.counterexample
            if example and name not in self.machine.must_fall | self.runs.keys():
                found.setdefault(name, example)
        return found

    @property
    def false_at_start(self) -> set[str]:
        """The properties that some start lacks, which was run on plain values: after 0 steps."""
        return {o.property for o in self.unproved if o.action == INIT and o.status == "broken"}

    @property
    def proved(self) -> dict[str, bool]:
        """The properties of a state that were proved, and whether every step keeps each."""
        found = [name for name in self.machine.named if name in self.obligations]
        return {name: name in self.kept for name in found if self.status(name) == "proved"}

    @property
    def vacuous(self) -> list[str]:
        """Why what was proved says nothing, a line for each reason; none where it does."""
        if not self.obligations:
            return [unclaimed(self.machine.name)]
        return self.possible.vacuous if self.possible else []

    @property
    def is_of_nothing(self) -> bool:
        """Whether there is no run of which something could be proved."""
        return bool(self.possible and self.possible.is_of_nothing)

    @property
    def unlooked(self) -> list[str]:
        """What no proof looks at: what must be reachable."""
        return [text.__name__ for text in self.machine.sometimes]

    @property
    def complete(self) -> bool:
        """Whether everything that must hold was proved, and is not true for want of cases."""
        unseen = self.possible.unseen if self.possible else []
        return not (self.vacuous or unseen) and all(
            self.status(name) == "proved"
            for name in self.obligations.keys() - self.machine.must_fall
        )

    @property
    def asked(self) -> str:
        return f"prove {self.machine.name}, for any number of elements"

    @property
    def _refuted(self) -> set[str]:
        return self.runs.keys() | self.false_at_start

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {name: self._verdict(name) for name in self.obligations}

    def _verdict(self, name: str) -> Verdict:
        if name in self._refuted:
            extent = self.runs[name].extent if name in self.runs else "0 steps"
            words = f"refuted in {extent}"
            return Verdict("refuted", words, "" if name in self.machine.must_fall else "against")
        word = _WORDS[self.status(name)]
        if word == "proved" and self.is_of_nothing:
            return Verdict("vacuous", "vacuous", "against")
        if word == "proved":
            return Verdict(word, word, "against" if name in self.machine.must_fall else "")
        failing = [o.action for o in self.obligations[name] if o.status != "proved"]
        if failing == [NO_RANKING]:
            return Verdict(word, f"{word}: {NO_RANKING}", "undecided")
        words = f"{word} by {', '.join(failing)}"
        if name in self.machine.must_fall:
            words += "; no run was found that refutes it"
        return Verdict(word, words, "undecided")

    @property
    def failed(self) -> bool:
        holds = any(self.status(name) == "proved" for name in self.machine.must_fall)
        return bool(holds or self._refuted - self.machine.must_fall or self.vacuous)

    @property
    def undecided(self) -> bool:
        return not (self.possible and self.complete and self.machine.must_fall <= self._refuted)

    def page(self) -> Iterator[Block]:
        yield Table.of(("property", "verdict", "obligations"), map(self._row, self.obligations))
        yield Line(f"{self.machine.name}: {self.seconds:.2f} s, for any number of elements")
        for why in self.vacuous:
            yield Line(f"vacuous: {why}", "against")
        if self.possible:
            yield from self._seen(self.possible)
        yield from unlooked(self.unlooked, "explore looks for it, at a size")
        yield from self._unsettled()
        if self.answers:
            agreed = sum(answer == "unsat" for answer in self.answers.values())
            yield Line(
                f"cvc5 confirms {agreed} of {len(self.answers)} obligations, and refutes none"
            )
        yield from self._enumerated()
        for name, trace in self.runs.items():
            yield refutation(name, trace)
        for name, example in self.examples.items():
            yield self._told(name, example)
        if self.unranked:
            way = reached(self.ways[ENDS], "the ranking is not enough", "")
            lines = [*self.unranked.lines(), way]
            yield Listing(f"{ENDS} does not follow from its ranking:", tuple(lines))
        if self.bearing:
            yield self.bearing.table()

    def _row(self, name: str) -> tuple[str, Line, str]:
        lemmas = {text.__name__ for text in self.machine.lemmas}
        must_fall = name in self.machine.must_fall
        kind = " (lemma)" if name in lemmas else " (must fail)" if must_fall else ""
        return name + kind, self._verdict(name).line, str(len(self.obligations[name]))

    def _told(self, name: str, example: Counterexample[S]) -> Listing:
        """A counterexample to induction, what is false after it, and whether a run leads to it."""
        lines = list(example.lines())
        for false in explain(example.machine, example.scope, example.after).falsified:
            if false.property == name:
                lines.append(f"after which this is false: {false.conjunct}")
        if name in self.ways:
            lines.append(reached(self.ways[name]))
        by = example.action.name if example.action else INIT
        return Listing(f"{name} is not kept by {by}:", tuple(lines))

    def _seen(self, possible: Possible[S]) -> Iterator[Line]:
        """Whether what was proved says anything: which actions are possible, and which not."""
        yield from map(Line, possible.unseen)
        for act, why in self.machine.dormant:
            if act.name not in possible.found:
                yield Line(f"{act.name} is never possible, by design: {why}")
        seen = [act for act in self.machine.actions if act.name in possible.found]
        yield Line(
            f"{len(seen)} of {len(self.machine.actions)} actions are seen to be possible where "
            "all that was proved holds"
        )

    def _unsettled(self) -> Iterator[Line]:
        """What was neither proved nor shown not to follow, and what may settle it."""
        told = self._refuted | self.examples.keys() | self.machine.must_fall
        told |= {ENDS} if self.unranked else set()
        for name in dict.fromkeys(o.property for o in self.unproved if o.action != NO_RANKING):
            if name not in told:
                yield Line(
                    f"{name}: neither proved within the limit, nor is a state known in which that "
                    "fails; a larger limit (--timeout SECONDS) or another lemma may settle it",
                    "undecided",
                )

    def _enumerated(self) -> Iterator[Line]:
        """What enumeration looked at, and what it did not."""
        found = self.enumeration
        if isinstance(found, TooMany):
            yield Line(f"not enumerated: {found}")
        if isinstance(found, Enumeration):
            missing = self._not_taken(found)
            taken = f"none of {', '.join(missing)}" if missing else "all actions among them"
            yield Line(
                f"enumeration at {sized(found.scope) or 'the only size'}: "
                f"{counted(found.edges, 'step')}, {taken}, of all "
                f"{counted(found.states, 'state')} that have what was proved, and each keeps it"
            )

    def _not_taken(self, found: Enumeration[S]) -> list[str]:
        """The actions that do not happen in any state that was enumerated."""
        return [act.name for act in self.machine.actions if act.name not in found.taken]

    def json(self) -> dict[str, object]:
        possible = self.possible
        return {
            "machine": self.machine.name,
            "seconds": round(self.seconds, 3),
            "vacuous": self.vacuous,
            "possible": list(possible.found) if possible else None,
            "undecided_whether_possible": list(possible.undecided) if possible else None,
            "not_looked_at": self.unlooked,
            "enumeration": self._enumeration_json(),
            "violations": [finding(name, trace) for name, trace in self.runs.items()],
            "properties": [
                {
                    "name": name,
                    "verdict": self._said(name),
                    "obligations": [self._obligation_json(o) for o in obligations],
                }
                for name, obligations in self.obligations.items()
            ],
        } | (self.bearing.json() if self.bearing else {})

    def _said(self, name: str) -> str:
        """The verdict without why."""
        found = self.verdicts[name]
        return found.words if found.word == "refuted" else found.word

    def _obligation_json(self, obligation: Obligation[S]) -> dict[str, object]:
        answer = self.answers.get((obligation.action, obligation.property))
        return {
            "action": obligation.action,
            "status": obligation.status,
            "seconds": round(obligation.seconds, 4),
            "solver": f"{obligation.solver}, cvc5" if answer == "unsat" else obligation.solver,
        }

    def _enumeration_json(self) -> dict[str, object] | None:
        """What enumeration looked at; why it was not made; None if nobody asked for it."""
        found = self.enumeration
        if not isinstance(found, Enumeration):
            return {"not_made": str(found)} if found else None
        return {
            "sizes": sizes(found.scope),
            "states": found.states,
            "steps": found.edges,
            "actions": list(found.taken),
            "actions_not_taken": self._not_taken(found),
        }


def unlooked(what: Sequence[str], who: str) -> Iterator[Line]:
    """That something was not looked at here, and who does; nothing where there is nothing."""
    if what:
        yield Line(f"not looked at: {', '.join(what)}; {who}")


_MEND = "; `tallystick strengthen` looks for one, and --steps 2 may do without"


def reached(way: Reach[S], then: str = "what is lost does not hold", mend: str = _MEND) -> str:
    """Whether a run leads to a counterexample, at its size, in words, what is then the case, and
    how to go on."""
    if way.trace:
        return f"a run of {way.trace.extent} leads there: {then}"
    if way.complete and not way.edge:
        return f"no run leads there at this size: a lemma that excludes it is missing{mend}"
    if way.complete:
        said = "no run leads there at this size; larger ones were not looked at"
    else:
        said = f"no run of {counted(way.depth, 'step')} leads there; longer ones were not looked at"
    return f"{said}: if none does, a lemma that excludes it is missing{mend}"
