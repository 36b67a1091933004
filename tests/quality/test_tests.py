"""Each test module stands alone: what several need is in `tests.support`."""

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
IMPORTED = re.compile(r"\b(?:from|import) (tests(?:\.\w+)*)")  # also by files that a test writes


def test_no_test_module_is_imported() -> None:
    paths = sorted(TESTS.rglob("*.py"))
    assert paths
    for path in paths:
        names = [f"{name}." for name in IMPORTED.findall(path.read_text())]
        assert [name for name in names if not name.startswith("tests.support.")] == [], path
