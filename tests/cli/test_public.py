"""What documents and users import is there, is what it is said to be, and costs nothing before."""

import ast
import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, get_args, get_type_hints

import attrs
import pytest

import tallystick
from spec.textbook.two_phase import two_phase
from tallystick import Limit, Machine, MachineError, Scope, explain, explore, mutate, prove
from tests.support.command import LOCK, PROOF, ROOT, TEST

TEXT = Path(tallystick.__file__).read_text()


def imported(text: str) -> dict[str, str]:
    """The names that a text imports, each with the module that it is from."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_readmes_script_proves_and_its_test_passes(tmp_path: Path) -> None:
    for name, text in (("lock.py", LOCK), ("prove_lock.py", PROOF), ("test_lock.py", TEST)):
        (tmp_path / name).write_text(text)
    for command in (["prove_lock.py"], ["-m", "pytest", "-q", "-p", "no:cacheprovider"]):
        ran = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "exclusive" in ran.stdout or "2 passed" in ran.stdout


def test_what_is_imported_later_is_what_type_checkers_read() -> None:
    [typed] = [
        node
        for node in ast.parse(TEXT).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    assert imported(ast.unparse(typed)) == tallystick._LATER


@pytest.mark.parametrize("name", tallystick.__all__)
def test_everything_public_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(tallystick, name).__doc__
    assert name in dir(tallystick)


def test_no_exploration_leaves_out_states_and_calls_itself_exhaustive() -> None:
    assert "within" not in tallystick.Options.__annotations__
    assert "within" not in inspect.signature(explore).parameters


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(AttributeError, match="tallystick has no prov; did you mean prove"):
        tallystick.prov  # noqa: B018
    with pytest.raises(AttributeError, match="tallystick has no proof"):
        tallystick.proof  # noqa: B018


def test_a_protocol_imports_no_engine(tmp_path: Path) -> None:
    (tmp_path / "lock.py").write_text(LOCK)
    told = "import sys, lock; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = ran.stdout.split()
    assert "spec.notation" in names
    assert not {"numpy", "z3", "hypothesis", "checkers.explore"} & set(names)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"engine": "numbaa"}, "explore: engine is given as 'numpy' or 'numba', not as 'numbaa'"),
        ({"worker": 2}, "explore takes no worker; did you mean workers?"),
        ({"until": ["consistant"]}, "two_phase has no property consistant; it has consistent,"),
        ({"until": "consistent"}, r"until is given as a tuple, as in until=\('name',\), not as"),
    ],
)
def test_what_is_misspelt_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        explore(two_phase, **asked)


class Nothing:
    """Nothing that any function takes."""


ENGINES: dict[str, Callable[..., object]] = {
    name: made
    for name in tallystick.__all__
    if isinstance(made := getattr(tallystick, name), FunctionType)
    and "notation" not in made.__module__
}
NEEDED = {
    "machine": two_phase,
    "setup": tallystick.Setup(open=lambda: pytest.fail("an implementation was made")),
    "scope": two_phase.scope(),
    "state": two_phase.start(two_phase.scope()),
    "ledger": Path("ledger.db"),
    "command": ["true"],
}
"""What an engine cannot do without."""


def kinds_of(engine: Callable[..., object]) -> dict[str, Any]:
    """The annotation of all that an engine can be given, by name."""
    kinds = {name: kind for name, kind in get_type_hints(engine).items() if name != "return"}
    for options in get_args(kinds.pop("options", None)):
        kinds |= get_type_hints(options)
    return kinds


def call(name: str, given: Mapping[str, object]) -> None:
    """Call an engine with what it cannot do without, and something else."""
    engine = ENGINES[name]
    engine(**{name: NEEDED[name] for name in kinds_of(engine) if name in NEEDED} | dict(given))


TAKEN = [(name, taken) for name, engine in ENGINES.items() for taken in kinds_of(engine)]


def test_engines_and_their_options_are_looked_at() -> None:
    assert {("prove", "limit"), ("account", "workers"), ("explain", "state")} <= set(TAKEN)


@pytest.mark.parametrize(("name", "taken"), TAKEN)
def test_an_engine_refuses_what_is_of_another_kind(name: str, taken: str) -> None:
    for wrong in (Nothing(), (Nothing(),), tallystick):
        with pytest.raises(MachineError, match=f"^{name}: {taken} is given as .*, not as "):
            call(name, {taken: wrong})


@pytest.mark.parametrize(("name", "taken"), TAKEN)
def test_an_engine_takes_no_number_below_zero(name: str, taken: str) -> None:
    kind = kinds_of(ENGINES[name])[taken]
    if any(number in (kind, *get_args(kind)) for number in (int, float)):
        for wrong in (-1, True):
            with pytest.raises(MachineError, match=f"^{name}: {taken} is given as a .*number"):
                call(name, {taken: wrong})


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_refuses_what_it_does_not_take(name: str) -> None:
    with pytest.raises(MachineError, match=f"^{name} takes no nonsense; there are "):
        call(name, {"nonsense": 1})


GIVEN: list[tuple[Callable[..., object], tuple[object, ...], str]] = [
    (prove, ("lock",), r"machine is given as a Machine, as in prove\(lock\), not as 'lock'"),
    (prove, (Machine,), "not as the class Machine"),
    (prove, (), r"missing a required argument: 'machine'; help\(tallystick.prove\)"),
    (explore, (two_phase, {"Manager": 2}), r"scope=two_phase.scope\(Manager=2\), not as {'Man"),
    (explore, (two_phase, None, print, two_phase.always), r"until=\('name',\), not as"),
    (mutate, (two_phase, two_phase.scope()), r"scopes=\(two_phase.scope\(Manager=2\),\), not as"),
    (
        explain,
        (two_phase, two_phase.scope(), two_phase),
        r"as in state=two_phase.start\(scope\), not as the Machine two_phase",
    ),
    (Limit, (-1,), "Limit: z3_steps is given as a whole number of 0 or more, not as -1"),
    (Scope, (3,), r"a scope is given by sort, as in Scope\({Client: 2}\), .* not as 3"),
]


@pytest.mark.parametrize(("called", "given", "said"), GIVEN)
def test_a_refusal_says_what_was_given_and_what_to_write(
    called: Callable[..., object], given: tuple[object, ...], said: str
) -> None:
    with pytest.raises(MachineError, match=said):
        called(*given)


@pytest.mark.parametrize("size", [0, 3.0, True, "3"])
def test_a_size_is_a_whole_number(size: Any) -> None:  # Any: as a user without mypy
    with pytest.raises(MachineError, match="a size is a whole number of 1 or more"):
        two_phase.scope(Manager=size)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sizes": [3]}, r"sizes is given as a mapping, as in sizes={Client: 3}, not as \[3\]"),
        ({"ending": "soon"}, r"ending is given as an Ending, as in ending=Ending\(...\), not as"),
        ({"secrecy": 1}, r"secrecy is given as a Secrecy, .* not as 1"),
        (
            {"always": two_phase.actions[:1]},
            r"always is given as a tuple of functions, .*, where count_prepared is an action",
        ),
    ],
)
def test_a_machine_is_made_of_what_it_takes(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        attrs.evolve(two_phase, **given)


def test_drivers_find_their_setup_where_it_was() -> None:
    from checkers.lockstep import Setup

    assert Setup is tallystick.Setup
