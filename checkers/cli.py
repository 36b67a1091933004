"""The command line: `tallystick VERB`.

Exit status 0: everything came out as it must. 1: something did not. 2: bad usage or input, said in
one line, nothing written. 3: something stayed unknown or hit its time limit.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table

from checkers.attack import attacks_json, run_attacks
from checkers.demo import demo
from checkers.drivers import find_setup
from checkers.explore import Exploration, explore
from checkers.lockstep import fuzz
from checkers.prove import Proof, prove
from checkers.registry import AnyMachine, find_machine
from checkers.report import mark, said, verification_json, write_report
from checkers.simulate import Simulator
from checkers.trace import Trace
from checkers.verify import Effort, verify
from spec.notation import MachineError, Scope

OK, FAILED, USAGE, UNKNOWN = 0, 1, 2, 3

MachineName = Annotated[
    str,
    Parameter(
        help="A machine of the project, package.module:attribute, or path/to/file.py:attribute."
    ),
]
Size = Annotated[
    list[str],
    Parameter(
        name="--size", negative="", help="A sort's size, as NAME=N; may be given repeatedly."
    ),
]
JsonFile = Annotated[
    Path | None, Parameter(name="--json", help="Write the whole result to this file.")
]

app = App(
    name="tallystick",
    help="Decides what a trust-minimised protocol claims: proved, exhausted at a size, or refuted.",
    version_flags=["--version"],
)
_WIDTH = None if sys.stdout.isatty() else 140  # a file or a pipe has no width of its own
out = Console(highlight=False, soft_wrap=True, width=_WIDTH)
status = Console(stderr=True, highlight=False)


def parse_sizes(machine: AnyMachine, sizes: Sequence[str]) -> Scope:
    """The machine's sizes, with those that were given."""
    given = {}
    for size in sizes:
        name, equals, number = size.partition("=")
        if not equals or not number.isdecimal():
            raise MachineError(f"--size {size}: give a sort and a number, as in Request=2")
        given[name] = int(number)
    return machine.scope(**given)


def check_writable(json: Path | None, folder: Path | None = None) -> None:
    """Before long work: that its results can be written. Makes the folder."""
    if json is not None and not json.parent.is_dir():
        raise MachineError(f"--json {json}: there is no folder {json.parent}")
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(f"{folder}: {error.strerror}") from error


def write_json(path: Path | None, result: Mapping[str, object]) -> None:
    """Write a result whole or not at all."""
    if path is None:
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(json.dumps(result, indent=2) + "\n")
        unfinished.replace(path)
    except OSError as error:
        raise MachineError(f"--json {path}: {error.strerror}") from error


class Progress:
    """One line on standard error that long work keeps up to date, if somebody is looking."""

    def __init__(self) -> None:
        self._shows = status.is_terminal

    def __call__(self, line: str) -> None:
        if self._shows:
            status.file.write(f"\r\x1b[K{line[: status.width - 1]}")
            status.file.flush()

    def done(self) -> None:
        """Take the line away."""
        self("")


def sized(scope: Scope) -> str:
    """Sizes for people: `Request=2, Vendor=2`."""
    return ", ".join(f"{sort.__name__}={number}" for sort, number in scope.sizes.items())


def show_trace(title: str, trace: Trace[Any]) -> None:
    """Print a trace under a title."""
    out.print(f"\n{title}", style="bold")
    for line in trace.lines():
        out.print(line, markup=False)


def table(*columns: str) -> Table:
    """An empty table for people."""
    empty = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        empty.add_column(column, overflow="fold")
    return empty


# explore


@app.command(name="explore")
def explore_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    json: JsonFile = None,
    itf: Path | None = None,
    traces: bool = True,
) -> int:
    """Visit every reachable state of a machine at a size.

    Parameters
    ----------
    itf
        Write each trace to this folder, as PROPERTY.itf.json in the Informal Trace Format.
    traces
        Print the traces of what was refuted.
    """
    found = find_machine(machine)
    scope = parse_sizes(found, size or [])
    check_writable(json, itf)
    progress = Progress()
    result = explore(
        found,
        scope,
        lambda level, distinct, generated, frontier: progress(
            f"level {level}: {distinct:,} states, {generated:,} generated, {frontier:,} to expand"
        ),
    )
    progress.done()
    write_json(json, exploration_json(result))
    if itf is not None:
        write_traces(itf, result)
    show_exploration(result, traces=traces)
    return OK if as_claimed(result) else FAILED


def as_claimed(result: Exploration[Any]) -> bool:
    """Whether nothing was refuted that must hold, and everything reached that must be.

    What must be refuted may need a larger size than this one.
    """
    refuted = {violation.property for violation in result.violations}
    return refuted <= {t.__name__ for t in result.machine.refuted} and not result.unreached


