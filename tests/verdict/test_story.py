"""What is told of claims and of counterexamples: diagrams, stories, and jobs in other processes."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from subprocess import PIPE

import pytest

from checkers.cli import OK, USAGE
from checkers.explore.explorer import explore
from checkers.host.jobs import run_jobs
from checkers.naming.loading import raised
from checkers.traces.diagram import sequence_diagram
from checkers.traces.trace import Trace
from spec.basic import basic
from spec.basic.state import Market
from spec.orchestrated import orchestrated
from spec.orchestrated.state import Market as Orchestrated
from tests.support.command import result, run


def refuted(name: str) -> Trace[Market]:
    sizes = {"Step": 1, "Request": 3} if name == "a_record_serves_one_request" else {"Step": 1}
    found = explore(basic, basic.scope(**sizes), until={name})
    return next(v.trace for v in found.violations if v.property == name)


def test_a_diagram_has_a_line_for_each_step_and_a_column_for_each_party() -> None:
    trace = refuted("a_record_serves_one_request")
    head, *lines = sequence_diagram(trace)
    assert set(head.split()) == {"vendor0", "provider0", "consumer0", "anybody", "ledger"}
    assert len(lines) == trace.length
    for number, (line, (act, _)) in enumerate(zip(lines, trace.steps, strict=True), start=1):
        assert f"{number}. {act.name}(" in line


def test_arrows_lead_from_who_acts_to_the_ledger() -> None:
    trace = refuted("a_record_serves_one_request")
    head, *lines = sequence_diagram(trace)
    for line, (act, args) in zip(lines, trace.steps, strict=True):
        sort = next(iter(act.parameters.values()), None)
        actor = trace.scope.name(args[0], sort) if sort and act.name != "match" else "anybody"
        assert line[head.index(actor) :].startswith("|-")
        assert line.index(">") == head.index("ledger") - 1


def test_what_is_off_the_ledger_goes_past_it() -> None:
    """In the orchestrated protocol the orchestrator hands data over, and no ledger sees it."""
    sizes = {"Step": 1}
    found = explore(orchestrated, orchestrated.scope(**sizes), until={"input_is_what_was_sent"})
    trace: Trace[Orchestrated] = next(
        v.trace for v in found.violations if v.property == "input_is_what_was_sent"
    )
    lines = sequence_diagram(trace)[1:]
    past = [">" not in line for line in lines]
    names = [act.name for act, _ in trace.steps]
    assert past == [name in ("send", "pick", "hand_over") for name in names]


def test_a_claim_has_its_story(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a19.json"
    assert run("explain", "A19", "--json", path) == OK
    told = capsys.readouterr().out
    for part in ("The paper says:", "Found:", "What mends it:", "What that costs:"):
        assert part in told
    assert "digest_shows_the_code, in 1 step" in told
    assert "1. record(" in told
    assert {point["id"] for point in result(path)["points"]} == {"A19"}


def test_a_claim_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "A99") == USAGE
    assert "there is no claim A99" in capsys.readouterr().err


def test_jobs_are_done_elsewhere_and_found_by_name() -> None:
    lines: list[str] = []
    jobs: dict[str, Callable[[], int]] = {f"job {n}": partial(int, n) for n in range(5)}
    jobs["where"] = os.getpid
    done = run_jobs(jobs, lines.append)
    assert list(done) == list(jobs)
    assert [done[f"job {n}"] for n in range(5)] == list(range(5))
    assert done["where"] != os.getpid()
    assert lines[0] == "0/6, first job 0"
    assert [line.split()[0] for line in lines[1:]] == [f"{n}/6" for n in range(1, 7)]


def test_jobs_of_jobs_take_no_more_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkers.host.jobs.cores", lambda: 2)

    def nested() -> set[int]:
        """How many processes this one has, each time that it hears of them."""
        told: set[int] = set()
        run_jobs(dict.fromkeys(range(4), os.getpid), lambda _: told.add(len(active_children())))
        return told

    assert run_jobs({"one": nested, "two": nested}, lambda line: None) == {"one": {1}, "two": {1}}


def test_a_job_that_fails_fails_all() -> None:
    def fails() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no") as failed:
        run_jobs({"fails": fails, "works": lambda: 1}, lambda line: None)
    assert raised(failed.value) == (__file__, fails.__code__.co_firstlineno + 1)


# `print` may write a line in two pieces, and others between them; one write is one piece.
AT_WORK = """
import os, time
from checkers.host.jobs import run_jobs

def job():
    os.write(1, b"at work\\n")
    time.sleep(60)

run_jobs({"one": job, "two": job}, lambda line: None, workers=2)
"""


def test_jobs_end_with_who_wants_them() -> None:
    with subprocess.Popen([sys.executable, "-c", AT_WORK], stdout=PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
        parent.terminate()
        parent.communicate(timeout=50)  # which takes until nobody is left who could write
