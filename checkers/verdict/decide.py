"""What decides a point of a claim: one job for each kind of ground.

A job returns plain data, so that it can run in a process of its own.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from checkers.blame.account import FINDINGS, Account
from checkers.blame.accountant import Accountant
from checkers.explore.cases import unexercised
from checkers.explore.ending import ENDS
from checkers.explore.exploration import dormant
from checkers.explore.explorer import prepare
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.replay import replay
from checkers.market.attack import run_attacks
from checkers.market.placement import Request, synthesise
from checkers.market.subjects import SUBJECTS, AnyMachine, Subject, find_machine, reference
from checkers.mutate.layers import taken
from checkers.prove.limits import Limit
from checkers.prove.prover import Proof, prove, prove_ending
from checkers.prove.secrets import concealed
from checkers.prove.typespace import Enumeration, TooMany
from checkers.traces.trace import sized
from checkers.verdict.exhibit import Shown
from spec.notation import Scope
from spec.paper.claim import Accounts, Holds, Placed, Verdict

CONCEALS = "no onlooker can tell"
PLACED = "no placement does better"
_MOST = 8_000_000  # states


@attrs.frozen
class Budget:
    """How hard to try.

    Attributes:
        limit: the most that one obligation may take.
        examples, steps: lockstep runs, and steps of each.
        confirmed: have every proof decided again, by cvc5 and by enumeration.
        culprits: how many parties deviate at most where all that they do is looked at.
    """

    limit: Limit
    examples: int
    steps: int
    confirmed: bool
    culprits: int | None


@attrs.frozen
class Found:
    """What a job found, as plain data.

    Attributes:
        verdicts: by property, or whatever else the job decides.
        evidence: in a line.
        passed: whether it came out as it must, for a check.
        traces: what refutes, where there is a run that does.
    """

    verdicts: Mapping[str, Verdict]
    evidence: str
    passed: bool = True
    traces: Mapping[str, Shown] = attrs.field(factory=dict)


def prove_claims(machine: AnyMachine, budget: Budget) -> Found:
    """Prove what is claimed of a machine, but for its ending."""
    # What is claimed and refuted takes time to fail at, and is decided by exploration.
    provable = attrs.evolve(machine, refuted=(), ending=None)
    proof = prove(provable, budget.limit, confirmed=budget.confirmed)
    verdicts = {name: _proved(proof, name) for name in proof.obligations}
    flaws = [*proof.vacuous, *(proof.possible.unseen if proof.possible else [])]
    evidence = "; ".join([_confirmed(proof), *flaws])
    return Found(verdicts, evidence, _is_confirmed(proof) and not flaws)


def prove_end(machine: AnyMachine, budget: Budget) -> Found:
    """Prove that every run of a machine ends, if what it claims holds."""
    proof = prove_ending(machine, budget.limit, confirmed=budget.confirmed)
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


def refute(ground: Holds) -> Found:
    """Look for a shortest run that refutes a property, and take it in an implementation."""
    machine, name = ground.machine, ground.property.__name__
    scope = Scope({**machine.sizes, **ground.sizes})
    found = prepare(machine, scope, until={name}, limit_states=_MOST).run()
    traces = [v.trace for v in found.violations if v.property == name]
    if not traces:
        how: Verdict = "exhaustive" if found.exhaustive else "bounded"
        evidence = f"{name}: {found.distinct_states:,} states at {sized(scope)} without violation"
        return Found({name: how}, evidence)
    evidence = f"{name}, in {traces[0].extent}"
    passed = True
    subject = SUBJECTS.get(machine.name)
    if subject and subject.setup:
        replayed = replay(machine, ground.property, traces[0], subject.setup)
        passed = replayed.refuted
        evidence += "; so does the implementation" if passed else "; NOT in the implementation"
    return Found({name: "refuted"}, evidence, passed, {name: Shown.of(traces[0], name)})


def tell_apart(machine: AnyMachine, budget: Budget) -> Found:
    """Decide whether an onlooker can tell runs apart that differ in what is secret."""
    found = concealed(machine, budget.limit, confirmed=budget.confirmed)
    leaks = found.actions("broken")
    if leaks:
        return Found({CONCEALS: "refuted"}, f"{', '.join(leaks)} gives something away")
    disagreeing = [answer for answer in found.answers.values() if answer != "unsat"]
    verdict: Verdict = "proved" if found.status == "proved" and not disagreeing else "undecided"
    return Found({CONCEALS: verdict}, "by self-composition, for any size")


def hold_to_account(ground: Accounts, budget: Budget) -> Found:
    """Look at the ledgers of a size, and at the ways in which they can have come about."""
    machine = ground.machine
    scope = Scope({**machine.sizes, **ground.sizes})
    culprits = ground.culprits or budget.culprits
    found = Accountant(machine, scope, culprits=culprits, bounds=ground.bounds).run()
    held: Verdict = "exhaustive" if found.exhaustive else "bounded"
    # A finding for which there was nothing to look at is not decided.
    verdicts: dict[str, Verdict] = {n: held for n in FINDINGS if n not in found.vacuous}
    verdicts |= dict.fromkeys(found.vacuous, "undecided")
    verdicts |= dict.fromkeys(found.refuted, "refuted")
    evidence = (
        f"{found.states:,} states, {found.transcripts:,} ledgers, {len(found.collisions)} pairs of "
        f"stories that leave the same, at {sized(scope)}"
    )
    if culprits is not None:
        evidence += f", where at most {culprits} deviates"
    if found.bounds:
        evidence += f", within {', '.join(found.bounds)}"
    return Found(verdicts, evidence, traces=_stories(found))


def _stories(found: Account[Any]) -> dict[str, Shown]:
    traces = {"no_false_blame": found.false_blame, "every_harm_blamed_or_repaid": found.unpaid_harm}
    shown = {name: Shown.of(trace) for name, trace in traces.items() if trace}
    if found.collisions:
        shown["transcript_injectivity"] = Shown.of_collision(found.collisions[0])
    return shown


def place(ground: Placed) -> Found:
    """Synthesise a placement, and see that no other has a larger threshold."""
    request = Request(
        (1,) * ground.parts,
        (None,) * ground.vendors,
        tuple(frozenset({v}) for v in range(ground.vendors)),
        ground.crashes,
        ground.infer,
    )
    answer = synthesise(request)
    largest = answer.placement.threshold(infer=ground.infer) if answer.placement else None
    right = answer.verdict == "largest" and largest == ground.threshold
    evidence = f"threshold {largest}, {answer.verdict}: {answer.reason.text}"
    return Found({PLACED: "proved" if right else "undecided"}, evidence)


def attack(name: str) -> Found:
    """Run an attack or an experiment."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        [result] = run_attacks([name], Path(folder))
    verdict: Verdict = "sampled" if result.outcome == "P" else "refuted"
    evidence = f"{name}: {result.lines[-1]} ({result.outcome})"
    return Found({name: verdict}, evidence, result.as_expected)


