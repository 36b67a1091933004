"""What every test runs under: one core, and failures of Hypothesis that can be replayed."""

import os
from collections.abc import Iterator
from random import SystemRandom

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from xdist.workermanage import WorkerController

# Before numpy is imported: several workers of pytest share the cores already.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_threads] = "1"

# No deadline: how long an example takes says how busy the computer is.
settings.register_profile("tests", settings.get_profile("default"), print_blob=True, deadline=None)
settings.load_profile("tests")

# Hypothesis tries the constants of all source that is imported: another worker has others, and a
# seed would choose something else there.
providers._get_local_constants = Constants


@pytest.hookimpl(tryfirst=True)  # before Hypothesis looks at its option
def pytest_configure(config: pytest.Config) -> None:
    """Draw one seed for the whole run, unless it was given."""
    if config.option.hypothesis_seed is None:
        given = getattr(config, "workerinput", {}).get("seed")
        config.option.hypothesis_seed = given or str(SystemRandom().getrandbits(32))


def pytest_configure_node(node: WorkerController) -> None:
    """Hand it to a worker, which is given no options but those of the command line."""
    node.workerinput["seed"] = node.config.option.hypothesis_seed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how all that Hypothesis chose in a failed run is chosen again."""
    if terminalreporter.stats.keys() & {"failed", "error"}:
        seed = terminalreporter.config.option.hypothesis_seed
        terminalreporter.write_line(f"what Hypothesis chose: --hypothesis-seed={seed}")


@pytest.fixture(autouse=True, scope="session")
def _one_core() -> Iterator[None]:
    """Engines use one worker each where a test does not ask for more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "cpu_count", lambda: 1)
        patch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
        yield


@pytest.fixture
def no_power_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing need reach the disk at once: processes may die in a test, the machine does not."""
    from tests.support.disk import spare_the_disk  # which imports numpy

    spare_the_disk(monkeypatch)
