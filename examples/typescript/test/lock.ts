/** The lock of Tallystick's README, which the examples of machines and of the wire are about. */

import { type Machine, type State, Table, begin, require } from "../src/machines/machine.ts";

type Client = string;

export class Lock implements Machine {
  held = false;
  readonly holds = new Table<[Client], boolean>();

  readonly actions = [this.acquire, this.release];

  acquire(c: Client): void {
    require(!this.held, "lock is free");

    this.held = true;
    this.holds.set(c, true);
  }

  release(c: Client): void {
    require(this.holds.get(c), "client holds the lock");

    this.holds.set(c, false);
    this.held = false;
  }
}

export const START: State = {
  held: false,
  holds: [[["client0"], false], [["client1"], false], [["client2"], false]],
};

/** A lock for three clients, in a state that may leave out what is as it was at the start. */
export function lock(state: State): Lock {
  const made = new Lock();
  begin(made, {}, START);
  begin(made, {}, state);
  return made;
}
