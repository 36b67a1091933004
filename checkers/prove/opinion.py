"""A second opinion: obligations as SMT-LIB 2 files with their digests, decided again by cvc5."""

import builtins
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import attrs
import blake3
import cvc5
import z3

from checkers.host.files import make_folder, write_whole
from checkers.host.jobs import run_jobs
from checkers.host.telling import Tell, silent
from checkers.prove.disagreement import Disagreement
from checkers.prove.limits import Limit
from checkers.prove.obligations import Group

S = TypeVar("S")

Answer = Literal["unsat", "sat", "unknown"]

# Slow mostly: to instantiate with every term there is; and to look for a small model, which finds
# a counterexample where there is one.
_FURTHER_TRIES = ("enum-inst", "finite-model-find")


@attrs.frozen
class Question:
    """An obligation as anyone can decide it: `unsat` means proved.

    Attributes:
        property: what is to hold.
        action: after which action, or `init`.
        script: SMT-LIB 2.
    """

    property: str
    action: str
    script: str

    def __str__(self) -> str:
        return f"{self.action}: {self.property}"

    @builtins.property
    def digest(self) -> str:
        """BLAKE3 of the script, as hexadecimal digits."""
        return blake3.blake3(self.script.encode()).hexdigest()

    @builtins.property
    def file_name(self) -> str:
        """A name for the script's file, which the obligation and its digest make."""
        words = re.sub(r"\W+", "_", f"{self.action}-{self.property}")[:120]
        return f"{words}-{self.digest[:12]}.smt2"


def questions(groups: Iterable[Group[S]]) -> Iterable[Question]:
    """Each goal of some groups as a script that asks for a counterexample."""
    for group in groups:
        for name, goal in group.goals.items():
            solver = z3.Solver(ctx=goal.ctx)
            solver.add(*group.facts, z3.Not(goal))
            yield Question(name, group.label, f"(set-logic ALL)\n{solver.to_smt2()}")


def write_questions(folder: Path, asked: Sequence[Question]) -> None:
    """Write each script to a file, and the digests to DIGESTS."""
    make_folder(folder)
    for question in asked:
        write_whole(folder / question.file_name, question.script)
    lines = [f"{question.digest}  {question.file_name}\n" for question in asked]
    write_whole(folder / "DIGESTS", "".join(lines))


def decide(question: Question, limit: Limit) -> Answer:
    """What cvc5 answers; `unknown` where it finds nothing within the limit."""
    answer = _ask(question.script, limit.first, {})
    for option in _FURTHER_TRIES:
        if answer == "unknown":
            answer = _ask(question.script, limit, {option: "true"})
    return answer


def _ask(script: str, limit: Limit, options: Mapping[str, str]) -> Answer:
    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    # Z3 writes one name for what several quantifiers bind; without this cvc5 warns of each.
    solver.setOption("fresh-binders", "true")
    solver.setOption("rlimit-per", str(limit.cvc5_steps))
    solver.setOption("tlimit-per", str(limit.milliseconds))
    for name, value in options.items():
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "obligation")
    symbols = parser.getSymbolManager()
    answer = "unknown"
    while not (command := parser.nextCommand()).isNull():
        said = str(command.invoke(solver, symbols)).strip()
        answer = said or answer
    if answer not in ("sat", "unsat"):
        return "unknown"
    return "unsat" if answer == "unsat" else "sat"


def confirm(
    asked: Sequence[Question], limit: Limit, progress: Tell = silent
) -> dict[tuple[str, str], Answer]:
    """Have cvc5 decide what Z3 has proved; by action and property, what it answers.

    It is asked in processes of its own: while it looks for an answer, no other thread of the
    process that it is in can do anything.

    Raises:
        Disagreement: it finds a counterexample.
    """
    jobs = {question: partial(_confirmed, question, limit) for question in asked}
    answers: dict[tuple[str, str], Answer] = {}
    for question, answer in run_jobs(jobs, lambda line: progress(f"cvc5: {line}")).items():
        key = question.action, question.property
        answers[key] = answer if answers.get(key, "unsat") == "unsat" else answers[key]
    return answers


def _confirmed(question: Question, limit: Limit) -> Answer:
    answer = decide(question, limit)
    if answer == "sat":
        raise Disagreement(
            f"{question.action} keeps {question.property} says z3, and does not says cvc5 "
            f"(obligation {question.digest[:12]}); trust neither"
        )
    return answer
