"""The escrow as a program that `tallystick conform` drives, right or wrong in one way.

    python escrow.py [FAULT]

It knows nothing of Tallystick but the page of the wire.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any  # what the json module reads and writes
Doing: TypeAlias = tuple[list[Callable[[], bool]], Callable[[], None]]
"""The guards of an action, in the order of their reasons, and what it does."""

FAULT = sys.argv[1] if sys.argv[1:] else ""
GUARDS = {
    "place": ["order is new", "seller is another", "price is not nothing", "buyer has the price"],
    "deliver": ["order is placed", "order is open", "party is the seller", "deadline is to come"],
    "refund": ["order is placed", "order is open", "party is the buyer", "deadline has passed"],
    "tick": [],
}
FIELDS = ["now", "purse", "placed", "over", "buyer", "seller", "price", "deadline"]


def is_(fault: str) -> bool:
    return fault == FAULT


class Escrow:
    def __init__(self, folder: str, start: Json) -> None:
        self.folder = Path(folder)
        self.held: Json = {}
        for field, content in start.items():
            if field != "now":
                content = {key[0]: value for key, value in content}
            self.held[field] = content
        if is_("starts richer"):
            self.held["purse"]["party0"] = 4
        self.kept = 0

    # What is asked

    def take(self, action: str, args: list[Json]) -> Json:
        doing = getattr(self, action)
        guards, effect = doing(*args)
        names = GUARDS[action]
        pairs = list(zip(names, guards, strict=True))
        for fault, of, first, second in ORDERS:
            if is_(fault) and of == action:
                pairs[first], pairs[second] = pairs[second], pairs[first]
        for name, holds in pairs:
            if not holds() and not is_(f"no guard: {action}, {name}"):
                return self.refused(name)
        if is_("refuses for no reason") and action == "refund":
            return {"refused": "party is the buyer"}
        if is_("accepts and does nothing") and action == "deliver":
            return {"accepted": True}
        if is_("keeps what was before"):
            self.keep()
        effect()
        if not is_("keeps what was before"):
            self.keep()
        if is_("crashes late") and self.held["now"] == 3:
            os._exit(7)
        if is_("hangs late") and self.held["now"] == 3:
            time.sleep(1000)
        return {"accepted": 1 if is_("accepts with 1") else True}

    def refused(self, name: str) -> Json:
        if is_("refuses in prose"):
            return {"refused": f"sorry: {name}"}
        if is_("one reason for all"):
            return {"refused": "order is open"}
        if is_("says no and nothing more"):
            return {"refused": ""}
        if is_("takes no for yes"):
            return {"accepted": False}
        return {"refused": name}

    def place(self, o: str, b: str, p: str, n: int) -> Doing:
        held = self.held

        def effect() -> None:
            held["placed"][o] = True
            held["buyer"][o] = p if is_("the seller is the buyer") else b
            held["seller"][o] = p
            held["price"][o] = n
            held["deadline"][o] = held["now"] + (3 if is_("late deadline") else 2)
            if is_("deadline of the clock") and held["now"] == 0:
                held["deadline"][o] = 1
            if not is_("takes nothing"):
                held["purse"][b] -= n + (is_("takes one more") and held["purse"][b] > n)

        return [
            lambda: not held["placed"][o],
            lambda: b != p,
            lambda: n > 0,
            lambda: n < held["purse"][b] if is_("keeps one back") else n <= held["purse"][b],
        ], effect

    def deliver(self, o: str, p: str) -> Doing:
        held = self.held

        def effect() -> None:
            held["over"][o] = not is_("delivers again")
            gets = held["buyer"][o] if is_("pays the buyer") else p
            held["purse"][gets] += held["price"][o] - is_("keeps a fee")
            if is_("forgets the price"):
                held["price"][o] = 0
            if is_("turns the clock back"):
                held["now"] = 0

        return [
            lambda: held["placed"][o],
            lambda: not held["over"][o],
            lambda: p == held["seller"][o],
            lambda: (
                held["now"] <= held["deadline"][o]
                if is_("delivers at the deadline")
                else held["now"] < held["deadline"][o]
            ),
        ], effect

    def refund(self, o: str, b: str) -> Doing:
        held = self.held

        def effect() -> None:
            held["over"][o] = not is_("refunds again")
            gets = held["seller"][o] if is_("refunds the seller") else b
            held["purse"][gets] += held["price"][o] * (2 if is_("refunds twice") else 1)

        return [
            lambda: held["placed"][o],
            lambda: not held["over"][o],
            lambda: b == held["buyer"][o],
            lambda: (
                held["now"] > held["deadline"][o]
                if is_("refunds late")
                else held["now"] >= held["deadline"][o]
            ),
        ], effect

    def tick(self) -> Doing:
        def effect() -> None:
            self.held["now"] += 2 if is_("leaps") and self.held["now"] == 1 else 1

        return [], effect

    # What is kept, and shown

    def keep(self) -> None:
        self.kept += 1
        if is_("keeps nothing") or (is_("keeps now and then") and self.kept % 3):
            return
        kept = dict(self.held)
        if is_("keeps no time"):
            kept["now"] = 0
        if is_("keeps no deadline"):
            kept["deadline"] = dict.fromkeys(kept["deadline"], 0)
        new = self.folder / "new"
        new.write_text(json.dumps(kept))
        new.replace(self.folder / "state")

    def resume(self) -> None:
        state = self.folder / "state"
        if state.exists():
            self.held = json.loads(state.read_text())

    def restart(self) -> None:
        if is_("starts anew"):
            self.held["placed"] = dict.fromkeys(self.held["placed"], False)
        elif is_("stops the clock"):
            self.held["now"] = 0
        elif is_("pays again"):
            self.held["purse"]["party1"] += any(self.held["over"].values())
        else:
            self.resume()

    def state(self) -> Json:
        state = {field: self.shown(self.held[field]) for field in FIELDS}
        if is_("numbers as text"):
            state["now"] = str(state["now"])
        if is_("hides a field"):
            del state["price"]
        if is_("shows one more field"):
            state["extra"] = 0
        if is_("truth as numbers"):
            state["over"] = [[key, int(value)] for key, value in state["over"]]
        if is_("maps as objects"):
            state["purse"] = dict(self.held["purse"])
        if is_("keys alone"):
            state["buyer"] = [[key[0], value] for key, value in state["buyer"]]
        if is_("an entry twice"):
            state["placed"] *= 2
        if is_("names of its own"):
            state["seller"] = [[key, value.upper()] for key, value in state["seller"]]
        if is_("shows what is open alone"):
            over = self.held["over"]
            state["price"] = [[key, value] for key, value in state["price"] if not over[key[0]]]
        return state

    def shown(self, content: Json) -> Json:
        if not isinstance(content, dict):
            return content
        return [[[key], value] for key, value in content.items()]


ORDERS = [
    ("price before order", "place", 0, 3),
    ("nothing before another", "place", 1, 2),
    ("seller before open", "deliver", 1, 2),
    ("deadline before buyer", "refund", 2, 3),
]


class Program:
    escrow: Escrow | None = None
    greeted = False

    def hello(self, **asked: Json) -> Json:
        self.greeted = True
        return {
            "protocol": 1,
            "name": "escrow",
            "version": str(time.time_ns()) if is_("another version each time") else "1",
            "machine": "escrow",
            "actions": list(GUARDS),
            "fields": FIELDS,
            "restarts": ["kill", "clean"],
            "window": 16,
            "order": True,
        }

    def open(self, folder: str, resume: bool, start: Json, **asked: Json) -> Json:
        assert self.greeted, "hello comes first"
        if self.escrow is None or not is_("forgets to begin anew"):
            self.escrow = Escrow(folder, start)
        if resume:
            self.escrow.resume()
        return {}

    def take(self, action: str, args: list[Json]) -> Json:
        return self.opened.take(action, args)

    def state(self) -> Json:
        return {"state": self.opened.state()}

    def restart(self) -> Json:
        self.opened.restart()
        return {}

    def close(self) -> Json:
        return {}

    @property
    def opened(self) -> Escrow:
        assert self.escrow is not None
        return self.escrow


def main() -> None:
    program, answered = Program(), 0
    for line in sys.stdin:
        asked = json.loads(line)
        number, do = asked.pop("id"), asked.pop("do")
        answered += 1
        said = {"id": number, **getattr(program, do)(**asked)}
        if is_("no id") and do == "take":
            del said["id"]
        if is_("ids of its own") and answered > 50:
            said["id"] += 1
        if is_("says more than it is asked") and do == "state":
            print("a state was asked for")
        if is_("one more name") and do == "take":
            said["took"] = 1
        if is_("half an answer") and answered > 50:
            sys.stdout.write(json.dumps(said))
            sys.stdout.flush()
            continue
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
