"""A wheel in a fresh environment, beside a project with folders that are called as ours are."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import attrs
import pytest

from tests.support.command import DRIVER, LOCK, PROOF, ROOT, TEST

pytestmark = pytest.mark.full  # an environment takes a minute to make

OWN = {
    "spec/__init__.py": "raise RuntimeError('this is not yours')\n",
    "impl/__init__.py": "raise RuntimeError('this is not yours')\n",
    "tests/__init__.py": "",
}


@attrs.frozen
class Installed:
    """An environment in which the wheel is installed, and a folder of somebody's project."""

    scripts: Path
    project: Path

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's scripts in the project, which Python looks into first."""
        script = self.scripts / str(command[0])
        arguments = list(map(str, command[1:]))
        clean = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
        return subprocess.run(
            [script, *arguments],
            cwd=self.project,
            env=clean | {"PYTHONPATH": "."},
            capture_output=True,
            text=True,
        )

    def write(self, name: str, text: str) -> None:
        path = self.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "environment", with_pip=False)
    scripts = folder / "environment" / "bin"
    there = [*pip, "--python", str(scripts / "python"), "install"]
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*there, *constraints, wheel, "pytest", "mypy"], check=True)
    made = Installed(scripts, folder / "project")
    made.project.mkdir()
    for name, text in OWN.items():
        made.write(name, text)
    made.write("lock.py", LOCK)
    return made


def test_the_command_is_found_beside_a_project_with_a_spec_of_its_own(installed: Installed) -> None:
    ran = installed.run("tallystick", "explore", "lock.py:lock", "--size", "Client=4")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "exhaustive at Client=4" in ran.stdout


def test_it_is_a_module_that_python_runs(installed: Installed) -> None:
    ran = installed.run("python", "-m", "tallystick", "prove", "lock.py:lock")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "exclusive" in ran.stdout


def test_a_script_uses_it(installed: Installed) -> None:
    installed.write("prove_lock.py", PROOF)
    ran = installed.run("python", "prove_lock.py")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "proved" in ran.stdout


def test_models_are_imported_and_split(installed: Installed) -> None:
    written = "from tallystick.models import formula\n"
    written += "area = formula('a * b + a', {'a': (0, 9), 'b': (0, 9)})\n"
    installed.write("area.py", written + "print(area.predict([[3, 2]]), len(area.split(2)))\n")
    ran = installed.run("python", "area.py")
    assert (ran.returncode, ran.stdout) == (0, "[9.0] 2\n"), ran.stderr
    ran = installed.run("tallystick", "split", "area.py:area", "--parts", "2")
    assert ran.returncode == 0, ran.stderr
    assert "parts composed are the model" in ran.stdout


def test_pytest_uses_it(installed: Installed) -> None:
    installed.write("tests/test_lock.py", TEST)
    ran = installed.run("python", "-m", "pytest", "-q", "tests")
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout


def test_its_types_are_seen(installed: Installed) -> None:
    installed.write("lock_driver.py", DRIVER)
    installed.write(
        "typed.py",
        "from lock import lock\nfrom tallystick import explore\nreveal_type(explore(lock))\n"
        "explore(1)\n",
    )
    ran = installed.run("python", "-m", "mypy", "--strict", "typed.py", "lock_driver.py")
    assert "Exploration[lock.Lock]" in ran.stdout
    assert 'Argument 1 to "explore" has incompatible type "int"' in ran.stdout
    assert "Found 1 error in 1 file (checked 2 source files)" in ran.stdout


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("from checkers.lockstep.driver import Setup", "from tallystick import Setup"),
        ("import adversaries", "import tallystick.adversaries"),
        ("from own.notation import Machine, Map", "from tallystick import Machine, Map"),
    ],
)
def test_names_of_a_checkout_are_refused_with_what_to_write(
    line: str, mend: str, installed: Installed
) -> None:
    installed.write("old.py", f"{line.replace('own', 'spec')}\n")
    if "own" in line:  # there is a spec of the project's own, in which this is not
        installed.write("spec/__init__.py", "")
    ran = installed.run("tallystick", "explore", "old.py:machine")
    installed.write("spec/__init__.py", OWN["spec/__init__.py"])
    assert ran.returncode == 2
    assert ran.stderr.startswith("tallystick: old.py:1: there is no ")
    assert ran.stderr.endswith(f" here; write: {mend}\n")


def test_a_machine_of_a_checkout_is_named_by_its_name_here(installed: Installed) -> None:
    installed.write("spec/__init__.py", "")
    ran = installed.run("tallystick", "explore", "spec.hardened:one_step")
    installed.write("spec/__init__.py", OWN["spec/__init__.py"])
    assert ran.returncode == 2
    mend = "name it tallystick.spec.hardened:one_step"
    assert ran.stderr == f"tallystick: there is no spec.hardened here; {mend}\n"


def test_a_package_of_ones_own_is_ones_own(installed: Installed) -> None:
    installed.write("mine.py", "from spec import notation\n")
    ran = installed.run("tallystick", "explore", "mine.py:machine")
    assert ran.returncode == 2
    assert "this is not yours" in ran.stderr


TURN = """
from tallystick.checkers.verdict.decide import BUDGETS
from tallystick.checkers.verdict.turn import kept_changes

changes = kept_changes()
assert changes and all(change.fits() for change in changes)
[change] = [change for change in changes if "basic.taken_output_was_computed" in change.turns]
found = change(BUDGETS["quick"])
assert found.passed, found.evidence
"""


def test_a_verdict_turns_in_a_wheel(installed: Installed) -> None:
    found = installed.run("python", "-c", TURN)
    assert found.returncode == 0, found.stderr