def write_traces(folder: Path, result: Exploration[Any]) -> None:
    """Write the trace of each violation and witness to a file of its own."""
    for found in (*result.violations, *result.witnesses):
        write_json(folder / f"{found.property}.itf.json", found.trace.itf())


def exploration_json(result: Exploration[Any]) -> dict[str, object]:
    """An exploration, machine readable."""
    rate = result.distinct_states / max(result.seconds, 1e-9)
    return {
        "machine": result.machine.name,
        "sizes": {sort.__name__: number for sort, number in result.scope.sizes.items()},
        "distinct_states": result.distinct_states,
        "generated_states": result.generated_states,
        "depth": result.depth,
        "beyond_size": result.cut,
        "complete": result.complete,
        "seconds": round(result.seconds, 3),
        "states_per_second": round(rate),
        "violations": [finding_json(v.property, v.trace) for v in result.violations],
        "witnesses": [finding_json(w.property, w.trace) for w in result.witnesses],
        "unreached": list(result.unreached),
    }


def finding_json(name: str, trace: Trace[Any]) -> dict[str, object]:
    """A property with the trace that decides it, in ITF."""
    return {"property": name, "length": trace.length, "trace": trace.itf()}


def show_exploration(result: Exploration[Any], *, traces: bool) -> None:
    """An exploration for people."""
    out.print(
        f"{result.machine.name} at {sized(result.scope) or 'its only size'}: "
        f"{result.distinct_states:,} distinct states, {result.generated_states:,} generated, "
        f"depth {result.depth}, {result.seconds:.2f} s"
    )
    if result.cut:
        out.print(f"{result.cut:,} further steps lead past these sizes and were not taken")
    violated = {v.property: v.trace for v in result.violations}
    reached = {w.property: w.trace for w in result.witnesses}
    claimed = {text.__name__ for text in result.machine.refuted}
    rows = table("property", "verdict")
    for text in (*result.machine.always, *result.machine.refuted):
        rows.add_row(text.__name__, verdict(text.__name__, violated, claimed))
    for name in violated.keys() - {t.__name__ for t in result.machine.predicates}:
        rows.add_row(name, verdict(name, violated, claimed))
    for text in result.machine.sometimes:
        trace = reached.get(text.__name__)
        rows.add_row(
            text.__name__,
            f"reached in {trace.extent}" if trace else "[red]never reached[/red]",
        )
    out.print(rows)
    if traces:
        for name, trace in violated.items():
            show_trace(f"{name} is refuted:", trace)


def verdict(name: str, violated: Mapping[str, Trace[Any]], claimed: set[str]) -> str:
    """What an exploration says of a property, marked where it must not be so."""
    if name in violated:
        words = f"refuted in {violated[name].extent}"
        return words if name in claimed else f"[red]{words}[/red]"
    words = "exhaustive at this size"
    return f"{words}; to be refuted at another" if name in claimed else words


# prove


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


# simulate


@app.command(name="simulate")
def simulate_command(
    machine: MachineName,
    /,
    *,
    size: Size | None = None,
    runs: int = 10_000,
    depth: int = 50,
    seed: int = 0,
    json: JsonFile = None,
) -> int:
    """Walk a machine at random, many runs at once.

    Parameters
    ----------
    runs
        How many runs.
    depth
        Steps of each run, at most.
    seed
        Of the random choices; equal seeds give equal runs.
    """
    found = find_machine(machine)
    simulator = Simulator(found, parse_sizes(found, size or []), runs, seed)
    check_writable(json)
    progress = Progress()
    result = simulator.run(depth, lambda step, of: progress(f"step {step} of {of}"))
    progress.done()
    unexpected = result.violations.keys() - {t.__name__ for t in found.refuted}
    write_json(
        json,
        {
            "machine": found.name,
            "sizes": {sort.__name__: n for sort, n in result.scope.sizes.items()},
            "runs": result.runs,
            "steps": result.steps,
            "seed": seed,
            "seconds": round(result.seconds, 3),
            "steps_per_second": round(result.steps / max(result.seconds, 1e-9)),
            "taken": result.taken,
            "violations": [finding_json(n, t) for n, t in result.violations.items()],
            "witnessed": list(result.witnessed),
        },
    )
    out.print(
        f"{found.name} at {sized(result.scope)}: {result.runs:,} runs, {result.steps:,} steps, "
        f"seed {seed}, {result.seconds:.2f} s"
    )
    rows = table("action", "taken")
    for name, count in result.taken.items():
        rows.add_row(name, f"{count:,}" if count else "[red]never[/red]")
    out.print(rows)
    for name in result.violations:
        show_trace(f"{name} failed in a run:", result.violations[name])
    return FAILED if unexpected else OK


# fuzz


