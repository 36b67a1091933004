/** How a quarrel about a step is narrowed down to one row (`machines/bisection.ts` says why). */

import { require } from "../machine.ts";
import { Disputes } from "./disputes.ts";
import type { Request } from "./market.ts";

export abstract class Quarrel extends Disputes {
  /**
   * The executor says what it had in the middle; the first half leads there, or does not.
   *
   * With its first move it also tells its opponent what that needs to follow, or does not.
   */
  narrow(r: Request, first: boolean, sound: boolean): void {
    this.requireDisputed(r);
    require(this.halvings.get(r) > 0, "quarrel is about more than one row");

    const all = this.rounds.get(this.pinned.get(r), this.disputed.get(r));
    if (this.halvings.get(r) === all) this.informed.set(r, sound);
    this.halvings.at(r).value -= 1;
    this.first_leads.set(r, first);
    this.enter(r, "NARROWED");
    const isWrong = this.leads.get(r) && !first;
    this.deviate(this.suspectOf(r), isWrong || !this.informed.get(r));
  }

  /** The opponent says whether it had the same there, and so which half is left. */
  answer(r: Request, same: boolean): void {
    this.#requireNarrowed(r);

    const first = this.first_leads.get(r);
    this.deviate(this.opponent.get(r), same !== first || !this.informed.get(r));
    this.leads.set(r, first && (this.leads.get(r) || !same));
    this.enter(r, "DISPUTED");
  }

  /** An opponent that does not answer in time has lost. It is not convicted. */
  concede(r: Request): void {
    this.#requireNarrowed(r);
    this.requireOverdue(r);

    this.deviate(this.opponent.get(r), this.hadTime(r));
    this.dismissDispute(r);
  }

  /** Somebody shows that the opponent was not told what it needs: that decides. */
  complain(r: Request): void {
    this.#requireNarrowed(r);
    require(!this.informed.get(r), "opponent was not told what it needs");

    this.upholdDispute(r);
  }

  /** The executor opens the one row that is left, which anybody can check. */
  open_row(r: Request): void {
    this.requireDisputed(r);
    require(this.halvings.get(r) === 0, "quarrel is about one row");

    this.by_row.set(r, true);
    this.row_leads.set(r, this.leads.get(r));
    this.enter(r, "OPENED");
  }

  #requireNarrowed(r: Request): void {
    require(this.isIn(r, "NARROWED"), "opponent is to answer");
  }
}
