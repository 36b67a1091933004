"""A divergence is shrunk to one that is no less."""

from collections.abc import Mapping, Sequence

from checkers.lockstep.driver import NoAnswer, Setup
from checkers.lockstep.run import Lockstep
from checkers.lockstep.shrink import settle
from spec.notation.sorts import Value
from tests.support.locked import LOCK_MACHINE


class Late:
    """A lock that tells a wrong reason, and tells none in time as long as it was never held."""

    def __init__(self) -> None:
        self.holder: Value | None = None
        self.was_held = False

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        if action == "acquire" and self.holder is None:
            [self.holder] = args
            self.was_held = True
            return None
        if not self.was_held:
            raise NoAnswer("no answer within 2 s", is_overdue=True)
        return "no"

    def restart(self) -> None:
        pass

    def state(self) -> Mapping[str, Value]:
        held = self.holder is not None
        return {"held": held, "holds": {self.holder: True} if held else {}}

    def close(self) -> None:
        pass


def test_what_is_refuted_is_not_shrunk_to_what_is_undecided() -> None:
    lockstep = Lockstep(LOCK_MACHINE, Setup(Late))
    acquire, release = (LOCK_MACHINE.action(name) for name in ("acquire", "release"))
    first, second, _ = acquire.instances(lockstep.scope)
    found = lockstep.replay([(acquire, first), (release, second)])
    assert found
    least = settle(lockstep, found)
    assert not least.is_overdue
    assert "implementation: refused, 'no'" in least.how