@app.command(name="fuzz")
def fuzz_command(
    machine: MachineName,
    /,
    *,
    against: str,
    examples: int = 200,
    steps: int = 40,
    seed: int | None = None,
    json: JsonFile = None,
) -> int:
    """Run a machine in lockstep with an implementation.

    Parameters
    ----------
    against
        `reference`, or a checkers.lockstep.Setup as package.module:attribute or file.py:attribute.
    examples
        How many runs.
    steps
        Steps of each run, at most.
    seed
        Of the choices; without one they are new each time.
    """
    if examples < 1 or steps < 1:
        raise MachineError("--examples and --steps are 1 or more")
    found = find_machine(machine)
    setup = find_setup(found.name, against)
    check_writable(json)
    progress = Progress()
    progress(f"{found.name} against {against}: {examples} runs of {steps} steps")
    started = time.perf_counter()
    divergence = fuzz(found, setup, examples=examples, steps=steps, seed=seed)
    progress.done()
    seconds = time.perf_counter() - started
    write_json(
        json,
        {
            "machine": found.name,
            "against": against,
            "examples": examples,
            "steps": steps,
            "seed": seed,
            "seconds": round(seconds, 3),
            "divergence": str(divergence) if divergence else None,
        },
    )
    if divergence:
        out.print(str(divergence), markup=False)
        return FAILED
    out.print(
        f"{found.name} and {against} in lockstep: sampled {examples} runs of up to {steps} steps, "
        f"{seconds:.1f} s"
    )
    return OK


# attack


@app.command(name="attack")
def attack_command(*names: str, json: JsonFile = None) -> int:
    """Run scripted adversaries against the living marketplace.

    Parameters
    ----------
    names
        Which; without names, all of them.
    """
    check_writable(json)
    progress = Progress()
    progress("attacking the marketplace")
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        results = run_attacks(names, Path(folder))
    progress.done()
    write_json(json, attacks_json(results))
    for result in results:
        out.print(f"\n{result.name}", style="bold")
        for line in result.lines:
            out.print(f"  {line}", markup=False)
    rows = table("attack", "variant", "by", "expected", "outcome", "convicted")
    for result in results:
        outcome = result.outcome if result.as_expected else f"[red]{result.outcome}[/red]"
        convicted = ", ".join(result.convicted) or "nobody"
        rows.add_row(result.name, result.variant, result.party, result.expected, outcome, convicted)
    out.print()
    out.print(rows)
    out.print("P prevented, D detected, D? culprit unclear, U undetected, F honest party convicted")
    return OK if all(result.as_expected for result in results) else FAILED


# demo


@app.command(name="demo")
def demo_command() -> int:
    """Show the marketplace at work: deploy, call, dispute, and the ledger that remains."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
        demo(Path(folder), lambda line: out.print(line, markup=False))
    return OK


# verify


@app.command(name="verify")
def verify_command(
    *, effort: Effort = "quick", report: Path | None = None, json: JsonFile = None
) -> int:
    """Decide every claim of the paper, with all engines.

    Parameters
    ----------
    effort
        How hard to try; quick ends within a minute on two cores.
    report
        Also write the verdicts as a page to this folder.
    """
    check_writable(json, report)
    progress = Progress()
    result = verify(effort, progress)
    progress.done()
    write_json(json, verification_json(result))
    if report is not None:
        write_report(result, report)
    rows = table("claim", "section", "what it says", "variant", "verdict", "evidence")
    for decision in result.decisions:
        claim = decision.claim
        color = "yellow" if decision.verdict == "unknown" else "red"
        shown = decision.verdict if decision.as_expected else f"[{color}]{mark(decision)}[/{color}]"
        rows.add_row(
            claim.id, claim.section, claim.statement, claim.variant, shown, decision.evidence
        )
    out.print(rows)
    rows = table("check", "result", "evidence")
    for check in result.checks:
        rows.add_row(check.name, said(check), check.evidence)
    out.print()
    out.print(rows)
    as_expected = sum(decision.as_expected for decision in result.decisions)
    out.print(
        f"\n{as_expected} of {len(result.decisions)} claims came out as they must, "
        f"{sum(c.passed for c in result.checks)} of {len(result.checks)} checks passed, "
        f"{result.seconds:.0f} s at effort {effort}"
    )
    return FAILED if result.failed else UNKNOWN if result.unknown else OK


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = app(tokens, exit_on_error=False, print_error=False)
    except (MachineError, CycloptsError) as error:
        text = " ".join(str(error).split())
        print(f"tallystick: {text}", file=sys.stderr)
        sys.exit(USAGE)
    except RecursionError:
        print("tallystick: the text is nested too deep at this size; give less", file=sys.stderr)
        sys.exit(USAGE)
    except MemoryError:
        print("tallystick: out of memory; give smaller sizes", file=sys.stderr)
        sys.exit(UNKNOWN)
    except KeyboardInterrupt:
        print("tallystick: interrupted", file=sys.stderr)
        os._exit(130)  # worker threads of the solver may be in the middle of something
    sys.exit(result if isinstance(result, int) else OK)
