"""The pipeline: its counts in closed form, and what an arbitrator decides in any state."""

import pytest

from checkers.explore.explorer import explore
from spec.textbook.pipeline import Phase, Step, pipeline, settle
from tests.support.oracle import all_states, successors


@pytest.mark.parametrize(
    ("requests", "steps"), [(1, 1), (1, 5), (2, 3), (2, 4), (3, 2), (4, 1), (4, 3)]
)
def test_counts_are_those_of_one_request_to_a_power(requests: int, steps: int) -> None:
    records = 2**steps
    running = records - 1  # no record, or those of the first step, the first two, ...
    refunded = records - 1
    alone = 1 + running + 3 * records + refunded
    ways_on = 1 + 2 * running + 2 * records + records  # from idle, running, done, disputed

    found = explore(pipeline, pipeline.scope(Request=requests, Step=steps))
    assert found.complete
    assert found.distinct_states == alone**requests
    assert found.generated_states == 1 + requests * ways_on * alone ** (requests - 1)


def test_an_arbitrator_refunds_a_wrong_step_and_nothing_else() -> None:
    scope = pipeline.scope(Request=1, Step=3)
    settled = []
    for s in all_states(pipeline, scope):
        for action, args, after in successors(pipeline, s, scope):
            if action is settle:
                [r] = args
                is_wrong = any(s.wrong[r, Step(k)] for k in range(3))
                assert s.phase[r] == Phase.DISPUTED
                assert after.phase[r] == (Phase.REFUNDED if is_wrong else Phase.PAID)
                settled.append(is_wrong)
    assert len(settled) == 3 * 2**3  # whatever step comes next, and whatever was recorded
    assert settled.count(False) == 3