def count_published(subject: Subject) -> Found:
    """Count the states of a textbook protocol."""
    found = prepare(subject.machine, subject.machine.scope()).run()
    actual = found.distinct_states, found.generated_states
    evidence = f"{actual[0]:,} distinct, {actual[1]:,} generated"
    return Found({}, evidence, actual == subject.published)


def reach_witnesses(ground: Holds) -> Found:
    """See that what must be possible is, lest properties hold for want of cases."""
    machine, sizes = ground.machine, ground.sizes
    wanted = {text.__name__ for text in machine.sometimes}
    found = prepare(
        machine, Scope({**machine.sizes, **sizes}), until=wanted, limit_states=_MOST
    ).run()
    reached = [f"{w.property} in {w.trace.extent}" for w in found.witnesses]
    evidence = "; ".join([*reached, *(f"{n}: never" for n in found.unreached)])
    return Found({}, evidence, not found.unreached)


def take_actions(subject: Subject) -> Found:
    """See that every action is taken somewhere, but for those that are dormant, by design."""
    machine = subject.machine
    wrong = unexercised(machine, taken(machine, subject.scopes, subject.stories))
    asleep = [f"{name} is dormant: {why}" for name, why in dormant(machine).items()]
    evidence = "; ".join(wrong or ["every action is taken", *asleep])
    return Found({}, evidence, not wrong)


def run_beside(name: str, budget: Budget) -> Found:
    """Run the reference implementation beside the specification."""
    found = fuzz(
        find_machine(name),
        reference(name),
        examples=budget.examples,
        steps=budget.steps,
        seed=0,
    )
    evidence = f"sampled {found.tally.runs} runs"
    if found.never_accepted:
        evidence += f"; never accepted: {', '.join(found.never_accepted)}"
    return Found({}, str(found.divergence or evidence), found.passed)
