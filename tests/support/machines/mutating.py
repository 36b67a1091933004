"""Mutants of one random protocol: where the engines and the oracle disagree on what they change."""

import ast
from enum import Enum
from typing import Any

import attrs

from checkers.mutate.comparison import Comparer
from checkers.mutate.mutants import Mutant, mutants
from spec.notation.source import written
from tests.support.machines.oracle.cells import State
from tests.support.machines.oracle.protocol import Outcome, Plain, Sized, read
from tests.support.machines.oracle.words import Value, choices
from tests.support.machines.subject import Complaints, Subject

_FEW = 3


def mutation(subject: Subject) -> Complaints:
    """Mutants, each of which does as the protocol does in every reachable state, or does not."""
    made = [mutant for mutant in mutants(subject.machine) if _is_changed_itself(subject, mutant)]
    comparer = Comparer(subject.machine, (), [subject.scope])
    for mutant in subject.random.sample(made, min(_FEW, len(made))):
        assert mutant.machine  # the notation does not refuse it
        found = {*comparer(mutant.machine, mutant.action).differs} - {"reason"}
        subject.words.add("differs" if found else "equivalent")
        if found != (seen := _Beside.of(subject, mutant).differs()):
            yield f"{mutant.said}: differs in {found or 'nothing'}, and to the oracle in {seen}"


def _is_changed_itself(subject: Subject, mutant: Mutant[Any]) -> bool:
    """Whether the notation takes it, and the action's own text is changed, not a helper's."""
    if mutant.machine is None:
        return False
    return _text(subject.machine.action(mutant.action)) != _text(
        mutant.machine.action(mutant.action)
    )


def _text(act: Any) -> str:
    found = written(act.text)
    assert found
    return ast.unparse(found.node)


@attrs.frozen
class _Beside:
    """The oracle's readings of a protocol and of a mutant, state by state."""

    subject: Subject
    action: str
    mutant: Sized

    @classmethod
    def of(cls, subject: Subject, mutant: Mutant[Any]) -> "_Beside":
        """With the text of an action of the protocol's file changed."""
        assert mutant.machine
        tree = ast.parse(subject.protocol.text)
        tree.body[1:1] = ast.parse("from tallystick import exists, forall, require").body
        changed = ast.parse(_text(mutant.machine.action(mutant.action))).body[0]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == mutant.action:
                assert isinstance(changed, ast.FunctionDef)
                node.body = changed.body
        sized = read(ast.unparse(tree)).at(
            {sort.__name__: size for sort, size in subject.scope.sizes.items()}
        )
        return cls(subject, mutant.action, sized)

    def differs(self) -> set[str]:
        """In what a step differs, from some reachable state of the protocol's."""
        found = set()
        sized = self.subject.reached.sized
        for state in self.subject.reached.depth:
            other = self.mutant.parse(sized.plain(state))
            for args in choices(sized.actions[self.action].parameters.values()):
                one = sized.step(state, self.action, args)
                two = self.mutant.step(other, self.action, self._again(args))
                if (one.after is None) != (two.after is None):
                    found.add("taken")
                if _after(sized, one, state) != _after(self.mutant, two, other):
                    found.add("state")
        return found

    def _again(self, args: tuple[Value, ...]) -> tuple[Value, ...]:
        """Parameters as the mutant has them, whose enumerations are its own."""
        sorts = self.mutant.actions[self.action].parameters.values()
        return tuple(
            sort[arg.name] if isinstance(arg, Enum) else arg  # type: ignore[index]  # an enumeration
            for arg, sort in zip(args, sorts, strict=True)
        )


def _after(sized: Sized, came: Outcome, before: State) -> Plain:
    """The state after an attempt, which is the one before where nothing was taken."""
    return sized.plain(before if came.after is None else came.after)
