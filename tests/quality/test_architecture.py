"""Imports run one way, and the implementation never asks the specification what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LEVELS = ("spec", "impl", "adversaries", "checkers")  # from the ground up
ROOMS = (
    "naming",
    "host",
    "results",
    "traces",
    "explore",
    "prove",
    "blame",
    "lockstep",
    "mutate",
    "conform",
    "market",
    "verdict",
    "cli",
)
"""What there is in `checkers`, from the ground up."""
FOR_EVERYBODY = "spec.bytes"
KNOW_THE_MARKETPLACE = {"market", "verdict", "cli"}


def modules(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def imported(path: Path) -> Iterator[str]:
    """What a module imports of the project, by its full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in LEVELS)


def is_of(name: str, *packages: str) -> bool:
    """Whether a name is that of one of some packages, or of something in it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def rooms() -> Iterator[tuple[str, Path]]:
    """The modules of `checkers`, each with its room; one that lies in none is a room itself."""
    for path in modules("checkers"):
        room = path.relative_to(ROOT / "checkers").with_suffix("").parts[0]
        if room != "__init__":
            yield room, path


@pytest.mark.parametrize("package", LEVELS)
def test_imports_run_downhill(package: str) -> None:
    above = LEVELS[LEVELS.index(package) + 1 :]
    for path in modules(package):
        uphill = [name for name in imported(path) if is_of(name, *above)]
        assert not uphill, f"{path} imports {uphill}"


@pytest.mark.parametrize("package", ["impl", "adversaries"])
def test_the_implementation_knows_only_encodings_and_digests(package: str) -> None:
    for path in modules(package):
        known = [n for n in imported(path) if is_of(n, "spec") and not is_of(n, FOR_EVERYBODY)]
        assert not known, f"{path} imports {known}"


def test_parties_know_no_kind_of_ledger() -> None:
    """What keeps a ledger is said by who sets a marketplace up; parties have `impl.ledger.port`."""
    knowing = {
        path.relative_to(ROOT / "impl").as_posix()
        for path in modules("impl")
        if any(is_of(name, "impl.ledger.sqlite") for name in imported(path))
    }
    assert knowing == {"hardened/market.py"} | {
        f"paper/{each}market.py" for each in ("", "basic/", "orchestrated/")
    }


def test_the_notation_knows_no_protocol() -> None:
    for path in modules("spec/notation"):
        known = [name for name in imported(path) if not is_of(name, "spec.notation")]
        assert not known, f"{path} imports {known}"


def test_every_room_of_the_checkers_has_its_place() -> None:
    assert {room for room, _ in rooms()} == set(ROOMS)


def test_rooms_of_the_checkers_import_downhill() -> None:
    for room, path in rooms():
        below = [f"checkers.{name}" for name in ROOMS[: ROOMS.index(room) + 1]]
        names = [name for name in imported(path) if is_of(name, "checkers")]
        uphill = [name for name in names if not is_of(name, *below)]
        assert not uphill, f"{path} imports {uphill}"


def test_an_engine_knows_no_marketplace() -> None:
    for room, path in rooms():
        names = [n for n in imported(path) if not is_of(n, "checkers", "spec.notation")]
        known = [name for name in names if room not in KNOW_THE_MARKETPLACE]
        assert not known, f"{path} imports {known}"
