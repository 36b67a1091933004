"""Imports run one way, and the implementation never asks the specification what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LEVELS = ("spec", "impl", "adversaries", "checkers")  # from the ground up
FOR_EVERYBODY = {
    "spec.bytes.encoding",
    "spec.bytes.digest",
    "spec.bytes.merkle",
    "spec.bytes.suite",
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            yield node.module or ""


@pytest.mark.parametrize("package", LEVELS)
def test_imports_run_downhill(package: str) -> None:
    above = LEVELS[LEVELS.index(package) + 1 :]
    assert modules(package)
    for path in modules(package):
        uphill = [name for name in imported(path) if name.split(".")[0] in above]
        assert not uphill, f"{path} imports {uphill}"


@pytest.mark.parametrize("package", ["impl", "adversaries"])
def test_the_implementation_knows_only_encodings_and_digests(package: str) -> None:
    for path in modules(package):
        names = {name for name in imported(path) if name.split(".")[0] == "spec"}
        assert names <= FOR_EVERYBODY, f"{path} imports {names - FOR_EVERYBODY}"


def test_the_notation_knows_no_protocol() -> None:
    for path in modules("spec/notation"):
        names = [n for n in imported(path) if n.startswith("spec.") and "notation" not in n]
        assert not names, f"{path} imports {names}"
