"""What holding a program to a machine came to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

import attrs

from checkers.conform.program import LATE, Faulty
from checkers.conform.replaying import Otherwise, Replayed
from checkers.conform.vectors import Pair, Vectors, outcome
from checkers.conform.wire import Hello
from checkers.lockstep.run import Divergence, Tally
from checkers.results.page import Block, Line, Listing
from checkers.results.result import Result, Verdict
from checkers.results.words import counted

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
VECTORS, RUNS, SUPPORT = "does what vectors say", "does as the machine does", "supports all of it"


@attrs.frozen(kw_only=True)
class Conformance(Result):
    """What holding a program to a machine came to.

    Attributes:
        machine: its name.
        hello: what the program says of itself; None if it says nothing.
        vectors: what it was held to first.
        replayed: what came of these.
        tally: what was taken in runs that were chosen, beside the specification.
        divergence: the simplest run found in which the program differs.
        faults: what it did that is no answer.
        seed: of the choices.
        seconds: that it took.
    """

    machine: str
    hello: Hello | None
    vectors: Vectors
    replayed: Replayed
    tally: Tally
    divergence: Divergence | None
    faults: Sequence[Faulty]
    seed: int
    seconds: float

    @property
    def taken(self) -> set[Pair]:
        """The pairs of an action and an outcome that came out as they must."""
        accepted = {(name, None) for name, count in self.tally.accepted.items() if count}
        return self.replayed.pairs | accepted | {*self.tally.refused}

    @property
    def pairs(self) -> set[Pair]:
        """The pairs that there are, as far as anybody knows."""
        return self.vectors.pairs | self.vectors.unknown

    @property
    def not_taken(self) -> list[Pair]:
        """The pairs that never came out as they must, those included that no vector reaches."""
        return sorted(self.pairs - self.taken, key=lambda pair: (pair[0], pair[1] or ""))

    @property
    def unsupported(self) -> list[str]:
        """What the program says that it has not."""
        if self.hello is None:
            return []
        actions = {name for name, _ in self.pairs} - {*self.hello.actions}
        fields = self.vectors.opening["start"].keys() - {*self.hello.fields}
        said = [f"action {name}" for name in sorted(actions)]
        said += [f"field {name}" for name in sorted(fields)]
        return said if self.hello.order else [*said, "order of reasons"]

    @property
    def asked(self) -> str:
        name = f"{self.hello.name} {self.hello.version}" if self.hello else "a program"
        return f"conform {self.machine}: {name}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        if self.hello is None:
            return {SUPPORT: self._of_fault(self.faults[0])}
        found = {SUPPORT: self._of_support, VECTORS: self._of_vectors}
        # A program that vectors show to be wrong is not asked for more than the simplest such run.
        chosen = self.divergence or not (self.replayed.otherwise or self.replayed.faults)
        return found | ({RUNS: self._of_runs} if chosen else {})

    @property
    def _of_vectors(self) -> Verdict:
        if wrong := len(self.replayed.otherwise):
            words = f"refuted: {wrong:,} of {counted(self._tried, 'vector')} come out otherwise"
            return Verdict("refuted", words, "against")
        if faults := self.replayed.faults:
            several = f"{len(faults):,} of {counted(self._tried, 'vector')}, first "
            return self._of_fault(faults[0], several if len(faults) > 1 else "")
        if not self.replayed.steps:
            return Verdict("vacuous", "vacuous: no vector was tried", "against")
        words = f"sampled {counted(self._tried, 'vector')}, {counted(self.replayed.steps, 'step')}"
        return Verdict("sampled", words)

    @property
    def _tried(self) -> int:
        return len(self.vectors.vectors) - self.replayed.left_out.total()

    @property
    def _of_runs(self) -> Verdict:
        found = self.divergence
        if found and found.is_overdue:
            return Verdict("undecided", f"undecided: {found.how}", "undecided")
        if found:
            after = counted(len(found.steps), "step")
            return Verdict("refuted", f"refuted in {after}", "against")
        if not self.tally.accepted.total():
            return Verdict("vacuous", "vacuous: nothing was taken", "against")
        words = f"sampled {counted(self.tally.runs, 'run')}, {counted(self.tally.steps, 'step')}"
        ways = self.hello.restarts if self.hello else ()
        restarts = f"{counted(self.tally.restarts, 'restart')} ({' and '.join(ways)})"
        return Verdict(
            "sampled", f"{words}, {restarts if ways else 'no restart, which it has not'}"
        )

    @property
    def _of_support(self) -> Verdict:
        if self.unsupported:
            return Verdict("undecided", f"undecided: no {', '.join(self.unsupported)}", "undecided")
        actions = {name for name, _ in self.pairs}
        return Verdict("exhaustive", f"all of its {counted(len(actions), 'action')}")

    @staticmethod
    def _of_fault(fault: Faulty, several: str = "") -> Verdict:
        if fault.fault in LATE:
            words = f"undecided: {several}{fault.fault}: {fault}"
            return Verdict("undecided", words, "undecided")
        return Verdict("refuted", f"refuted: {several}{fault.fault}: {fault}", "against")

    @property
    def failed(self) -> bool:
        return any(found.mark == "against" for found in self.verdicts.values())

    @property
    def undecided(self) -> bool:
        return any(found.mark == "undecided" for found in self.verdicts.values())

    def page(self) -> Iterator[Block]:
        yield self.table()
        if self.divergence:
            yield Listing("they differ:", tuple(str(self.divergence).splitlines()))
        wrong = self.replayed.otherwise
        if wrong and self._tried == len(wrong):
            yield Line("every vector comes out otherwise: is it this machine, at these sizes?")
        if wrong:
            least = min(wrong, key=lambda one: one.step)
            yield Listing("the shortest vector that comes out otherwise:", _told(least))
        for fault in self.faults[:1]:
            yield Listing(f"{fault.fault}:", (str(fault), *fault.tail.splitlines()))
        for why, count in self.replayed.left_out.items():
            yield Line(f"{counted(count, 'vector')} left out: {why}", "undecided")
        yield from self._covered()

    def _covered(self) -> Iterator[Line]:
        all_pairs, missed = len(self.pairs), self.not_taken
        yield Line(f"{all_pairs - len(missed):,} of {all_pairs:,} actions with their outcomes")
        if not self.failed:
            yield from (Line(f"never: {self._never(pair)}", "undecided") for pair in missed)

    def _never(self, pair: Pair) -> str:
        """A pair, and that no vector reaches it, if that is why."""
        unknown = "; nothing was found that is, at these sizes"
        return outcome(pair) + unknown * (pair in self.vectors.unknown)

    def json(self) -> dict[str, object]:
        return {
            "machine": self.machine,
            "program": attrs.asdict(self.hello) if self.hello else None,
            "verdicts": {name: found.words for name, found in self.verdicts.items()},
            "divergence": str(self.divergence) if self.divergence else None,
            "otherwise": [_told(one) for one in self.replayed.otherwise],
            "faults": [{"fault": f.fault, "words": str(f), "tail": f.tail} for f in self.faults],
            "left_out": dict(self.replayed.left_out),
            "unsupported": self.unsupported,
            "never": [self._never(pair) for pair in self.not_taken],
            "vectors": len(self.vectors.vectors),
            "steps": self.replayed.steps + self.tally.steps,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
        }

    def junit(self) -> str:
        """For servers that run tests: JUnit's XML, a case for each verdict and each pair."""
        suite = ElementTree.Element("testsuite", name=self.asked, time=f"{self.seconds:.3f}")
        for name, found in self.verdicts.items():
            case = ElementTree.SubElement(suite, "testcase", classname=self.machine, name=name)
            if found.mark:
                kind = "failure" if found.mark == "against" else "error"
                ElementTree.SubElement(case, kind, message=found.words)
        for pair in sorted(self.pairs, key=outcome):
            case = ElementTree.SubElement(
                suite, "testcase", classname=self.machine, name=outcome(pair)
            )
            if pair not in self.taken:
                ElementTree.SubElement(case, "skipped", message="it never came out so")
        cases = list(suite)
        for kind, what in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(kind, str(sum(case.find(what) is not None for case in cases)))
        suite.set("tests", str(len(cases)))
        ElementTree.indent(suite)
        written = ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
        return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", written) + "\n"


def _told(one: Otherwise) -> tuple[str, ...]:
    """A vector, up to the step that came out otherwise, with both answers beside one another."""
    steps = one.vector.steps[: one.step + 1]
    taken = [f"{i}. {s.action}({', '.join(map(str, s.args))})" for i, s in enumerate(steps, 1)]
    if one.do == "state":
        return (*taken, f"state after it: {one.wanted}", f"shown:          {one.said}")
    return (*taken, f"to be answered: {one.wanted}", f"answered:       {one.said}")
