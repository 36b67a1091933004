"""Lines of JSON: one object each, without what readers of JSON take in different ways."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

_LONG = 200  # characters of what a message shows

Json: TypeAlias = Any  # what the json module reads and writes


class Unwritten(ValueError):
    """Bytes that are no such line; the message says what to mend."""


def text(content: Json) -> str:
    """Anything as JSON, without blanks."""
    return _ENCODER.encode(content)


def shown(content: Json) -> str:
    """Anything as JSON, for a message: not without end."""
    written = text(content)
    return written if len(written) <= _LONG else f"{written[:_LONG]}..."


def is_same(one: Json, other: Json) -> bool:
    """Whether two values are the same in JSON: for Python, 1 is true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def line(content: Mapping[str, Json]) -> bytes:
    """An object as a line, without its end."""
    return text(content).encode()


def numbered(number: int, written: str) -> bytes:
    """What is written of an object with more than a number, as a line that has that first."""
    return f'{{"id":{number},{written[1:]}'.encode()


def parse(data: bytes) -> dict[str, Json]:
    """The object of a line. Raises Unwritten."""
    try:
        read = _DECODER.decode(data.decode())
    except UnicodeDecodeError:
        raise Unwritten("write UTF-8") from None
    except Unwritten:
        raise
    except (ValueError, RecursionError):
        raise Unwritten("write one JSON object a line") from None
    if not _is_text(read):
        raise Unwritten("write whole characters, and no half of a surrogate pair")
    if not isinstance(read, dict):
        raise Unwritten("write one JSON object a line, with names")
    return read


def _is_text(read: Json) -> bool:
    """Whether all that was read can be written again, which an escape of JSON can prevent."""
    try:
        return bool(text(read).encode())
    except UnicodeEncodeError:
        return False


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The fields of an object, each of which it has once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unwritten("give each field once")
    return found


def _no(text: str) -> NoReturn:
    raise Unwritten(f"{text} is no whole number; there are no others")


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no, parse_float=_no)
