"""What decides points of claims: jobs, each of which is done once however many points rest on it.

A job is a value, and what it finds is plain data, so that it can be done in a process of its own.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from adversaries.scratch import scratch
from adversaries.script import Outcome
from checkers.blame.account import FINDINGS, Account
from checkers.blame.accountant import Accountant
from checkers.explore.ending import ENDS
from checkers.explore.exploration import Exploration
from checkers.explore.explorer import prepare
from checkers.explore.lasso import terminate
from checkers.lockstep.replay import Replayer
from checkers.lockstep.run import Divergence
from checkers.market.attack import run_attacks
from checkers.market.placement.problem import Problem
from checkers.market.placement.synthesis import synthesise
from checkers.market.subjects import SUBJECTS, AnyMachine
from checkers.prove.copies import secrecy_of
from checkers.prove.limits import Limit
from checkers.prove.proof import Proof
from checkers.prove.prover import prove, prove_ending
from checkers.prove.secrets import conceal
from checkers.prove.typespace import Enumeration, TooMany
from checkers.traces.trace import Trace, sized
from checkers.verdict.exhibit import Exhibit
from spec.hardened.ablation import Ablation
from spec.notation import MachineError, Scope
from spec.notation.sorts import SortType
from spec.paper.claim import Placed, Verdict

CONCEALED = "no onlooker can tell"
PLACED = "no placement does better"
PREVENTED, CONVICTED = "nothing comes of it", "whoever deviates is convicted"


@attrs.frozen
class Budget:
    """How hard to try.

    Attributes:
        limit: the most that one obligation may take.
        examples, steps: lockstep runs, and steps of each; with none, no implementation is run.
        confirmed: have every proof decided again, by cvc5 and by enumeration.
        culprits: how many parties deviate at most where all that they do is looked at.
        states: how many are visited at most in search of a run.
    """

    limit: Limit
    examples: int
    steps: int
    confirmed: bool
    culprits: int | None
    states: int = 8_000_000


@attrs.frozen
class Decided:
    """What was found of one thing that is to be decided: a verdict, why in a line, and a run."""

    verdict: Verdict
    evidence: str
    exhibit: Exhibit | None = None


@attrs.frozen
class Found:
    """What a job found, as plain data.

    Attributes:
        verdicts: by property, or whatever else the job decides.
        evidence: in a line.
        passed: whether it came out as it must, for a check.
        exhibits: what refutes, where there is a run that does.
    """

    verdicts: Mapping[str, Verdict]
    evidence: str
    passed: bool = True
    exhibits: Mapping[str, Exhibit] = attrs.field(factory=dict)

    def of(self, name: str) -> Decided:
        """What was found of one of the things that the job decides."""
        return Decided(self.verdicts[name], self.evidence, self.exhibits.get(name))


class Job(Hashable, Protocol):
    """Finds something out. As text it is its name, which says what it is about."""

    def __call__(self, budget: Budget) -> Found:
        """Do the job, as hard as a budget allows."""


def as_pairs(sizes: Mapping[SortType, int]) -> Hashable:
    """By what sizes are told apart."""
    return frozenset(sizes.items())


# Any size


@attrs.frozen
class Prove:
    """Proves what is claimed of a machine, but for its ending."""

    machine: AnyMachine

    def __str__(self) -> str:
        return f"proof, {self.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        # What is claimed and refuted takes time to fail at, and is decided by exploration.
        provable = attrs.evolve(self.machine, refuted=(), ending=None)
        proof = prove(provable, budget.limit, confirmed=budget.confirmed, searched=False)
        verdicts = {name: _proved(proof, name) for name in proof.obligations}
        unproved = [f"not proved: {name}" for name, how in verdicts.items() if how != "proved"]
        unseen = proof.possible.unseen if proof.possible else []
        flaws = [*unproved, *proof.vacuous, *unseen]
        evidence = "; ".join([_confirmed(proof), *flaws])
        return Found(verdicts, evidence, _is_confirmed(proof) and not flaws)


@attrs.frozen
class ProveEnding:
    """Proves that every run of a machine ends, if what it claims holds."""

    machine: AnyMachine

    def __str__(self) -> str:
        return f"ending, {self.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        proof = prove_ending(self.machine, budget.limit, confirmed=budget.confirmed)
        return Found({ENDS: _proved(proof, ENDS)}, _confirmed(proof), _is_confirmed(proof))


def _proved(proof: Proof[Any], name: str) -> Verdict:
    return "proved" if proof.status(name) == "proved" else "undecided"


def _is_confirmed(proof: Proof[Any]) -> bool:
    return all(answer == "unsat" for answer in proof.answers.values())


def _confirmed(proof: Proof[Any]) -> str:
    """What cvc5 and enumeration say of what Z3 has proved; to refute it would end all."""
    obligations = sum(map(len, proof.obligations.values()))
    if not proof.answers:
        return f"{obligations} obligations; not decided again at this effort"
    agreed = sum(answer == "unsat" for answer in proof.answers.values())
    evidence = f"cvc5 confirms {agreed} of {len(proof.answers)} obligations"
    match proof.enumeration:
        case Enumeration(edges=edges, taken=taken):
            actions = f"{len(taken)} of {len(proof.machine.actions)} actions"
            evidence += f"; {edges:,} steps of a whole type space keep all, by {actions}"
        case TooMany():
            evidence += "; a type space has too many states to enumerate"
    return evidence


@attrs.frozen
class TellApart:
    """Decides whether an onlooker can tell runs apart that differ in what is secret."""

    machine: AnyMachine

    def __str__(self) -> str:
        return f"secrets, {self.machine.name}"

    def __call__(self, budget: Budget) -> Found:
        # Which actions are said to leak is for the machine's own test; here is asked which do.
        secrecy = attrs.evolve(secrecy_of(self.machine), leaks=())
        asked = attrs.evolve(self.machine, secrecy=secrecy)
        found = conceal(asked, budget.limit, confirmed=budget.confirmed)
        leaks = found.actions("broken")
        if leaks:
            return Found({CONCEALED: "refuted"}, f"{', '.join(leaks)} gives something away")
        disagreeing = [answer for answer in found.answers.values() if answer != "unsat"]
        verdict: Verdict = "proved" if found.status == "proved" and not disagreeing else "undecided"
        return Found({CONCEALED: verdict}, "by self-composition, for any size")


# Every state of a size


@attrs.frozen
class Refute:
    """Looks for a shortest run that refutes a property, and takes it in an implementation."""

    machine: AnyMachine
    property: Callable[[Any], bool]  # of the machine's state
    sizes: Mapping[SortType, int] = attrs.field(eq=as_pairs)

    def __str__(self) -> str:
        name = self.property.__name__
        sizes = sized(Scope(self.sizes)) or "its own sizes"
        return f"refutation, {self.machine.name}: {name} at {sizes}"

    def __call__(self, budget: Budget) -> Found:
        [found] = refute_all([self], budget)
        return found

    def read(self, found: Exploration[Any], replayer: Replayer[Any] | None) -> Found:
        """What was found of this property, where others may have been looked for as well.

        Args:
            replayer: takes what refutes it in an implementation, if there is one to run.
        """
        name = self.property.__name__
        trace = found.refuted.get(name)
        if not trace:
            how: Verdict = "exhaustive" if found.exhaustive else "bounded"
            seen = f"{found.distinct_states:,} states at {sized(found.scope)}"
            return Found({name: how}, f"{name}: {seen} without violation")
        evidence = f"{name}, in {trace.extent}"
        passed = True
        if replayer:
            passed, said = self._replayed(trace, replayer)
            evidence += f"; {said}"
        return Found({name: "refuted"}, evidence, passed, {name: Exhibit.of(trace, name)})

    def _replayed(self, trace: Trace[Any], replayer: Replayer[Any]) -> tuple[bool, str]:
        """Whether the run refutes the property in an implementation too, and that in words."""
        try:
            refuted = replayer.replay(self.property, trace).refuted
        except (Divergence, MachineError) as why:
            return False, f"NOT in the implementation: {why}"
        return refuted, "so does the implementation" if refuted else "NOT in the implementation"


def refute_all(jobs: Sequence[Refute], budget: Budget) -> list[Found]:
    """What is found of each of some properties of one machine, at one size, in one exploration."""
    machine = attrs.evolve(jobs[0].machine.bare, refuted=[job.property for job in jobs])
    scope = Scope({**jobs[0].machine.sizes, **jobs[0].sizes})
    names = {job.property.__name__ for job in jobs}
    found = prepare(machine, scope, until=names, limit_states=budget.states).run()
    subject = SUBJECTS.get(machine.name)
    setup = subject.setup if subject and budget.examples else None
    replayer = Replayer(jobs[0].machine, found.refuted.values(), setup) if setup else None
    return [job.read(found, replayer) for job in jobs]


def _missing(ablation: Ablation) -> Hashable:
    """By what ablations are told apart."""
    return ablation.missing


@attrs.frozen
class LeaveOut:
    """Leaves a hardening out, and looks for the attack that it is there for.

    It passes where the run that breaks the promise is made of what that attack is made of.
    """

    ablation: Ablation = attrs.field(eq=_missing)

    @property
    def missing(self) -> str:
        """What is left out, by name."""
        return self.ablation.missing.name.lower()

    def __str__(self) -> str:
        return f"without {self.missing}"

    def __call__(self, budget: Budget) -> Found:
        lost, exhibit = self.ablation.promise, self._broken()
        if exhibit is None:
            return Found({lost: "undecided"}, f"{lost} is not refuted", passed=False)
        shows = set(self.ablation.shows) <= set(exhibit.actions)
        how = "" if shows else ", but not by the attack expected"
        evidence = f"{lost} refuted in {exhibit.extent}{how}"
        return Found({lost: "refuted"}, evidence, shows, {lost: exhibit})

    def _broken(self) -> Exhibit | None:
        """A shortest run that breaks the promise, or one that never ends; None without one."""
        machine, lost = self.ablation.machine, self.ablation.promise
        scope = Scope({**machine.sizes, **self.ablation.sizes})
        if self.ablation.lost is None:
            lasso = terminate(machine, scope).lasso
            return Exhibit.of_lasso(lasso) if lasso else None
        trace = prepare(machine, scope, until={lost}).run().refuted.get(lost)
        return Exhibit.of(trace) if trace else None


@attrs.frozen
class HoldToAccount:
    """Looks at the ledgers of a size, and at the ways in which they can have come about."""

    machine: AnyMachine
    sizes: Mapping[SortType, int] = attrs.field(eq=as_pairs)
    culprits: int | None
    bounds: tuple[str, ...]

    def __str__(self) -> str:
        few = [] if self.culprits is None else [f"at most {self.culprits} deviating"]
        within = ", ".join([sized(Scope(self.sizes)) or "its own sizes", *few, *self.bounds])
        return f"account, {self.machine.name} at {within}"

    def __call__(self, budget: Budget) -> Found:
        scope = Scope({**self.machine.sizes, **self.sizes})
        culprits = self.culprits or budget.culprits
        found = Accountant(self.machine, scope, culprits=culprits, bounds=self.bounds).run()
        held: Verdict = "exhaustive" if found.exhaustive else "bounded"
        # A finding for which there was nothing to look at is not decided.
        verdicts: dict[str, Verdict] = {n: held for n in FINDINGS if n not in found.vacuous}
        verdicts |= dict.fromkeys(found.vacuous, "undecided")
        verdicts |= dict.fromkeys(found.refuted, "refuted")
        evidence = (
            f"{found.states:,} states, {found.transcripts:,} ledgers, {len(found.collisions)} "
            f"pairs of stories that leave the same, at {sized(scope)}"
        )
        if culprits is not None:
            evidence += f", where at most {culprits} deviates"
        if found.bounds:
            evidence += f", within {', '.join(found.bounds)}"
        return Found(verdicts, evidence, exhibits=_stories(found))


def _stories(found: Account[Any]) -> dict[str, Exhibit]:
    traces = {"no_false_blame": found.false_blame, "every_harm_blamed_or_repaid": found.unpaid_harm}
    exhibits = {name: Exhibit.of(trace) for name, trace in traces.items() if trace}
    if found.collisions:
        exhibits["transcript_injectivity"] = Exhibit.of_collision(found.collisions[0])
    return exhibits


# What is no machine


@attrs.frozen
class Place:
    """Synthesises a placement, and sees that no other has a larger threshold."""

    wanted: Placed

    def __str__(self) -> str:
        return f"placement, {self.wanted}"

    def __call__(self, budget: Budget) -> Found:
        problem = Problem(
            (1,) * self.wanted.parts,
            (None,) * self.wanted.vendors,
            tuple(frozenset({v}) for v in range(self.wanted.vendors)),
            self.wanted.crashes,
            self.wanted.infer,
        )
        answer = synthesise(problem)
        largest = answer.placement.threshold(infer=self.wanted.infer) if answer.placement else None
        right: Verdict = "proved" if largest == self.wanted.threshold else "refuted"
        evidence = f"threshold {largest}, {answer.verdict}: {answer.reason.text}"
        return Found({PLACED: "undecided" if answer.verdict == "undecided" else right}, evidence)


@attrs.frozen
class RunAttack:
    """Runs an attack or an experiment.

    Attributes:
        key: what it is called, with its variant.
    """

    key: str

    def __str__(self) -> str:
        return f"attack, {self.key}"

    def __call__(self, budget: Budget) -> Found:
        with scratch() as folder:
            [result] = run_attacks([self.key], folder)
        outcome = result.came_to.outcome
        wanted: Mapping[str, Outcome] = {PREVENTED: "P", CONVICTED: "D"}
        verdicts: Mapping[str, Verdict] = {
            name: "sampled" if outcome == one else "refuted" for name, one in wanted.items()
        }
        evidence = f"{result.attack.name}: {result.facts.lines[-1]} ({outcome})"
        return Found(verdicts, evidence, result.as_expected)
