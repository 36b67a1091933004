"""The guards of the implementation, each of which can be taken out of the running code.

A guard is a statement that may refuse: `require`, `check` and what is named after them; a raised
refusal; and what looks up a version or a request at some stage, which without the guard is just
looked up.

    .venv/bin/python -m tests.support.guards                    # all
    .venv/bin/python -m tests.support.guards impl.quarrel.game  # those of a module

says of each what lockstep sees without it.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from inspect import getattr_static
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import attrs

from checkers.cli.progress import progress
from checkers.lockstep.run import Divergence, Lockstep, Tally
from checkers.lockstep.trial import try_kept
from checkers.market.forgeries import try_forgeries
from checkers.market.subjects import SUBJECTS
from tests.support.program import arguments, refuse_unknown, run

REFUSALS = {"Refused", "MalformedTransaction"}
LOOKS_UP = {"_made": "requests", "_version": "versions"}
"""By the name of a method that refuses what is not at a stage, where it looks."""


@attrs.frozen
class Guard:
    """A guard.

    Attributes:
        module: in which it stands.
        function: in which it stands, by its qualified name.
        text: its source, without blanks at line ends.
        number: how many of the same text stand before it in the function.
    """

    module: str
    function: str
    text: str
    number: int = 0

    def __str__(self) -> str:
        return (
            f"{self.module}.{self.function}: {self.text}{f' ({self.number})' * bool(self.number)}"
        )


def called(node: ast.AST) -> str:
    """The name of what is called; of anything else, nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def is_guard(node: ast.AST) -> bool:
    """Whether a node is a guard."""
    if isinstance(node, ast.Expr):
        return called(node.value).lstrip("_").startswith(("require", "check"))
    if isinstance(node, ast.Raise):
        return node.exc is not None and called(node.exc) in REFUSALS
    return called(node) in LOOKS_UP


class _Removal(ast.NodeTransformer):
    """Takes out the guard of a number, counted in the order of the text; -1 for none."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.found: list[tuple[str, str]] = []
        self._within: list[str] = []

    def visit(self, node: ast.AST) -> ast.AST:
        """A node, without the guard in it that is wanted."""
        if self._within and is_guard(node):
            self.found.append((".".join(self._within), ast.unparse(node)))
            if len(self.found) - 1 == self.wanted:
                return ast.copy_location(_without(node), node)
        names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        self._within += names
        self.generic_visit(node)
        del self._within[len(self._within) - len(names) :]
        return node


def _without(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Call):
        what = LOOKS_UP[called(node)]
        return ast.parse(f"self.{what}[{ast.unparse(node.args[0])}]", mode="eval").body
    return ast.Pass()


def guards(module: str) -> list[Guard]:
    """The guards of a module, in the order of the text."""
    removal = _Removal()
    removal.visit(_tree(import_module(module)))
    listed = []
    for place, (function, text) in enumerate(removal.found):
        listed.append(Guard(module, function, text, removal.found[:place].count((function, text))))
    return listed


@contextmanager
def removed(guard: Guard) -> Iterator[None]:
    """Run the function without the guard."""
    module = import_module(guard.module)
    removal = _Removal(guards(guard.module).index(guard))
    tree = _tree(module)
    removal.visit(tree)
    code = _found(
        compile(ast.fix_missing_locations(tree), str(module.__file__), "exec"), guard.function
    )
    function = _function(module, guard.function)
    before, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = before


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text())


def _found(code: CodeType, name: str) -> CodeType:
    """The code of a function by its qualified name."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    first, _, rest = name.partition(".")
    found = next(one for one in inner if one.co_name == first)
    return _found(found, rest) if rest else found


def _function(module: ModuleType, name: str) -> FunctionType:
    found: object = reduce(getattr_static, name.split("."), module)
    found = getattr(found, "__func__", getattr(found, "fget", found))
    assert isinstance(found, FunctionType)
    return found


