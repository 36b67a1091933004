"""What a run reads and writes: streams that fail, files of every kind, and folders of states."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from checkers.explore.checkpoint import Checkpoint
from checkers.host.files import file_name, write_whole
from spec.notation import MachineError
from tests.support.command import LOCK, ROOT, run, without_the_guard
from tests.support.selection import some_full

TALLYSTICK = [sys.executable, "-m", "checkers.cli"]
COUNTED = "distinct states"


def shell(command: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of bash in which `tallystick` is the command line."""
    outside = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        ["bash", "-c", f'tallystick() {{ {" ".join(TALLYSTICK)} "$@"; }}; {command}'],
        cwd=folder,
        env=os.environ | outside | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The README's lock, given to everybody: status 1 says that it is refuted."""
    path = tmp_path / "lock.py"
    path.write_text(without_the_guard(LOCK))
    return path


# Streams


@pytest.mark.parametrize(
    ("end", "said"),
    [
        pytest.param("| head -1 >/dev/null; exit ${PIPESTATUS[0]}", "", marks=pytest.mark.full),
        ("| true; exit ${PIPESTATUS[0]}", ""),
        (">/dev/full", "tallystick: standard output: No space left on device\n"),
        pytest.param(">&-", "", marks=pytest.mark.full),
        pytest.param(">&- 2>&-", "", marks=pytest.mark.full),
    ],
)
def test_a_verdict_stands_whatever_becomes_of_the_output(
    broken: Path, tmp_path: Path, end: str, said: str
) -> None:
    found = shell(f"tallystick explore lock.py:lock {end}", tmp_path)
    assert (found.returncode, found.stderr) == (FAILED, said)
    found = shell(f"tallystick explore die_hard {end}", tmp_path)
    assert (found.returncode, found.stderr) == (OK, said)


def test_a_result_that_cannot_be_written_holds_back_no_verdict(
    broken: Path, tmp_path: Path
) -> None:
    found = shell("tallystick explore lock.py:lock --json /dev/full", tmp_path)
    assert (found.returncode, found.stderr) == (
        USAGE,
        "tallystick: /dev/full: No space left on device\n",
    )
    assert "refuted in" in found.stdout


def test_what_a_file_prints_is_no_part_of_a_result(broken: Path, tmp_path: Path) -> None:
    broken.write_text("print('imported')\n" + broken.read_text())
    found = shell("tallystick explore lock.py:lock --json /dev/stdout", tmp_path)
    assert json.loads(found.stdout)["machine"] == "lock"
    assert "imported" in found.stderr


@pytest.mark.full
def test_help_can_be_cut_short(tmp_path: Path) -> None:
    found = shell("tallystick explore --help | true; exit ${PIPESTATUS[0]}", tmp_path)
    assert (found.returncode, found.stderr) == (OK, "")


def test_any_characters_can_be_printed_in_any_encoding(broken: Path, tmp_path: Path) -> None:
    broken.write_text(broken.read_text().replace("exclusive", "éxclusive"))
    found = shell("tallystick explore lock.py:lock", tmp_path, PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stderr) == (FAILED, "")
    assert "\\xe9xclusive is refuted" in found.stdout


@pytest.mark.full
def test_a_narrow_terminal_breaks_lines_and_no_words(tmp_path: Path) -> None:
    """Help, too, which a terminal of one column had go on for ever."""
    for command in ("explore die_hard --no-traces", "explore --help"):
        script = f"import pty, sys; sys.exit(pty.spawn({[*TALLYSTICK, *command.split()]!r}) >> 8)"
        (tmp_path / "in_terminal.py").write_text(script)
        found = shell(f"timeout 60 {sys.executable} in_terminal.py", tmp_path, COLUMNS="1")
        assert found.returncode == OK
        assert ("exhaustive" if "die_hard" in command else "limit-seconds") in found.stdout


# Files


