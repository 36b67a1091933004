"""Authors' files: a protocol or a driver as a module, whatever it is called and wherever it lies.

What lies beside a file is found after everything that is installed, so that no file hides what
others import; a file that is hidden itself is refused by name. Each file is one module, however
often and by whichever name it is asked for: a sort that two files share is one sort. It is read
from its source every time, since what Python keeps of an earlier reading can be out of date.
"""

import ast
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from spec.notation import MachineError
from spec.notation.errors import Place, shown
from spec.notation.source import check_encoding

_RAISED = "raised"  # where an exception keeps its place
_ABOVE = __name__.removesuffix(".checkers.naming.loading")  # in a wheel all lies under `tallystick`
_IN_CHECKOUTS = {"spec", "impl", "checkers", "adversaries"} if __name__ != _ABOVE else set()


def load(where: str, attribute: str = "") -> ModuleType:
    """The module of `package.module`, also from the working folder, or of `path/to/file.py`.

    Args:
        where: which; it is told with `attribute` where it has another name here.
        attribute: what is looked for in it.

    Raises:
        MachineError: there is none, or it cannot be loaded; the message names file and line.
    """
    if where.endswith(".py"):
        return _load_file(Path(where))
    if os.sep in where:
        raise MachineError(f"{where} is no module; the name of a file ends in .py")
    if not _is_name(where):
        raise MachineError(f"{where!r} is no module; give package.module or path/to/file.py")
    _BESIDE.search(Path.cwd())
    _refuse_hidden(Path.cwd(), where)
    return _told(lambda: importlib.import_module(where), where, f"{where}:{attribute}")


def unload() -> None:
    """Forget what was loaded, so that files are read anew."""
    ours = {name for name, module in sys.modules.items() if _is_ours(module)}
    for name in list(sys.modules):
        if name.partition(".")[0] in ours:
            del sys.modules[name]
    _BESIDE.folders.clear()


def raised_at(error: BaseException) -> Place | None:
    """The file and line that raised an exception, if they are an author's."""
    place = raised(error)
    return place if place and place[0] in _AUTHORS else None


def raised(error: BaseException) -> Place | None:
    """The file and line that raised an exception, in this process or in another that kept them."""
    kept: Place | None = vars(error).get(_RAISED)
    *_, last = [None, *_frames(error)]
    return kept or last


def keep_raised(error: BaseException) -> None:
    """Let an exception say in other processes where it was raised, as its traceback does here."""
    vars(error)[_RAISED] = raised(error)


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise MachineError(f"there is no file {path}")
    file = path.resolve()
    for module in list(sys.modules.values()):
        if _is_read_from(module, file):
            return module
    folder, name = _importable(file)
    _BESIDE.search(folder)

    def imported() -> ModuleType:
        found = _found(name) if _is_name(name) else None
        is_found = found is not None and found.origin is not None and file.samefile(found.origin)
        return importlib.import_module(name) if is_found else _import_as_is(file)

    return _told(imported, str(path))


def _import_as_is(file: Path) -> ModuleType:
    """A file as a module of a name that nobody imports, since its own is another's."""
    name = f"{file.stem.replace('.', '_')}@{len(sys.modules)}"
    spec = spec_from_file_location(name, file, loader=_Source(name, str(file)))
    assert spec is not None  # a loader was given,
    assert spec.loader is not None  # and is there
    module = module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _importable(file: Path) -> tuple[Path, str]:
    """The folder from which a file can be imported, and the name that it then has."""
    folder, parts = file.parent, [file.stem] if file.stem != "__init__" else []
    while (folder / "__init__.py").is_file():
        folder, parts = folder.parent, [folder.name, *parts]
    return folder, ".".join(parts)


def _is_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _is_ours(module: ModuleType) -> bool:
    return isinstance(getattr(module, "__dict__", {}).get("__loader__"), _Source)


def _is_read_from(module: ModuleType, file: Path) -> bool:
    names = getattr(module, "__dict__", {})
    source = names.get("__file__")
    is_program = names.get("__name__") == "__main__"
    return isinstance(source, str) and not is_program and _is_same(source, file)


def _is_same(source: str, file: Path) -> bool:
    try:
        return os.path.samefile(source, file)  # of hundreds of modules, for each file that is read
    except OSError:  # it is gone, or was never a file
        return False


def _found(name: str) -> ModuleSpec | None:
    """Where an import would find a name."""
    try:
        return find_spec(name)
    except (ModuleNotFoundError, ValueError):  # a package above it is not there, or is no package
        return None


class _Source(SourceFileLoader):
    """Reads a file from its source, and sees to what it imports."""

    def get_code(self, fullname: str) -> CodeType:
        source, file = self.get_data(self.path), Path(self.path)
        _AUTHORS.add(self.path)
        check_encoding(source, self.path)
        folder, _ = _importable(file)
        for line, name in _imported(ast.parse(source, self.path)):
            if folder / f"{name}.py" != file:  # nobody imports himself
                _refuse_hidden(folder, name, (self.path, line))
        code: CodeType = self.source_to_code(source, self.path)
        return code


