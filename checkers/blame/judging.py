"""What a machine says of accountability, and by what its actions judge."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

import numpy as np

from checkers.blame.account import FINDINGS
from spec.notation import Accountability, MachineError
from spec.notation.batch import Batch, Words, fields_read
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Fun, Value
from spec.notation.words import reading

S = TypeVar("S")


def accountability_of(machine: Machine[S]) -> Accountability[S]:
    """What a machine says of accountability.

    Raises:
        MachineError: it says nothing, or is to refute what is no finding.
    """
    said = machine.accountability
    if said is None:
        raise MachineError(
            f"{machine.name} does not say who is held to account; give it an `accountability`"
        )
    for name in said.refuted:
        if name not in FINDINGS:
            raise MachineError(
                f"{machine.name}: its accountability is to refute {name}, "
                f"which is none of {', '.join(FINDINGS)}"
            )
    return said


def decisions(
    batch: Batch[S], said: Accountability[S]
) -> Iterator[tuple[Action[S], Sequence[Value]]]:
    """The actions that decide verdicts, each with what decides: its guards, and what it writes."""
    for act in batch.machine.actions:
        read = batch.machine.read(act, batch.scope)
        with reading(read.reader):
            changes = batch.changes(read)
        written = [value for cell, value in changes.items() if cell.field.name in said.verdicts]
        if written:
            yield act, [*written, *(check.condition for check in read.checks)]


def beyond_the_ledger(batch: Batch[S], said: Accountability[S]) -> Iterator[tuple[str, str]]:
    """The actions that decide verdicts, with each field they look at that nobody can be shown."""
    seen = {*said.evidence, *said.verdicts, *said.shown}
    for act, values in decisions(batch, said):
        for field in sorted(fields_read(values), key=lambda field: field.name):
            if field.kind is not Fun and field.name not in seen:
                yield act.name, field.name


def bits_of(batch: Batch[S], fields: Collection[str]) -> Words:
    """The bits of a state that hold some fields."""
    masks = np.zeros((batch.layout.words, 1), np.uint64)
    for cell in batch.layout.cells.values():
        if cell.field.name in fields:
            masks[cell.word] |= np.uint64(cell.mask << cell.shift)
    return masks
