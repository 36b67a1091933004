"""What was proved of a machine's secrets, and what gives one away."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from checkers.prove.copies import parameter, secrecy_of
from checkers.prove.leak import Leak
from checkers.prove.obligations import INIT
from checkers.prove.opinion import Answer
from checkers.prove.proof import Status
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from spec.notation.batch import fields_read
from spec.notation.machine import Machine, Refusals
from spec.notation.reader import TermMap
from spec.notation.sorts import Field, Fun, Value
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")

REFUSALS: Mapping[Refusals, str] = {
    "unseen": "attempts that are refused are taken to be unseen",
    "seen": "that an attempt is refused is taken to be seen, and why it is refused is not",
    "reasons": "that an attempt is refused is taken to be seen, and why it is refused",
}
"""What a verdict rests on: whether an onlooker sees attempts that are refused, in words."""


@attrs.frozen
class Alike(Generic[S]):
    """One thing to prove of an action: that it can be taken alike, or leaves a field alike."""

    action: str
    what: str
    status: Status
    seconds: float
    leak: Leak[S] | None = None


@attrs.frozen
class Concealment(Result, Generic[S]):
    """What was proved of a machine's secrets, for any number of elements of its sorts.

    Attributes:
        kept: properties of each copy that were relied on; they are proved.
        vacuous: why there is nothing that could leak, or nowhere to, if that is so.
        answers: what cvc5 says of each obligation that took a proof, by action and `what`.
        never: what is never possible, so that it says nothing to prove something of it.
    """

    machine: Machine[S]
    obligations: Sequence[Alike[S]]
    seconds: float
    kept: Sequence[str] = ()
    answers: Mapping[tuple[str, str], Answer] = attrs.field(factory=dict)
    vacuous: str = ""
    never: Sequence[str] = ()

    def actions(self, status: Status) -> list[str]:
        """The actions of which some obligation has a status, in the order of the machine."""
        return list(dict.fromkeys(o.action for o in self.obligations if o.status == status))

    @property
    def status(self) -> Status:
        """Proved, if whatever must be is, and what must be found to leak is found to."""
        secrecy = secrecy_of(self.machine)
        broken = set(self.actions("broken"))
        if self.vacuous or broken != {act.name for act in secrecy.leaks}:
            return "broken"
        undecided = set(self.actions("undecided")) - broken
        return "undecided" if undecided else "proved"

    @property
    def asked(self) -> str:
        return f"conceal {self.machine.name}, for any number of elements"

    @property
    def _leaks(self) -> set[str]:
        """The actions that must be found to leak."""
        return {act.name for act in secrecy_of(self.machine).leaks}

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        return {o.action: self._verdict(o.action) for o in self.obligations}

    def _lost(self, action: str) -> list[str]:
        """By what an action gives something away, or may."""
        mine = (o for o in self.obligations if o.action == action)
        return [o.what for o in mine if o.status != "proved"]

    def _verdict(self, action: str) -> Verdict:
        must_leak = action in self._leaks
        if action in self.actions("broken"):
            return Verdict("refuted", "leaks", "" if must_leak else "against")
        if self._lost(action):
            return Verdict("undecided", "undecided", "undecided")
        return Verdict("proved", "proved", "against" if must_leak else "")

    @property
    def failed(self) -> bool:
        return self.status == "broken"

    @property
    def undecided(self) -> bool:
        return self.status == "undecided"

    def page(self) -> Iterator[Block]:
        secrecy = secrecy_of(self.machine)
        columns = ("action", "verdict", "by what an onlooker sees")
        yield Table.of(columns, map(self._row, self.verdicts))
        yield Line(f"{self.machine.name}: {self.seconds:.2f} s, for any number of elements")
        yield Line(REFUSALS[secrecy.refusals])
        for name in untouched(self.machine):
            yield Line(f"no action reads or writes {name}", "undecided")
        for name in self.never:
            yield Line(f"{name} is never possible", "undecided")
        if self.vacuous:
            yield Line(f"nothing was checked: {self.vacuous}", "against")
        if secrecy.alike:
            given = ", ".join(text.__name__ for text in secrecy.alike)
            yield Line(f"given away on purpose: {given}")
        if self.answers:
            agreed = sum(answer == "unsat" for answer in self.answers.values())
            asked = len(self.answers)
            yield Line(f"cvc5 confirms {agreed} of {asked} obligations, and refutes none")
        leaks = {o.action: o.leak for o in reversed(self.obligations) if o.leak}
        for name in leaks.keys() - self._leaks:
            gives = "what shows at the start" if name == INIT else name
            yield Listing(f"{gives} gives away a secret:", tuple(leaks[name].lines()))

    def _row(self, action: str) -> tuple[str, Line, str]:
        name = f"{action} (must leak)" if action in self._leaks else action
        return name, self._verdict(action).line, ", ".join(self._lost(action))

    def json(self) -> dict[str, object]:
        secrecy = secrecy_of(self.machine)
        return {
            "machine": self.machine.name,
            "verdict": self.status,
            "seconds": round(self.seconds, 3),
            "secret": list(secrecy.secret),
            "private": [parameter(act, name) for act, name in secrecy.private],
            "alike": [text.__name__ for text in secrecy.alike],
            "leaks": [act.name for act in secrecy.leaks],
            "refusals": secrecy.refusals,
            "vacuous": self.vacuous,
            "never": list(self.never),
            "untouched": untouched(self.machine),
            "kept": list(self.kept),
            "obligations": [self._obligation_json(o) for o in self.obligations],
        }

    def _obligation_json(self, obligation: Alike[S]) -> dict[str, object]:
        confirmed = self.answers.get((obligation.action, obligation.what)) == "unsat"
        return {
            "action": obligation.action,
            "what": obligation.what,
            "status": obligation.status,
            "seconds": round(obligation.seconds, 4),
            "solver": "z3, cvc5" if confirmed else "z3",
            "leak": obligation.leak.lines() if obligation.leak else None,
        }


def untouched(machine: Machine[S]) -> list[str]:
    """The secrets that no action reads or writes, and that nothing depends on at the start."""
    touched: set[str] = set()
    for act in (machine.start_action, *machine.actions):
        read = machine.read(act)
        values: list[Value] = [check.condition for check in read.checks]
        with reading(read.reader):
            for name, field in machine.fields.items():
                if field.kind is not Fun:
                    written = list(_written(getattr(read.after, name), field))
                    values += written
                    touched |= {name} if written and act.name != machine.init.__name__ else set()
        touched |= {field.name for field in fields_read(values)}
    return [name for name in secrecy_of(machine).secret if name not in touched]


def _written(content: Value, field: Field) -> Iterator[Value]:
    """What an action writes to a field, with the keys."""
    if not isinstance(content, TermMap):
        untouched = isinstance(content, Term) and content.op == "read" and content.args == (field,)
        yield from () if untouched else (content,)
        return
    for key, value in content.writes:
        yield from (*key, value)
    if content.content:
        yield content.content(tuple(map(content.reader.fresh, field.keys)))
