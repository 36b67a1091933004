"""`tallystick prove`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    Progress,
    Seconds,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.cli.machines import (
    MachineName,
    finding_json,
    show_trace,
)
from checkers.market.subjects import SUBJECTS, find_machine
from checkers.prove.archive import keep_witnesses
from checkers.prove.core import LoadBearing, load_bearing
from checkers.prove.limits import Limit
from checkers.prove.prover import NO_RANKING, Obligation, Proof, prove, runs_against
from checkers.prove.typespace import Enumeration, TooMany
from checkers.traces.explain import explain
from checkers.traces.trace import Trace, sized
from spec.notation import MachineError


def prove_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    steps: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    confirm: bool = True,
    export: Path | None = None,
    core: bool = False,
    witnesses: bool = False,
    json: JsonFile = None,
) -> int:
    """Prove what must always hold by induction, for any number of parties.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    steps
        How many states in a row a property may have to hold in before a step keeps it.
    confirm
        Have cvc5 decide every obligation again, and enumerate all states of a small size.
    export
        Write the obligations to this folder, as SMT-LIB 2 with their digests.
    core
        Say which properties bear load: what fails without each, and a minimal inductive core.
    witnesses
        Write down anew the states that show that each action is possible; of a machine of the
        project only.
    """
    found = find_machine(machine)
    if witnesses and machine not in SUBJECTS:
        raise MachineError(f"--witnesses: {machine} is no machine of the project, which keeps them")
    check_writable(json, folder=export, holds=["*.smt2", "DIGESTS"])
    progress = Progress()
    limit = Limit.asked(timeout)
    proof = prove(found, limit, progress, steps=steps, confirmed=confirm, export=export)
    bearing = load_bearing(found, proof.kept, limit, progress) if core else None
    progress(f"{found.name}: runs that refute what is not proved")
    runs = runs_against(proof)
    progress.done()
    write_json(json, proof_json(proof, runs) | (core_json(bearing) if bearing else {}))
    show_proof(proof, runs)
    if bearing:
        show_core(bearing)
    if witnesses and proof.possible:
        out.print(f"witnesses are kept in {keep_witnesses(proof.possible)}")
    return proof_status(proof, runs)


Runs: TypeAlias = Mapping[str, Trace[Any]]
"""By property, a run from the start that refutes it."""


def proof_status(proof: Proof[Any], runs: Runs) -> int:
    """The exit status that a proof comes to, with the runs that refute what was not proved."""
    claimed, refuted = claimed_refuted(proof), runs.keys() | proof.false_at_start
    holds = any(proof.status(name) == "proved" for name in claimed)
    if holds or refuted - claimed or proof.vacuous:
        return FAILED
    return OK if proof.complete and claimed <= refuted else UNKNOWN


def claimed_refuted(proof: Proof[Any]) -> set[str]:
    """The properties that must be found not to hold."""
    return {text.__name__ for text in proof.machine.refuted}


def proof_json(proof: Proof[Any], runs: Runs) -> dict[str, object]:
    """A proof, machine readable."""
    possible = proof.possible
    return {
        "machine": proof.machine.name,
        "seconds": round(proof.seconds, 3),
        "vacuous": proof.vacuous,
        "possible": list(possible.found) if possible else None,
        "undecided_whether_possible": list(possible.undecided) if possible else None,
        "enumeration": enumeration_json(proof),
        "violations": [finding_json(name, trace) for name, trace in runs.items()],
        "properties": [
            {
                "name": name,
                "verdict": proof_verdict(proof, name, runs),
                "obligations": [
                    {
                        "action": obligation.action,
                        "status": obligation.status,
                        "seconds": round(obligation.seconds, 4),
                        "solver": solvers(proof, obligation),
                    }
                    for obligation in obligations
                ],
            }
            for name, obligations in proof.obligations.items()
        ],
    }


def solvers(proof: Proof[Any], obligation: Obligation[Any]) -> str:
    """Who has decided an obligation: `z3`, or `z3, cvc5` where the second agrees."""
    answer = proof.answers.get((obligation.action, obligation.property))
    return f"{obligation.solver}, cvc5" if answer == "unsat" else obligation.solver


def enumeration_json(proof: Proof[Any]) -> object:
    """What enumeration looked at, machine readable; why it was not made; null if unasked for."""
    found = proof.enumeration
    if not isinstance(found, Enumeration):
        return {"not_made": str(found)} if found else None
    return {
        "sizes": {sort.__name__: number for sort, number in found.scope.sizes.items()},
        "states": found.states,
        "steps": found.edges,
        "actions": list(found.taken),
        "actions_not_taken": not_taken(proof, found),
    }


def not_taken(proof: Proof[Any], found: Enumeration[Any]) -> list[str]:
    """The actions that do not happen in any state that was enumerated."""
    return [act.name for act in proof.machine.actions if act.name not in found.taken]


def proof_verdict(proof: Proof[Any], name: str, runs: Runs) -> str:
    """What a proof says of a property, or a run."""
    if name in runs:
        return f"refuted in {runs[name].extent}"
    if name in proof.false_at_start:
        return "refuted in 0 steps"
    if proof.status(name) == "proved" and proof.is_of_nothing:
        return "vacuous"
    words = {"proved": "proved", "broken": "not inductive", "undecided": "undecided"}
    return words[proof.status(name)]


def show_proof(proof: Proof[Any], runs: Runs) -> None:
    """A proof for people: a line per property, and why one is not inductive."""
    refuted = claimed_refuted(proof)
    lemmas = {text.__name__ for text in proof.machine.lemmas}
    rows = table("property", "verdict", "obligations")
    for name, obligations in proof.obligations.items():
        kind = " (lemma)" if name in lemmas else " (must fail)" if name in refuted else ""
        rows.add_row(name + kind, verdict_and_why(proof, name, runs), str(len(obligations)))
    out.print(rows)
    out.print(f"{proof.machine.name}: {proof.seconds:.2f} s, for any number of elements")
    show_possible(proof)
    if proof.answers:
        agreed = sum(answer == "unsat" for answer in proof.answers.values())
        out.print(f"cvc5 confirms {agreed} of {len(proof.answers)} obligations, and refutes none")
    show_enumeration(proof)
    for name, trace in runs.items():
        show_trace(f"{name} is refuted:", trace)
    for name, obligations in proof.obligations.items():
        examples = [o for o in obligations if o.counterexample]
        if examples and name not in refuted and name not in runs:
            show_counterexample(name, examples[0])


def verdict_and_why(proof: Proof[Any], name: str, runs: Runs) -> str:
    """What is said of a property, and which obligations fail."""
    failing = [o.action for o in proof.obligations[name] if o.status != "proved"]
    said = proof_verdict(proof, name, runs)
    if failing == [NO_RANKING]:
        return f"{said}: {NO_RANKING}"
    if name in runs or name in proof.false_at_start or not failing:
        return said
    said = f"{said} by {', '.join(failing)}"
    if name not in claimed_refuted(proof):
        return said
    return f"[yellow]{said}; no run was found that refutes it[/yellow]"


def show_possible(proof: Proof[Any]) -> None:
    """Print whether what was proved says anything: which actions are possible, and which not."""
    for line in proof.vacuous:
        out.print(f"[red]vacuous[/red]: {line}")
    possible = proof.possible
    if possible is None:
        return
    for line in possible.unseen:
        out.print(line)
    for act, why in proof.machine.dormant:
        if act.name not in possible.found:
            out.print(f"{act.name} is never possible, by design: {why}")
    seen = [act for act in proof.machine.actions if act.name in possible.found]
    out.print(
        f"{len(seen)} of {len(proof.machine.actions)} actions are seen to be possible where all "
        "that was proved holds"
    )
    name = proof.machine.name
    if possible.fresh and name in SUBJECTS and proof.machine is SUBJECTS[name].machine:
        out.print(
            f"witnesses were searched for: {', '.join(possible.fresh)}; "
            f"`tallystick prove {proof.machine.name} --witnesses` writes them down"
        )


def show_enumeration(proof: Proof[Any]) -> None:
    """Print what enumeration looked at, and what it did not."""
    found = proof.enumeration
    if isinstance(found, TooMany):
        out.print(f"not enumerated: {found}", markup=False)
    if not isinstance(found, Enumeration):
        return
    missing = not_taken(proof, found)
    taken = f"none of {', '.join(missing)}" if missing else "all actions among them"
    out.print(
        f"enumeration at {sized(found.scope) or 'the only size'}: {found.edges:,} steps, {taken}, "
        f"of all {found.states:,} states that have what was proved, and each keeps it"
    )


def show_counterexample(name: str, obligation: Any) -> None:  # of any machine's state
    """Print a counterexample to induction under a title."""
    out.print(f"\n{name} is not kept by {obligation.action}:", style="bold")
    example = obligation.counterexample
    for line in example.lines():
        out.print(line, markup=False)
    for false in explain(example.machine, example.scope, example.after).falsified:
        if false.property == name:
            out.print(f"after which this is false: {false.conjunct}", markup=False)
    if example.action is not None:
        out.print(example.reached())


def core_json(bearing: LoadBearing[Any]) -> dict[str, object]:
    """What bears load, machine readable."""
    return {
        "needed_by": {
            name: [{"action": action, "property": lost} for action, lost in needed]
            for name, needed in bearing.needed_by.items()
        },
        "removable": bearing.removable,
        "core": list(bearing.core),
    }


def show_core(bearing: LoadBearing[Any]) -> None:
    """What bears load, for people: a line per property."""
    lemmas = {text.__name__ for text in bearing.machine.lemmas}
    rows = table("without", "what is no longer kept", "in a minimal core")
    for name, needed in bearing.needed_by.items():
        lost = ", ".join(f"{lost} by {action}" for action, lost in needed) or "nothing"
        kind = "" if name not in lemmas else "yes" if name in bearing.core else "no"
        rows.add_row(name, lost, kind or "claimed")
    out.print(rows)
