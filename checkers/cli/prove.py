"""`tallystick prove`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from checkers.bounded import Bounded, check_bounded
from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    MachineName,
    Progress,
    Seconds,
    Size,
    app,
    check_writable,
    finding_json,
    out,
    parse_sizes,
    show_trace,
    table,
    write_json,
)
from checkers.core import LoadBearing, load_bearing
from checkers.explain import explain
from checkers.prove import Obligation, Proof, prove
from checkers.registry import find_machine
from checkers.trace import sized


@app.command(name="prove")
def prove_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds = 10.0,
    steps: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    confirm: bool = True,
    export: Path | None = None,
    core: bool = False,
    json: JsonFile = None,
) -> int:
    """Prove what must always hold by induction, for any number of parties.

    Parameters
    ----------
    timeout
        Seconds for one obligation.
    steps
        How many states in a row a property may have to hold in before a step keeps it.
    confirm
        Have cvc5 decide every obligation again, and enumerate all states of a small size.
    export
        Write the obligations to this folder, as SMT-LIB 2 with their digests.
    core
        Say which properties bear load: what fails without each, and a minimal inductive core.
    """
    found = find_machine(machine)
    check_writable(json, folder=export, holds=["*.smt2", "DIGESTS"])
    progress = Progress()
    proof = prove(found, timeout, progress, steps=steps, confirmed=confirm, export=export)
    bearing = load_bearing(found, proof.kept, timeout, progress) if core else None
    progress.done()
    write_json(json, proof_json(proof) | (core_json(bearing) if bearing else {}))
    show_proof(proof)
    if bearing:
        show_core(bearing)
    return proof_status(proof)


def proof_status(proof: Proof[Any]) -> int:
    """The exit status that a proof comes to."""
    if any(proof.status(text.__name__) == "proved" for text in proof.machine.refuted):
        return FAILED
    return OK if proof.complete else UNKNOWN


def proof_json(proof: Proof[Any]) -> dict[str, object]:
    """A proof, machine readable."""
    return {
        "machine": proof.machine.name,
        "seconds": round(proof.seconds, 3),
        "properties": [
            {
                "name": name,
                "verdict": proof_verdict(proof, name),
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


def proof_verdict(proof: Proof[Any], name: str) -> str:
    """What a proof says of a property."""
    words = {"proved": "proved", "broken": "not inductive", "unknown": "unknown"}
    return words[proof.status(name)]


def show_proof(proof: Proof[Any]) -> None:
    """A proof for people: a line per property, and why one is not inductive."""
    refuted = {text.__name__ for text in proof.machine.refuted}
    lemmas = {text.__name__ for text in proof.machine.lemmas}
    rows = table("property", "verdict", "obligations")
    for name, obligations in proof.obligations.items():
        kind = " (lemma)" if name in lemmas else " (must fail)" if name in refuted else ""
        broken = [o.action for o in obligations if o.status != "proved"]
        by = f" by {', '.join(broken)}" if broken else ""
        rows.add_row(name + kind, proof_verdict(proof, name) + by, str(len(obligations)))
    out.print(rows)
    out.print(f"{proof.machine.name}: {proof.seconds:.2f} s, for any number of elements")
    if proof.answers:
        agreed = sum(answer == "unsat" for answer in proof.answers.values())
        out.print(f"cvc5 confirms {agreed} of {len(proof.answers)} obligations, and refutes none")
    if proof.enumeration:
        found = proof.enumeration
        out.print(
            f"enumeration at {sized(found.scope) or 'the only size'}: {found.edges:,} steps of all "
            f"{found.states:,} states that have what was proved, and each keeps it"
        )
    for name, obligations in proof.obligations.items():
        examples = [o for o in obligations if o.counterexample]
        if examples and name not in refuted:
            show_counterexample(name, examples[0])


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


@app.command(name="bound")
def bound_command(
    machine: MachineName,
    /,
    *,
    depth: Annotated[int, Parameter(validator=Number(gte=0))] = 10,
    size: Size | None = None,
    timeout: Seconds = 60.0,
    json: JsonFile = None,
) -> int:
    """Look for runs of at most so many steps that refute what must hold, with Z3.

    To find none to that depth is what was asked for, and no proof.

    Parameters
    ----------
    depth
        Steps.
    timeout
        Seconds for one question.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json)
    progress = Progress()
    result = check_bounded(found, scope, depth, timeout, progress)
    progress.done()
    write_json(json, bounded_json(result))
    rows = table("property", "verdict")
    claimed = {text.__name__ for text in found.refuted}
    for text in (*found.always, *found.refuted):
        trace = result.violations.get(text.__name__)
        words = f"refuted in {trace.extent}" if trace else f"bounded to depth {result.depth}"
        wrong = trace and text.__name__ not in claimed
        rows.add_row(text.__name__, f"[red]{words}[/red]" if wrong else words)
    out.print(rows)
    out.print(f"{found.name} at {sized(scope) or 'its only size'}: {result.seconds:.2f} s")
    for name in result.violations.keys() - claimed:
        show_trace(f"{name} is refuted:", result.violations[name])
    if result.violations.keys() - claimed:
        return FAILED
    return OK if result.complete else UNKNOWN


def bounded_json(result: Bounded[Any]) -> dict[str, object]:
    """Bounded checking, machine readable."""
    return {
        "machine": result.machine.name,
        "sizes": {sort.__name__: n for sort, n in result.scope.sizes.items()},
        "depth": result.depth,
        "reached_depth_asked_for": result.complete,
        "seconds": round(result.seconds, 3),
        "violations": [finding_json(n, t) for n, t in result.violations.items()],
    }
