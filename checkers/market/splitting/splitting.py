"""What came of splitting a model: its parts, what each gives away, and what is lost."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np

from checkers.host.files import make_folder
from checkers.market.rows import Rows
from checkers.market.splitting.knowledge import Part, known
from checkers.market.splitting.lost import Lost
from checkers.market.splitting.public import public_of
from checkers.market.splitting.sizes import unfit
from checkers.market.splitting.source import Source
from checkers.results.page import Block, Line, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from impl.models.component import Component, chain
from impl.models.face import Face
from impl.models.fixedpoint import Integers
from impl.models.model import Model
from impl.models.operators import ModelError
from spec.notation import MachineError

FACE = "model.json"
_LISTED = 6  # names of columns in a line
_SAMPLES = 200
_WHICH = ' (README, "Models of your own", says which models have how many pieces)'
_NEARLY_ALL = 0.9
"""Of all constants: whoever has so many has the model, but for what can be guessed or trained."""


@attrs.frozen(eq=False)
class Splitting(Result):
    """A model in parts.

    Attributes:
        named: what people call the model.
        face: what its consumers see.
        parts: in the order in which they are asked.
        pieces: in how many parts it can be split, at most.
        samples: on how many rows the parts were held against the model.
        differ: on how many of them they gave something else.
        lost: how far the model is from what it was made of.
        training_rows: how many rows that it was trained with stand in its parts.
    """

    named: str
    face: Face
    parts: tuple[Part, ...]
    pieces: int
    samples: int
    differ: int
    lost: Lost
    training_rows: int

    @property
    def asked(self) -> str:
        return f"split {self.named} in {len(self.parts)}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        if self.differ:
            said = Verdict(
                "refuted", f"refuted by {self.differ} of {counted(self.samples, 'row')}", "against"
            )
        else:
            said = Verdict("sampled", f"sampled on {counted(self.samples, 'row')}")
        return {"parts composed are the model": said}

    @property
    def failed(self) -> bool:
        """Whether the parts composed are another model."""
        return self.differ > 0

    @property
    def undecided(self) -> bool:
        """Never: whatever was compared came out."""
        return False

    def page(self) -> Iterator[Block]:
        yield self._parts()
        yield Line(f"it can be split in {counted(self.pieces, 'part')}, at most")
        public = sum(part.public for part in self.parts)
        if public:
            yield Line(
                f"constants: what is secret; not counted are {counted(public, 'number')} of "
                "tables of functions that everybody knows"
            )
        yield Line("")
        yield from map(self._learns, range(len(self.parts)))
        yield from self._gives_away()
        yield from self._unfit()
        yield Line(self.face.brief)
        yield from self.lost.page()
        for name, verdict in self.verdicts.items():
            yield Line(f"{name}: {verdict.words}", verdict.mark)

    def _parts(self) -> Table:
        rows = [
            (
                str(index),
                f"{part.size:,}",
                f"{part.numbers:,}",
                str(part.bits),
                ", ".join(f"{count} {name}" for name, count in part.operators.items()),
            )
            for index, part in enumerate(self.parts)
        ]
        return Table.of(("part", "bytes", "constants", "bits", "operators"), rows)

    def _learns(self, index: int) -> Line:
        """Who learns what of a part."""
        part, last = self.parts[index], index == len(self.parts) - 1
        sees = [f"{_listed(part.sees)} of the question"] if part.sees else []
        alone = [f"{many} made of {name} alone" for name, many in part.alone.items()]
        told = f" ({_listed(alone)})" if alone else ""
        sees += [f"{_numbers(part.unnamed)} of part {index - 1}{told}"] if part.unnamed else []
        gives = "the answer" if last else _numbers(part.component.program.gives)
        passed = [f"{_listed(part.passes)} of the question"] if part.passes else []
        more = part.carries - len(part.passes)
        passed += [counted(more, "other as it came", "others as they came")] if more else []
        among = f" (among them {', '.join(passed)})" if passed else ""
        return Line(f"part {index}: its vendor sees {' and '.join(sees)}, and gives {gives}{among}")

    def _gives_away(self) -> Iterator[Line]:
        """What those who sell parts should know before."""
        held = [part.numbers for part in self.parts]
        share = max(held) / (sum(held) or 1)
        if len(held) > 1 and share >= _NEARLY_ALL:
            yield Line(
                f"part {held.index(max(held))} holds {share:.1%} of all constants: who has it may "
                "have nearly the whole model",
                "against",
            )
        same = [column.name for column in self.face.columns if column.least == column.most]
        if same:
            yield Line(
                f"takes one number alone for {_listed(same)}: give --data of more kinds", "against"
            )
        if self.training_rows:
            yield Line(
                f"its parts hold {counted(self.training_rows, 'row')} that it was trained "
                "with, as support vectors: who has such a part can read them",
                "against",
            )

    def _unfit(self) -> Iterator[Line]:
        """Which markets cannot carry which part."""
        for index, part in enumerate(self.parts):
            for variant, why in unfit(part.component).items():
                yield Line(f"no {variant} market takes part {index}: {why}", "against")

    def json(self) -> dict[str, object]:
        return {
            "model": self.named,
            "columns": [attrs.asdict(column) for column in self.face.columns],
            "steps": self.face.steps,
            "labels": [*self.face.labels],
            "parts": [
                {
                    "digest": part.component.digest.hex(),
                    "bytes": part.size,
                    "constants": part.numbers,
                    "public": part.public,
                    "bits": part.bits,
                    "operators": part.operators,
                    "sees": part.sees,
                    "takes": part.component.program.takes,
                    "alone": part.alone,
                    "gives": part.component.program.gives,
                    "passes": part.passes,
                    "carries": part.carries,
                    "unfit": unfit(part.component),
                }
                for part in self.parts
            ],
            "pieces": self.pieces,
            "samples": self.samples,
            "differ": self.differ,
            "training_rows": self.training_rows,
            **self.lost.json(),
        }

    def write(self, folder: Path) -> None:
        """Write the parts' bytes and the face to a new folder, all or nothing.

        Raises MachineError.
        """
        files = {file_of(i): part.component.canonical() for i, part in enumerate(self.parts)}
        files[FACE] = self.face.json().encode()
        files |= public_of([part.component for part in self.parts])
        make_folder(folder.parent)
        unfinished = folder.with_name(f".{folder.name}.unfinished")
        try:
            unfinished.mkdir()
            for name, content in files.items():
                (unfinished / name).write_bytes(content)
            unfinished.replace(folder)
        except OSError as error:
            raise MachineError(f"{folder}: {error.strerror}; nothing is written") from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def file_of(part: int) -> str:
    """What the file of a part is called."""
    return f"part{part}.component"


def _numbers(many: int) -> str:
    return counted(many, "number")


def _listed(names: Sequence[str]) -> str:
    """Names in a line; of many, how many more there are."""
    more = [f"{len(names) - _LISTED} more"] if len(names) > _LISTED else []
    return ", ".join([*names[:_LISTED], *more])


def _drawn(face: Face) -> Integers:
    """Rows of integers that a model takes, each as likely as any other."""
    random = np.random.default_rng(0)
    columns = [random.integers(c.least, c.most, _SAMPLES, endpoint=True) for c in face.columns]
    return np.stack(columns, axis=1)


def pieces_of(model: Model) -> int:
    """In how many parts a model can be split, at most."""
    return len(model.seams) + 1


def cut(named: str, model: Model, parts: int) -> tuple[Component, ...]:
    """A model in so many parts. Raises MachineError if it has no seams for as many."""
    pieces = pieces_of(model)
    if pieces == 1 < parts:
        raise MachineError(f"{named} has one piece and cannot be cut: use --parts 1{_WHICH}")
    if parts > pieces:
        mend = f"use --parts 1 to {pieces}{_WHICH}"
        raise MachineError(f"{named} can be cut between {pieces} pieces: {mend}")
    try:
        return model.split(parts)
    except ModelError as error:
        raise MachineError(f"--parts {parts}: {named}: {error}") from None


def split(source: Source, parts: int, rows: Rows | None) -> Splitting:
    """A model in so many parts, held against itself and against its original.

    Raises MachineError if it has no seams for as many, or does not take such rows.
    """
    model = source.model
    components = cut(source.named, model, parts)
    lost = Lost.of(source, rows)
    drawn = _drawn(model.face)
    differ = chain(components, drawn)[-1] != model.component.run(drawn)
    return Splitting(
        named=source.named,
        face=model.face,
        parts=tuple(known(components, [column.name for column in model.columns])),
        pieces=pieces_of(model),
        samples=len(drawn),
        differ=int(differ.any(axis=1).sum()),
        lost=lost,
        training_rows=source.training_rows,
    )
