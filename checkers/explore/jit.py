"""Functions compiled by numba, once for all processes of a user: the code is kept between them.

numba can keep code too, but only that of functions in a file; and it takes whatever it finds there.
"""

import functools
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType
from typing import Any

import blake3
import numpy as np

from checkers.host import kept
from spec.notation import MachineError
from spec.notation.grammar import room

_NUMBERS = (int, float, np.generic)


def jit(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # numba's types
    """A decorator for functions that numba is to compile.

    Args:
        text: all that decides what the functions do; equal texts give equal code.

    Raises:
        MachineError: numba, an optional extra, is not installed.
    """
    try:
        import numba  # slow to import
    except ImportError:
        raise MachineError(
            "the numba engine needs numba; in its checkout, pip install -e '.[jit]'"
        ) from None
    # What is kept names the modules that it was compiled with, which a wheel calls otherwise.
    compilers = (__name__, text_of(jit), numba.__version__, np.__version__, sys.version)
    digest = blake3.blake3(repr((text, compilers)).encode()).hexdigest(16)

    def compiler(function: Callable[..., Any]) -> Callable[..., Any]:
        # Machine code is linked by this name, together with what other processes have kept.
        function.__qualname__ = f"{function.__name__}_{digest}"
        compiled: Any = numba.njit(nogil=True)(function)  # threads run at the same time
        compiled._cache = _Kept(function.__qualname__)
        # numba goes through a function's branches by recursion, and some have a thousand.
        compiled.compile = room()(compiled.compile)
        return compiled  # type: ignore[no-any-return]  # as above

    return compiler


@functools.cache
def jit_source(source: str, name: str) -> Callable[..., Any]:  # numba's functions have no types
    """The function of a name that a source text defines; it can use numpy as `np`."""
    space: dict[str, Any] = {"np": np, "__name__": __name__}
    exec(source, space)  # written by this package, of the terms of a protocol's text
    return jit(source)(space[name])


def text_of(function: Callable[..., Any]) -> str:
    """What a function does, with those that are written in it: the code as it was imported, and the
    numbers that it takes for constants. The file may have changed since."""
    codes = list(_codes(function.__code__))
    names = sorted({name for code in codes for name in code.co_names})
    known = {name: function.__globals__.get(name) for name in names}
    constants = {n: repr(value) for n, value in known.items() if isinstance(value, _NUMBERS)}
    return repr((constants, [_said(code) for code in codes]))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _said(code: CodeType) -> tuple[object, ...]:
    plain = [repr(value) for value in code.co_consts if not isinstance(value, CodeType)]
    return code.co_code, plain, code.co_names, code.co_varnames, code.co_freevars


class _Kept:
    """What numba asks for code before it compiles a function, and tells what it has compiled.

    Args:
        name: the function's; two that differ have different names.
    """

    cache_path = None  # for numba's statistics

    def __init__(self, name: str) -> None:
        self.name = name

    def load_overload(self, signature: Any, target: Any) -> Any:  # numba's types
        """The function compiled for a signature, or None."""
        from numba.core.compiler import CompileResult

        target.refresh()  # now there is all that the code may refer to
        content = kept.recall(self._file(signature, target.codegen()))
        rebuild: Callable[..., Any] = CompileResult._rebuild
        with suppress(Exception):  # whatever numba does not understand
            return rebuild(target, *pickle.loads(content)) if content else None
        return None

    def save_overload(self, signature: Any, result: Any) -> None:  # numba's types
        """Keep a function that was compiled for a signature."""
        from numba.core import serialize

        dumps: Callable[..., bytes] = serialize.dumps
        if not result.library.has_dynamic_globals:  # which are addresses in this process
            kept.keep(self._file(signature, result.codegen), dumps(result._reduce()))

    def _file(self, signature: Any, codegen: Any) -> str:  # numba's types
        """The name of a file: of a function for a signature and a processor."""
        for_these = repr((signature, codegen.magic_tuple())).encode()
        return f"{self.name}_{blake3.blake3(for_these).hexdigest(16)}"
