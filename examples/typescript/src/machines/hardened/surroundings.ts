/** What does not happen, for nothing is left out and what is taken for granted holds. */

import { require } from "../machine.ts";
import { Evidence } from "./evidence.ts";
import type { Data, Request, Step } from "./market.ts";

export abstract class Surroundings extends Evidence {
  /** The node leaves out what a party sends that is to act. */
  leave_out(_r: Request): void {
    require(false, "what is sent is included");
  }

  /** Time jumps past every deadline. */
  leap(): void {
    require(false, "blocks pass one at a time");
  }

  /** What was sent in the last block comes behind what ends it. */
  overtake(_r: Request): void {
    require(false, "what is in time comes first");
  }

  /** Somebody knows whom the beacon will draw before a request is made. */
  foresee(_r: Request): void {
    require(false, "beacon's round is unknown");
  }

  /** The ledger drops the block with the last record. */
  orphan(_r: Request): void {
    require(false, "block is not final");
  }

  /** Whoever reads the ledger confirms a guess of the data. */
  guess(_r: Request, _i: Step, _d: Data): void {
    require(false, "commitment has no salt");
  }
}
