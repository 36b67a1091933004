/** What shows by itself: two outputs of a step, and two histories of the ledger. */

import { require } from "../machine.ts";
import type { Key, Party, Request, Step } from "./market.ts";
import { Quarrel } from "./quarrel.ts";

export abstract class Evidence extends Quarrel {
  /** A party signs with another key from now on; what it has vouched for shows nothing any more. */
  rotate(p: Party): void {
    this.in_force.at(p).value += 1;
    this.forked.set(p, false);
  }

  /** An executor signs a second output for a step, off the ledger. */
  equivocate(r: Request, i: Step, k: Key): void {
    this.#requireRecorded(r, i);
    const since = this.since.get(r, i);
    require(since <= k, "key was not replaced before the step was assigned");
    const v = this.executor.get(r, i);
    require(k <= this.in_force.get(v), "key is or was in force");

    this.#signTwice(r, i, k);
    this.deviated.set(v, true);
  }

  /** A thief signs a second output with a key that its owner replaced before it had the step. */
  forge(r: Request, i: Step, k: Key): void {
    this.#requireRecorded(r, i);
    require(!this.signed_twice.get(r, i), "no other output is signed");
    require(k < this.since.get(r, i), "key was replaced before the step was assigned");

    this.#signTwice(r, i, k);
  }

  /** Somebody shows two signed outputs for one step: the executor loses what it has at stake. */
  expose(r: Request, i: Step): void {
    require(this.isOver(r), "request is over");
    require(this.pot.get(r, i) > 0, "something is at stake");
    require(this.signed_twice.get(r, i), "two outputs are signed");
    const shows = this.since.get(r, i) <= this.second.get(r, i);
    require(shows, "key was not replaced before the step was assigned");

    this.convicted.set(this.executor.get(r, i), true);
    this.confiscate(this.pot.at(r, i));
  }

  /** Who keeps the ledger, or witnesses it, vouches for two histories, off the ledger. */
  fork(p: Party): void {
    this.forked.set(p, true);
    this.deviated.set(p, true);
  }

  /** Somebody shows two blocks for one place: whoever vouched for both is convicted. */
  show_fork(p: Party): void {
    require(this.forked.get(p), "two histories are signed");

    this.convicted.set(p, true);
  }

  #requireRecorded(r: Request, i: Step): void {
    require(this.recorded.get(r, i), "step is recorded");
  }

  #signTwice(r: Request, i: Step, k: Key): void {
    this.signed_twice.set(r, i, true);
    this.second.set(r, i, k);
  }
}
