"""Compiled code is kept between processes; what is kept never decides what is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkers.explore import jit

EXPLORE = """
import importlib, json, sys

from numba.core import event

from checkers.explore.explorer import explore

found = []
with event.install_recorder("numba:compile") as compiled:
    for name in sys.argv[1:]:
        machine = getattr(importlib.import_module("spec.textbook." + name), name)
        one = explore(machine, machine.scope(), engine="numba", workers=1)
        found.append([one.distinct_states, one.generated_states, len(one.violations)])
print(json.dumps([len(compiled.buffer), found]))
"""
TWO_PHASE, PETERSON = [288, 1146, 0], [42, 77, 0]


def explored(cache: Path, *names: str) -> tuple[int, list[list[int]]]:
    """In a process of its own, how many functions are compiled, and what is found of machines."""
    done = subprocess.run(
        [sys.executable, "-c", EXPLORE, *names],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    compiled, found = json.loads(done.stdout)
    return compiled, found


@pytest.mark.full
def test_a_function_of_many_branches_is_compiled() -> None:
    branches = (
        f"        if i == {n}:\n            m += i\n            continue\n" for n in range(500)
    )
    source = (
        "def many(n):\n    m = 0\n    for i in range(n):\n" + "".join(branches) + "    return m\n"
    )
    assert jit.jit_source(source, "many")(5) == 10


@pytest.mark.full
def test_what_other_processes_compiled_is_not_compiled_again(tmp_path: Path) -> None:
    compiled, found = explored(tmp_path, "two_phase")
    assert compiled
    assert found == [TWO_PHASE]
    compiled, found = explored(tmp_path, "peterson")
    assert compiled
    assert found == [PETERSON]
    # What two processes have kept does not mix in a third.
    assert explored(tmp_path, "two_phase", "peterson") == (0, [TWO_PHASE, PETERSON])
    for number, file in enumerate(sorted((tmp_path / "tallystick").iterdir())):
        damage(file, number)
    compiled, found = explored(tmp_path, "two_phase", "peterson")
    assert compiled
    assert found == [TWO_PHASE, PETERSON]
    assert explored(tmp_path, "two_phase", "peterson") == (0, [TWO_PHASE, PETERSON])


def damage(file: Path, number: int) -> None:
    """One of several ways in which a file can come to hold something else."""
    content = bytearray(file.read_bytes())
    if number % 4 == 0:
        content[number * 997 % len(content)] ^= 4
    elif number % 4 == 1:
        content = content[: len(content) // 2]
    elif number % 4 == 2:
        content.clear()
    else:
        content[:] = next(f for f in file.parent.iterdir() if f != file).read_bytes()
    file.write_bytes(content)


@pytest.mark.full
def test_without_a_folder_to_keep_it_in_code_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "tallystick").write_text("a file")
    compiled, found = explored(tmp_path, "two_phase")
    assert compiled
    assert found == [TWO_PHASE]


def test_code_is_kept_apart_by_the_name_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the modules that it was compiled with; a wheel has others of these names."""

    def nothing() -> None:
        pass

    names = set()
    for name in ("checkers.explore.jit", "tallystick.checkers.explore.jit"):
        monkeypatch.setattr(jit, "__name__", name)
        names.add(jit.jit("text")(nothing).__qualname__.rpartition("_")[2])
        nothing.__qualname__ = "nothing"
    assert len(names) == 2
