"""Implementations that are a machine itself, and some that err."""

from collections.abc import Mapping, Sequence

from checkers.market.subjects import AnyMachine
from spec.notation import Fun, Refused, Scope
from spec.notation.sorts import Value
from spec.textbook.peterson import peterson


class Twin:
    """An implementation that is the machine itself, until a test makes it err."""

    def __init__(
        self,
        machine: AnyMachine,
        scope: Scope | None = None,
        functions: Mapping[str, Value] | None = None,
    ) -> None:
        self.machine = machine
        self.scope = scope or machine.scope()
        self.start = machine.start(self.scope, **(functions or {}))
        self.spec = machine.copy(self.start)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        after = self.machine.copy(self.spec)
        try:
            self.machine.apply(self.machine.action(action), after, args, self.scope)
        except Refused as refusal:
            return refusal.reason
        self.spec = after
        return None

    def restart(self) -> None:
        pass

    def state(self) -> Mapping[str, Value]:
        fields = self.machine.fields.items()
        return {name: getattr(self.spec, name) for name, field in fields if field.kind is not Fun}

    def close(self) -> None:
        pass


class Mistaken(Twin):
    """Names another reason than the one for which a process must wait."""

    def __init__(self) -> None:
        super().__init__(peterson)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        answer = super().take(action, args)
        return "process waits" if answer == "the other does not go first" else answer


class Forgetful(Twin):
    """An implementation that starts anew at a restart."""

    def restart(self) -> None:
        self.spec = self.machine.copy(self.start)
