"""`tallystick prove`."""

from typing import Any

from checkers.cli.common import (
    FAILED,
    OK,
    UNKNOWN,
    JsonFile,
    MachineName,
    Progress,
    app,
    check_writable,
    out,
    table,
    write_json,
)
from checkers.prove import Proof, prove
from checkers.registry import find_machine
from spec.notation import MachineError


@app.command(name="prove")
def prove_command(machine: MachineName, /, *, timeout: float = 10.0, json: JsonFile = None) -> int:
    """Prove what must always hold by induction, for any number of parties.

    Parameters
    ----------
    timeout
        Seconds for one obligation.
    """
    if timeout <= 0:
        raise MachineError(f"--timeout {timeout}: give a positive number of seconds")
    found = find_machine(machine)
    check_writable(json)
    progress = Progress()
    proof = prove(found, timeout, progress)
    progress.done()
    write_json(json, proof_json(proof))
    show_proof(proof)
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
                        "solver": obligation.solver,
                    }
                    for obligation in obligations
                ],
            }
            for name, obligations in proof.obligations.items()
        ],
    }


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
    for name, obligations in proof.obligations.items():
        examples = [o for o in obligations if o.counterexample]
        if examples and name not in refuted:
            show_counterexample(name, examples[0])


def show_counterexample(name: str, obligation: Any) -> None:  # of any machine's state
    """Print a counterexample to induction under a title."""
    out.print(f"\n{name} is not kept by {obligation.action}:", style="bold")
    for line in obligation.counterexample.lines():
        out.print(line, markup=False)
