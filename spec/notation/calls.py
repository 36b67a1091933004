"""Where in an author's text a word of the notation is called."""

import sys
from pathlib import Path
from types import CodeType
from typing import TypeAlias

import attrs

_HERE = str(Path(__file__).parent)
_READ = str(Path(__file__).with_name("machine.py"))  # what calls a text


@attrs.frozen
class Call:
    """Where the author's text calls something: a file, and a place in the code that it makes."""

    code: CodeType
    at: int

    def __str__(self) -> str:
        lines = [line for start, end, line in self.code.co_lines() if start <= self.at < end]
        return f"{Path(self.code.co_filename).name}:{lines[0]}"


Premise: TypeAlias = tuple[str, tuple[Call, ...]]
"""What an implication supposes: its property, and the author's calls that lead there."""


def calls() -> tuple[Call, ...]:
    """The author's calls that led to the word that is being read, last first."""
    frame = sys._getframe(2)
    found: list[Call] = []
    while frame.f_back and frame.f_code.co_filename != _READ:
        if not frame.f_code.co_filename.startswith(_HERE):
            found.append(Call(frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)
