"""Steps a second through the pipe, beside an echo: `python -m benchmarks.conform`.

A program for the lock server, which costs little, is led through vectors with many requests under
way; its peer is `cat`, which is sent as many lines of that length as there are steps, so many at a
time, and sends them back. The goal: 50,000 steps a second. Then the reference, as a program, is led
through all vectors that are released: within 30 s.
"""

import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from checkers.conform.gather import Gatherer, Sources
from checkers.conform.program import Patience
from checkers.conform.replaying import Replayer
from checkers.conform.stage import Stage
from checkers.conform.vectors import RELEASED, Vectors
from checkers.conform.wire import Session
from checkers.lockstep.run import Lockstep
from checkers.market.conforming import stage_of
from checkers.market.subjects import SUBJECTS
from spec.textbook.lock_server import lock_server

REPETITIONS = 5
WALKS = 500
WINDOW = 64
LINE = b'{"id":123456,"do":"take","action":"receive_grant","args":["client0"]}\n'
ASKED, GRANTED, RETURNED, HELD = "lock_sent", "grant_sent", "unlock_sent", "holds"
PROGRAM = f"""
import json, sys

GUARDS = {{
    "grant": ("{ASKED}", "client has asked"),
    "receive_grant": ("{GRANTED}", "lock is on its way to the client"),
    "release": ("{HELD}", "client holds the lock"),
    "receive_release": ("{RETURNED}", "lock is on its way to the server"),
}}
NEXT = {{
    "ask": "{ASKED}", "grant": "{GRANTED}", "receive_grant": "{HELD}", "release": "{RETURNED}"
}}
where = {{}}
read = json.JSONDecoder().decode
for line in sys.stdin:
    asked = read(line)
    do, said = asked["do"], ""
    if do == "take":
        action, client = asked["action"], asked["args"][0]
        field, reason = GUARDS.get(action, ("", ""))
        if action == "grant" and not free:
            said = ',"refused":"server has the lock"'
        elif field and client not in where[field]:
            said = f',"refused":"{{reason}}"'
        else:
            where.get(field, set()).discard(client)
            where.get(NEXT.get(action), set()).add(client)
            free = action == "receive_release" or (free and action != "grant")
            said = ',"accepted":true'
    elif do == "state":
        state = {{name: [[[c], True] for c in sorted(clients)] for name, clients in where.items()}}
        said = ',"state":' + json.dumps({{**state, "server_holds": free}})
    elif do == "open":
        where = {{name: set() for name in ("{ASKED}", "{GRANTED}", "{RETURNED}", "{HELD}")}}
        free = True
    elif do == "hello":
        said = ',"protocol":1,"name":"lock","version":"1","machine":"lock_server",' \\
            '"actions":["ask","grant","receive_grant","release","receive_release"],' \\
            '"fields":["lock_sent","grant_sent","unlock_sent","holds","server_holds"],' \\
            '"restarts":[],"window":{WINDOW},"order":true'
    sys.stdout.write(f'{{{{"id":{{asked["id"]}}{{said}}}}}}\\n')
    sys.stdout.flush()
"""


def replayed(command: list[str], stage: Stage[Any], vectors: Vectors) -> float:
    """Seconds for all steps of some vectors; the program's start is left out."""
    with Session(command, stage, Patience(20, 100)) as session:
        hello = session.hello()
        lockstep = Lockstep(stage.machine, session.setup(hello))
        replayer = Replayer(session, hello, vectors, lockstep)
        started = perf_counter()
        found = replayer.replay()
        seconds = perf_counter() - started
    if found.steps != vectors.steps:
        name, all_steps = stage.machine.name, vectors.steps
        raise SystemExit(f"{name}: {found.steps:,} of {all_steps:,} steps: {found}")
    return seconds


def echoed(steps: int) -> float:
    """Seconds for as many lines that come back as they are."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        started = perf_counter()
        for _ in range(steps // WINDOW):
            process.stdin.write(LINE * WINDOW)
            process.stdin.flush()
            for _ in range(WINDOW):
                process.stdout.readline()
        return perf_counter() - started


def rate(steps: int, seconds: Callable[[], float]) -> float:
    """Steps a second, the median of some repetitions."""
    return steps / median(seconds() for _ in range(REPETITIONS))


def main() -> None:
    """Print a row for each."""
    stage = Stage.of(lock_server)
    vectors = Gatherer(stage, Sources(walks=WALKS, seeks=5)).gather()
    command = [sys.executable, "-c", PROGRAM]
    ours = rate(vectors.steps, lambda: replayed(command, stage, vectors))
    echo = rate(vectors.steps, lambda: echoed(vectors.steps))
    print(f"lock server {ours:,.0f} steps/s, echo {echo:,.0f} lines/s, {ours / echo:.2f} of it")
    whole = 0.0
    for path in sorted(RELEASED.glob("*.json")):
        subject = SUBJECTS[path.stem]
        serving = [sys.executable, "-m", "checkers.cli", "serve", path.stem]
        released = Vectors.read(path)
        taken = replayed(serving, stage_of(subject), released)
        whole += taken
        print(f"{path.stem:16} {released.steps:6,} steps {taken:6.1f} s")
    print(f"all that is released {whole:6.1f} s; the goal is 30")


if __name__ == "__main__":
    main()
