"""What cannot be asked for is refused before what does the work is imported."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from cyclopts import App

from checkers.cli import USAGE, VERBS
from tests.support.command import run

MISTAKEN = [
    "attack nonsense",
    "attack stall --json /nowhere/a.json",
    "leak nonsense",
    "gain --plots /dev/null/plots",
    "corrupt --json /nowhere/a.json",
    "verify --report /dev/null/page",
    "ablate nonsense",
    "explain A99",
    "audit nonsense",
    "split nonsense:model --parts 2",
    "market new SHOP --cast vendor0=nonsense",
    "market status nonsense",
    "market deploy nonsense digits",
    "fuzz ledger --against nonsense",
    "prove lock_server --json /nowhere/a.json",
    "mutate lock_server --json /nowhere/a.json",
    "explore lock_server --itf /dev/null/traces",
]


@pytest.mark.parametrize("arguments", MISTAKEN)
def test_what_is_refused_waits_for_no_solver(arguments: str, tmp_path: Path) -> None:
    """Nor for what trains, optimises or compiles: each takes long to import."""
    program = "import sys\nfrom checkers.cli import main\n"
    program += f"try:\n main({arguments.split()!r})\n"
    program += "except SystemExit as ended: print(ended.code, *sys.modules)\n"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    status, *names = ran.stdout.split()
    assert int(status) == USAGE
    assert not {"z3", "cvc5", "scipy", "sklearn", "numba", "hypothesis"} & set(names)


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """What carries out each verb, by how it is called."""
    for verb in VERBS:
        command = getattr(import_module(f"checkers.cli.{verb}"), f"{verb}_command")
        if not isinstance(command, App):
            yield verb, command
            continue
        for name in command:
            function = command[name].default_command
            if function and not name.startswith("-"):
                yield f"{verb} {name}", function


FROM_NOTHING = {
    "bound --depth",
    "conform --seed",
    "corrupt --seed",
    "explain --step",
    "fuzz --seed",
    "gain --stake",
    "gain --audited",
    "gain --knowing",
    "market deploy --crashes",
    "market dispute STEP",
    "place --crashes",
    "serve --seed",
    "simulate --seed",
    "split --decimals",
    "vectors --seed",
}
"""The numbers that can be 0."""


def numbers() -> Iterator[tuple[str, str, list[str], str]]:
    """Numbers that make no sense: of which verb and argument, and what has to be given before."""
    for verb, function in functions():
        hints, parameters = get_type_hints(function), signature(function).parameters.values()
        placed = [each for each in parameters if each.kind is each.POSITIONAL_ONLY]
        named = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
        for each in (*placed, *named):
            kinds = {hints[each.name], *get_args(hints[each.name])} & {int, float}
            called = each.name.upper() if each in placed else f"--{each.name.replace('_', '-')}"
            before = ["1"] * (placed.index(each) if each in placed else len(placed))
            for other in named:
                if other is not each and other.default is other.empty:
                    before += [f"--{other.name}", "1"]
            for kind in kinds:
                senseless = {"-1", "0", "nan", "inf"} if kind is float else {"-1", "0"}
                can_be_nothing = f"{verb} {called}" in FROM_NOTHING
                for number in sorted(senseless - ({"0"} if can_be_nothing else set())):
                    yield verb, called, before, str(kind(number))


@pytest.mark.parametrize(("verb", "called", "others", "number"), [*numbers()])
def test_a_number_that_makes_no_sense_is_refused(
    verb: str, called: str, others: list[str], number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    option = [called] if called.startswith("-") else []
    assert run(*verb.split(), *others, *option, number) == USAGE
    assert f'"{number}" for {called}' in capsys.readouterr().err
