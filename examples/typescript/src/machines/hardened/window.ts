/** The window in which every step is recorded: audits are drawn, and without a dispute it settles. */

import { require } from "../machine.ts";
import { moveAll } from "./accounts.ts";
import { Faults } from "./faults.ts";
import type { Party, Request, Seed, Step } from "./market.ts";

export abstract class Window extends Faults {
  /** The beacon's round after the last record is out: audits are drawn by it. */
  draw_lots(r: Request, b: Seed): void {
    this.requireWindow(r);
    require(!this.lots_drawn.get(r), "audits are not drawn");

    this.lot.set(r, b);
    this.lots_drawn.set(r, true);
  }

  /** Nobody complained in time: the providers have earned what is left of the price. */
  settle(r: Request): void {
    this.requireWindow(r);
    this.requireOverdue(r);
    require(this.#isAudited(r), "drawn audits are held");

    const m = this.pinned.get(r);
    const isBad = this.published.get(r) && !this.sound.get(r);
    const isMissing = !this.received.get(r) && !this.published.get(r);
    this.neglected.set(r, this.hadTime(r) && (isBad || isMissing));
    this.earned.at(m).value += this.escrow.get(r);
    moveAll(this.escrow.at(r), this.revenue.at(m));
    this.releaseSurety(r);
    this.enter(r, "SETTLED");
  }

  /** A block passes. */
  tick(): void {
    this.forgetDrafts();
    for (const [[r], left] of this.left.entries()) this.left.set(r, Math.max(0, left - 1));
  }

  protected requireWindow(r: Request): void {
    require(this.isIn(r, "WINDOW"), "window is open");
  }

  /** Who checks a step if chance draws it for an audit. */
  protected auditorOf(r: Request, i: Step): Party {
    return this.checks.get(this.pinned.get(r), i, this.lot.get(r), this.executor.get(r, i));
  }

  protected stepsOf(r: Request): Step[] {
    return [...Array(this.last.get(this.pinned.get(r)) + 1).keys()];
  }

  /** Whether every step that chance drew for an audit has been checked. */
  #isAudited(r: Request): boolean {
    const lot = this.lot.get(r);
    const drawn = this.stepsOf(r).filter((i) => this.lots_drawn.get(r) && this.audited.get(lot, i));
    return drawn.every((i) => this.chances.get(r, i, this.auditorOf(r, i)) === 0);
  }
}
