"""What the numbers of a model are scores of, where its file does not say it: of an ONNX graph."""

from pathlib import Path

import attrs

from impl.models.model import Model
from impl.models.operators import ModelError
from spec.notation import MachineError

_MEND = "give two or more names between commas, or a file with one in each line"


def read_labels(given: str) -> tuple[str, ...]:
    """The labels between commas, or in the lines of a file. Raises MachineError."""
    try:
        found = given.split(",") if "," in given else Path(given).read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "no text"
        raise MachineError(f"--labels {given:.60}: {what}; {_MEND}") from None
    labels = [label.strip() for label in found]
    labels = labels[:-1] if "," not in given and not labels[-1] else labels  # the end of a file
    for index, label in enumerate(labels):
        if not label or not label.isprintable():
            raise MachineError(f"--labels {given:.60}: label {index} is no name; {_MEND}")
        if label in labels[:index]:
            raise MachineError(f"--labels {given:.60}: {label} is there twice; give each class one")
    if len(labels) < 2:
        raise MachineError(f"--labels {given:.60}: {len(labels)} of them; {_MEND}")
    return tuple(labels)


def labelled(model: Model, given: str, named: str) -> Model:
    """A model whose numbers are scores of labels. Raises MachineError if that cannot be."""
    labels = read_labels(given)
    if model.labels:
        raise MachineError(f"--labels {given:.60}: {named} has labels of its own; leave it out")
    try:
        return attrs.evolve(model, labels=labels)
    except ModelError as error:
        is_one = model.component.program.gives == 1
        mend = "it gives one number, so leave it out" if is_one else "give one for each"
        raise MachineError(f"--labels {given:.60}: {named}: {error}; {mend}") from None
