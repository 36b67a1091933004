"""`tallystick conceal`."""

from typing import Any

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
from checkers.cli.machines import MachineName
from checkers.market.subjects import find_machine
from checkers.prove.copies import parameter, secrecy_of
from checkers.prove.limits import Limit
from checkers.prove.obligations import INIT
from checkers.prove.secrets import REFUSALS, Alike, Concealment, concealed, untouched


def conceal_command(
    machine: MachineName,
    /,
    *,
    timeout: Seconds | None = None,
    confirm: bool = True,
    json: JsonFile = None,
) -> int:
    """Prove that what is secret has no influence on what an onlooker sees, for any size.

    What else is proved of the machine is used where it is needed.

    Parameters
    ----------
    timeout
        Seconds for one obligation; unless given, the solvers count their own steps.
    confirm
        Have cvc5 decide again what took a proof.
    """
    found = find_machine(machine)
    secrecy_of(found)
    check_writable(json)
    progress = Progress()
    result = concealed(found, Limit.asked(timeout), progress, confirmed=confirm)
    progress.done()
    write_json(json, concealment_json(result))
    show_concealment(result)
    return {"proved": OK, "broken": FAILED, "undecided": UNKNOWN}[result.status]


def concealment_json(result: Concealment[Any]) -> dict[str, object]:
    """What was proved of secrets, machine readable."""
    secrecy = secrecy_of(result.machine)
    return {
        "machine": result.machine.name,
        "verdict": result.status,
        "seconds": round(result.seconds, 3),
        "secret": list(secrecy.secret),
        "private": [parameter(act, name) for act, name in secrecy.private],
        "alike": [text.__name__ for text in secrecy.alike],
        "leaks": [act.name for act in secrecy.leaks],
        "refusals": secrecy.refusals,
        "vacuous": result.vacuous,
        "never": list(result.never),
        "untouched": untouched(result.machine),
        "kept": list(result.kept),
        "obligations": [obligation_json(result, o) for o in result.obligations],
    }


def obligation_json(result: Concealment[Any], obligation: Alike[Any]) -> dict[str, object]:
    """One obligation, machine readable."""
    confirmed = result.answers.get((obligation.action, obligation.what)) == "unsat"
    return {
        "action": obligation.action,
        "what": obligation.what,
        "status": obligation.status,
        "seconds": round(obligation.seconds, 4),
        "solver": "z3, cvc5" if confirmed else "z3",
        "leak": obligation.leak.lines() if obligation.leak else None,
    }


def show_concealment(result: Concealment[Any]) -> None:
    """What was proved, for people: a line per action, and a leak of each that leaks."""
    machine, secrecy = result.machine, secrecy_of(result.machine)
    leaks = {act.name for act in secrecy.leaks}
    rows = table("action", "verdict", "by what an onlooker sees")
    for name in dict.fromkeys(o.action for o in result.obligations):
        lost = [o for o in result.obligations if o.action == name and o.status != "proved"]
        verdict = "leaks" if name in result.actions("broken") else "undecided" if lost else "proved"
        rows.add_row(
            name + (" (must leak)" if name in leaks else ""),
            verdict,
            ", ".join(o.what for o in lost),
        )
    out.print(rows)
    out.print(f"{machine.name}: {result.seconds:.2f} s, for any number of elements")
    out.print(REFUSALS[secrecy.refusals])
    for name in untouched(machine):
        out.print(f"[yellow]no action reads or writes {name}[/yellow]")
    for name in result.never:
        out.print(f"[yellow]{name} is never possible[/yellow]")
    if result.vacuous:
        out.print(f"[red]nothing was checked[/red]: {result.vacuous}")
    if secrecy.alike:
        given = ", ".join(text.__name__ for text in secrecy.alike)
        out.print(f"given away on purpose: {given}")
    if result.answers:
        agreed = sum(answer == "unsat" for answer in result.answers.values())
        out.print(f"cvc5 confirms {agreed} of {len(result.answers)} obligations, and refutes none")
    shown = {o.action: o.leak for o in reversed(result.obligations) if o.leak}
    for name in shown.keys() - leaks:
        gives = "what shows at the start" if name == INIT else name
        out.print(f"\n{gives} gives away a secret:", style="bold")
        for line in shown[name].lines():
            out.print(line, markup=False)
