"""Steps a second in lockstep, beside a bare Hypothesis state machine: `python -m benchmarks.fuzz`.

The implementation does nothing but mirror the machine: it looks up what was worked out before. The
bare machine has 8 rules without parameters, which only count; its examples have as many steps. The
goals: Hypothesis in lockstep at 60 % of its rate, and walks at 20 times that of lockstep.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, rule

from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import drive, state_machine
from checkers.lockstep.run import Lockstep
from checkers.lockstep.walk import walk
from checkers.market.subjects import AnyMachine
from spec.notation import Refused
from spec.notation.sorts import Value
from spec.textbook.peterson import peterson
from spec.textbook.two_phase import two_phase

EXAMPLES, STEPS = 100, 50
REPETITIONS = 5
RULES = 8

Answers = Mapping[tuple[str, Sequence[Value]], str | int]
"""Per action and parameters, the reason for refusing it or the number of the state after it."""


class Bare(RuleBasedStateMachine):
    """Counts the steps that its rules take."""

    taken = 0


def _rule(name: str) -> Any:  # Any: what hypothesis makes of a method
    def step(self: Bare) -> None:
        Bare.taken += 1

    step.__name__ = name
    return rule()(step)


for number in range(RULES):
    setattr(Bare, f"rule{number}", _rule(f"rule{number}"))


class Mirror:
    """An implementation that looks everything up, and counts the steps that it takes."""

    taken = 0

    def __init__(self, answers: Sequence[Answers], states: Sequence[Mapping[str, Value]]) -> None:
        self.answers = answers
        self.states = states
        self.at = 0

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        Mirror.taken += 1
        answer = self.answers[self.at][action, args]
        if isinstance(answer, str):
            return answer
        self.at = answer
        return None

    def restart(self) -> None:
        Mirror.taken += 1

    def state(self) -> Mapping[str, Value]:
        return self.states[self.at]

    def close(self) -> None:
        pass


def mirror(machine: AnyMachine) -> Setup:
    """A setup of an implementation that mirrors a machine."""
    states = [machine.start(machine.scope())]
    numbers = {_contents(machine, states[0]): 0}
    answers = [_answers(machine, state, states, numbers) for state in states]  # as they grow
    shown = [{name: _plain(getattr(state, name)) for name in machine.fields} for state in states]
    return Setup(open=lambda: Mirror(answers, shown))


def _plain(content: Value) -> Value:
    return dict(content) if isinstance(content, dict) else content


def _answers(
    machine: AnyMachine, state: Value, states: list[Value], numbers: dict[Value, int]
) -> Answers:
    """What the machine answers in a state; states that are new are added."""
    scope = machine.scope()
    answers: dict[tuple[str, Sequence[Value]], str | int] = {}
    steps = [(act, args) for act in machine.actions for args in act.instances(scope)]
    for act, args in steps:
        after = machine.copy(state)
        try:
            machine.apply(act, after, args, scope)
        except Refused as refusal:
            answers[act.name, args] = refusal.reason
            continue
        contents = _contents(machine, after)
        if contents not in numbers:
            numbers[contents] = len(states)
            states.append(after)
        answers[act.name, args] = numbers[contents]
    return answers


def _contents(machine: AnyMachine, state: Value) -> tuple[Value, ...]:
    return tuple(value for _, _, value in machine.cells(state))


def bare(seed: int) -> float:
    """Steps a second of the bare machine."""
    before, started = Bare.taken, perf_counter()
    drive(Bare, EXAMPLES, STEPS, seed)
    return (Bare.taken - before) / (perf_counter() - started)


def hypothesis(machine: AnyMachine, setup: Setup, seed: int) -> float:
    """Steps a second of Hypothesis in lockstep."""
    before, started = Mirror.taken, perf_counter()
    drive(state_machine(Lockstep(machine, setup)), EXAMPLES, STEPS, seed)
    return (Mirror.taken - before) / (perf_counter() - started)


def walks(machine: AnyMachine, setup: Setup, seed: int) -> float:
    """Steps a second of walks."""
    walked = walk(machine, setup, runs=10 * EXAMPLES, steps=STEPS, seed=seed, max_states=0)
    return walked.tally.steps / walked.seconds


def main() -> None:
    """Print a row for each machine: medians of the rates, and of their ratios."""
    print(f"{'':12}{'bare/s':>10}{'lockstep/s':>12}{'walk/s':>12}{'share':>8}{'ratio':>8}")
    for machine in (peterson, two_phase):
        setup = mirror(machine)
        rates = [
            (bare(seed), hypothesis(machine, setup, seed), walks(machine, setup, seed))
            for seed in range(REPETITIONS)
        ]
        share = median(lockstep / alone for alone, lockstep, _ in rates)
        ratio = median(walked / lockstep for _, lockstep, walked in rates)
        alone, lockstep, walked = (median(column) for column in zip(*rates, strict=True))
        print(
            f"{machine.name:12}{alone:10,.0f}{lockstep:12,.0f}{walked:12,.0f}"
            f"{share:8.0%}{ratio:7.1f}x"
        )


if __name__ == "__main__":
    main()