_PAPER, _HARDENED = ("basic", "orchestrated"), ("hardened_at_work", "hardened")
BESIDE: Mapping[str, Sequence[str]] = {
    "impl.paper.steps": _PAPER,
    "impl.paper.basic.contract": _PAPER,
    "impl.paper.orchestrated.contract": _PAPER,
    "impl.paper.orchestrated.parties": _PAPER,
    "impl.hardened.registration": _HARDENED,
    "impl.hardened.execution": _HARDENED,
    "impl.hardened.dispute": _HARDENED,
    "impl.hardened.money": _HARDENED,
    "impl.hardened.state": _HARDENED,
    "impl.hardened.statement": _HARDENED,
    "impl.hardened.terms": _HARDENED,
    "impl.quarrel.game": ("bisection", "hardened_at_work"),
    "impl.ledger.admission": ("ledger", "basic"),
    "impl.ledger.dispatch": ("ledger", "basic"),
    "impl.ledger.transaction": ("ledger", "basic", "hardened_at_work"),
}
"""By module, the machines beside which it is run."""
_ROLES = ("backer", "consumer", "correspondent", "provider", "vendor")
ELSEWHERE = {
    "impl.paper.basic.parties": "what no contract sees: tests/impl/test_hostile.py",
    "impl.hardened.parties.consumer": "what no contract sees: tests/impl/test_hardened.py",
    "impl.ledger.sqlite": "what comes before any contract: tests/impl/test_ledger.py",
    "impl.paper.outside": "what no contract sees: tests/impl/test_hostile.py",
    **dict.fromkeys(
        (f"impl.hardened.parties.{role}" for role in _ROLES),
        "what no contract sees: tests/impl/test_hostile_hardened.py",
    ),
    "impl.hardened.parties.member": "what no contract sees: tests/impl/test_witness.py",
    "impl.keyring": "what no contract sees: tests/impl/test_replaced_keys.py",
    "impl.refusing": "what no contract sees: tests/impl/test_hostile.py",
    "impl.hardened.charter": "no transaction: tests/impl/test_charter.py forges geneses",
    "impl.ledger.block": "evidence of two histories: tests/impl/test_witness.py forges it",
    "impl.ledger.witness": "no transaction: tests/impl/test_witness.py forges heads",
    "impl.hardened.fields": "no transaction: tests/impl/test_charter.py forges geneses",
    "impl.paper.agreed": "no transaction: tests/impl/test_charter.py forges geneses",
    "impl.ledger.genesis": "no transaction: tests/impl/test_ledger.py forges geneses",
    "impl.hardened.mail": "no transaction: tests/adversaries and tests/impl forge messages",
    "impl.quarrel.binding": "evidence of one operation: tests/impl/test_quarrel.py forges it",
    "impl.quarrel.step": "evidence of one operation: tests/impl/test_quarrel.py forges it",
}
"""Modules whose guards no machine and no forgery is about, with what is."""


def noticed(guard: Guard) -> Divergence | None:
    """What lockstep sees first without a guard, in what `verify` runs before all random runs."""
    with removed(guard):
        for name in BESIDE[guard.module]:
            subject = SUBJECTS[name]
            assert subject.setup
            lockstep = Lockstep(subject.machine, subject.setup)
            try:
                try_kept(lockstep, Tally())
                try_forgeries(lockstep, subject.forgeries, Tally())
            except Divergence as divergence:
                return divergence
    return None


def main() -> int:
    """Take out each guard, one at a time, and say what lockstep sees."""
    parser = arguments("tests.support.guards", __doc__)
    parser.add_argument("modules", nargs="*", help="whose guards; else those of all")
    asked = parser.parse_args()
    refuse_unknown(parser, asked.modules, BESIDE.__contains__, BESIDE)
    every = [guard for module in asked.modules or BESIDE for guard in guards(module)]
    seen = 0
    for number, guard in enumerate(every):
        progress(f"{number} of {len(every)} guards")
        how = noticed(guard)
        seen += how is not None
        told = f"{len(how.steps)} steps: {how.how}" if how else "unnoticed"
        print(f"{guard}\n    {told}", flush=True)
    print(f"{seen} of {len(every)} guards are noticed")
    return 0


if __name__ == "__main__":
    run(main)