def test_what_is_no_plain_file_stays_what_it_is(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("real.json")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert run("explore", "die_hard", "--json", pipe, "--certificate", link) == OK
    reader.join(60)
    assert json.loads(read[0])["machine"] == "die_hard"
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["distinct_states"] == 16
    assert run("explore", "die_hard", "--json", "/dev/null") == OK
    assert Path("/dev/null").is_char_device()


@pytest.mark.full
def test_a_result_in_standard_output_stands_there_alone(tmp_path: Path) -> None:
    found = shell("tallystick explore die_hard --json /dev/stdout | cat", tmp_path)
    assert json.loads(found.stdout)["distinct_states"] == 16
    assert COUNTED in found.stderr
    found = shell(
        "tallystick explore die_hard --json >(cat >there); sleep 0.2; cat there", tmp_path
    )
    assert COUNTED in found.stdout
    assert '"depth": 7' in found.stdout


@pytest.mark.full
def test_a_reader_of_a_result_may_go(tmp_path: Path) -> None:
    found = shell("tallystick explore die_hard --json >(true)", tmp_path)
    assert (found.returncode, found.stderr) == (OK, "")


def test_a_file_keeps_its_mode_and_its_content_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    path.chmod(0o640)
    write_whole(path, "after")
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\udc80")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


REFUSED = {
    "the protocol": (["explore", "lock.py:lock", "--json", "lock.py"], "reads it"),
    "the protocol, by a link": (["explore", "lock.py:lock", "--json", "link"], "reads it"),
    "the driver": (
        ["fuzz", "lock.py:lock", "--against", "driver.py:setup", "--json", "driver.py"],
        "reads it",
    ),
    "one file twice": (
        ["explore", "die_hard", "--json", "x.json", "--certificate", "./x.json"],
        "named twice",
    ),
    "a trace that is explained": (
        ["explain", "die_hard", "--trace", "old.json", "--json", "old.json"],
        "named twice",
    ),
    "a file of the folder": (
        ["explore", "die_hard", "--itf", ".", "--json", "never_four_gallons.itf.json"],
        "gets a file of that name",
    ),
    "a folder's journal": (
        ["explore", "die_hard", "--keep", ".", "--json", "exploration.json"],
        "gets a file of that name",
    ),
    "a folder in a file": (["explore", "die_hard", "--itf", "old.json/itf"], "is a file"),
    "a folder in a folder that is not there": (
        ["explore", "die_hard", "--json", "nowhere/x.json"],
        "there is no folder",
    ),
    "a round of links": (["explore", "die_hard", "--json", "round"], "symbolic links"),
}


def written() -> dict[Path, tuple[int, int, int]]:
    """Which files the working folder has, and when each of them was written."""
    found = {path: path.lstat() for path in Path().iterdir()}
    return {path: (stat.st_mode, stat.st_ino, stat.st_mtime_ns) for path, stat in found.items()}


@pytest.mark.parametrize("case", REFUSED)
def test_no_input_and_no_other_result_is_overwritten(
    case: str,
    broken: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("driver.py").write_text(
        "from checkers.lockstep.driver import Setup\nsetup = Setup(open=lambda: None)\n"
    )
    Path("link").symlink_to("lock.py")
    Path("round").symlink_to("round")
    assert run("explore", "die_hard", "--json", "old.json") == OK
    capsys.readouterr()
    monkeypatch.setattr(
        "checkers.explore.explorer.Explorer.run", None
    )  # it is refused before work begins
    before = written()
    arguments, why = REFUSED[case]
    assert run(*arguments) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert why in said.err
    assert written() == before


def test_any_property_has_a_file_name() -> None:
    names = [
        "fits",
        "a/b",
        "a_b",
        "..",
        "no number falls below zero",
        "x" * 300,
        "é",
        "<lambda>",
        "",
    ]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(files)
    assert files[0] == "fits"
    assert files[4] == "no number falls below zero"
    assert all(len(file) < 200 and "/" not in file and file[:1] != "." for file in files)


# Folders of states


def keep(folder: Path, *more: object) -> int:
    return run("explore", "two_phase", "--keep", folder, "--no-traces", *more)


def test_a_folder_is_one_run_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert keep(tmp_path) == OK
    journal = json.loads((tmp_path / "exploration.json").read_text())["journal"]
    at_work = Checkpoint(tmp_path, journal["identity"], 1)
    capsys.readouterr()
    assert keep(tmp_path) == USAGE
    assert "another run is at work there" in capsys.readouterr().err
    at_work.close()
    assert keep(tmp_path) == OK


def test_a_run_that_was_killed_is_not_in_the_way(tmp_path: Path) -> None:
    """The lock's file stays, the lock does not."""
    killed = (
        f"import os, checkers.explore.checkpoint as c; k = c.Checkpoint({str(tmp_path / 'k')!r}"
    )
    script = (
        killed.replace("k = c.Checkpoint(", "k = c.Checkpoint(c.Path(") + "), {}, 1); os._exit(9)"
    )
    found = shell(f'{sys.executable} -c "{script}"', tmp_path)
    assert (found.returncode, found.stderr) == (9, "")
    assert (tmp_path / "k" / "lock").exists()
    Checkpoint(tmp_path / "k", {}, 1).close()


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


@pytest.mark.parametrize("damage", [alter, truncate, Path.unlink])
@pytest.mark.parametrize("name", ["level-0", "level-3", "exploration.json"])
def test_damage_is_noticed(
    damage: "object", name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keep(tmp_path, "--limit-states", 100) == UNKNOWN
    assert callable(damage)
    damage(tmp_path / name)
    capsys.readouterr()
    if (tmp_path / "exploration.json").exists():
        assert keep(tmp_path) == USAGE
        assert f"{name} is damaged" in capsys.readouterr().err
    else:
        assert keep(tmp_path) == OK  # without a journal it starts anew
        assert "288 distinct states" in capsys.readouterr().out


def test_a_folder_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keep(tmp_path) == OK
    for changed, what in (
        (["two_phase", "--size", "Manager=2"], "other sizes"),
        (["die_hard"], "other text, sizes"),
        (["two_phase", "--symmetry"], "other symmetry"),
    ):
        capsys.readouterr()
        assert run("explore", *changed, "--keep", tmp_path) == USAGE
        assert f"holds an exploration with {what};" in capsys.readouterr().err
    monkeypatch.setattr("checkers.explore.certificate.version", lambda _: "another")
    assert keep(tmp_path) == USAGE
    assert "with other version" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[]", "{}", "no JSON", '{"journal": {}, "digest": ""}'])
def test_a_folder_with_another_journal_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "exploration.json").write_text(content)
    with pytest.raises(MachineError, match="damaged"):
        Checkpoint(tmp_path, {}, 1)


# Certificates


SMALL = ("basic", "orchestrated", "bisection", "spec.hardened:one_step")


@pytest.mark.parametrize("name", some_full(SMALL, SMALL[1:]))
def test_whatever_can_be_explored_can_be_kept_and_certified(name: str, tmp_path: Path) -> None:
    """The text's digest is the same for everybody: a folder can be taken up again elsewhere."""
    few = ("--limit-states", 500, "--no-traces")
    certificate, kept = tmp_path / "c.json", tmp_path / "k"
    assert run("explore", name, *few, "--keep", kept, "--certificate", certificate) in (OK, UNKNOWN)
    elsewhere = shell(
        f"tallystick explore {name} --limit-states 500 --no-traces --keep k --certificate d.json",
        tmp_path,
    )
    assert elsewhere.returncode in (OK, UNKNOWN), elsewhere.stderr
    one, other = (json.loads((tmp_path / f"{c}.json").read_text()) for c in "cd")
    assert one["text"] == other["text"]