class _Beside(MetaPathFinder):
    """Finds what lies in the folders of authors' files, when nothing else has found a name."""

    def __init__(self) -> None:
        self.folders: list[str] = []

    def search(self, folder: Path) -> None:
        """From now on, look there too."""
        if str(folder) not in self.folders:
            self.folders.append(str(folder))
        if self not in sys.meta_path:
            sys.meta_path.append(self)
            sys.meta_path.insert(0, _WITHIN)
        importlib.invalidate_caches()  # a file may have come since

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module lies that belongs to no package."""
        return _from_source(PathFinder.find_spec(fullname, self.folders)) if path is None else None


class _Within(MetaPathFinder):
    """Finds the modules of authors' packages, which are read from their sources as these are."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module lies whose package was read from its source."""
        package = sys.modules.get(fullname.rpartition(".")[0])
        if package is None or not _is_ours(package):
            return None
        return _from_source(PathFinder.find_spec(fullname, path))


def _from_source(found: ModuleSpec | None) -> ModuleSpec | None:
    """A module as it was found, but read from its source."""
    if found and isinstance(found.loader, SourceFileLoader):
        found.loader = _Source(found.name, found.loader.path)
    return found


_BESIDE, _WITHIN = _Beside(), _Within()
_AUTHORS: set[str] = set()
"""The files that were read, as tracebacks name them."""


# What is hidden


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that a text imports, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _refuse_hidden(folder: Path, name: str, at: Place | None = None) -> None:
    """Refuse to import a name that means a file in a folder, and finds another."""
    file = folder.joinpath(*name.split("."))
    meant = [m for m in (file.with_name(f"{file.name}.py"), file / "__init__.py") if m.is_file()]
    first = name.partition(".")[0]
    found = _found(first) if meant else None
    if found is None:
        return
    beside = {folder / f"{first}.py", folder / first / "__init__.py", folder / first}
    places = [found.origin or "", *(found.submodule_search_locations or ())]
    if not any(Path(place).resolve() in beside for place in places):
        other = "Python's own" if first in sys.stdlib_module_names else shown(places[0])
        raise MachineError(
            f"{name} is {other} here, which hides {shown(meant[0])}; give that file another name",
            at,
        )


# What goes wrong


def _told(load: Callable[[], ModuleType], where: str, named: str = "") -> ModuleType:
    """What is loaded; whatever is raised instead is told in a line that names file and line.

    What a file prints is for people, and results may go to standard output.
    """
    try:
        with redirect_stdout(sys.stderr):
            return load()
    except (KeyboardInterrupt, MemoryError):
        raise
    except SyntaxError as error:
        at = (error.filename or where, error.lineno) if error.lineno else None
        said = f"{error.msg}; Python cannot read this"
        raise MachineError(said if at else f"{shown(where)}: {said}", at) from error
    except BaseException as error:  # also what would end the program
        if isinstance(error, MachineError) and error.at:
            raise
        if isinstance(error, ModuleNotFoundError) and _is_in_checkouts(error.name or ""):
            raise _of_a_checkout(error, named) from error
        at = next((at for at in reversed(list(_frames(error))) if at[0] in _AUTHORS), None)
        said = _said(error) if at else f"{shown(where)}: {_said(error)}"
        raise MachineError(said, at) from error


def _is_in_checkouts(name: str) -> bool:
    """Whether a name that nobody has here is a module of Tallystick's in a checkout."""
    first = name.partition(".")[0]
    return first in _IN_CHECKOUTS and _found(f"{_ABOVE}.{name}") is not None


def _of_a_checkout(error: ModuleNotFoundError, named: str) -> MachineError:
    """That a package of Tallystick's has this name in a checkout alone; and what to write, where
    an author's file imports it, or to name instead of what was named."""
    *_, (file, line) = (at for at in _frames(error) if not at[0].startswith("<"))
    if file == importlib.__file__:
        return MachineError(f"there is no {error.name} here; name it {_ABOVE}.{named}")
    module, names = error.name or "", list[str]()
    for node in ast.walk(ast.parse(Path(file).read_text())):
        if isinstance(node, ast.ImportFrom) and node.lineno == line:
            module, names = node.module or "", [alias.name for alias in node.names]
    home = _ABOVE if set(names) < set(sys.modules[_ABOVE].__all__) else f"{_ABOVE}.{module}"
    mend = f"from {home} import {', '.join(names)}" if names else f"import {_ABOVE}.{module}"
    return MachineError(f"there is no {error.name} here; write: {mend}", (file, line))


def _said(error: BaseException) -> str:
    """What an error says, and the mend."""
    if isinstance(error, MachineError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"there is no module {error.name}, installed or in the same folder"
    return f"{type(error).__name__}: {error}; mend this line"


def _frames(error: BaseException) -> Iterator[Place]:
    """The files and lines that an exception came through, from the outermost."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, line
