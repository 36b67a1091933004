/** How a version comes on the market, and off it. */

import { require } from "../machine.ts";
import { Accounts } from "./accounts.ts";
import type { Component, Party, Stage, Step, Version } from "./market.ts";

export abstract class Registration extends Accounts {
  /** The provider records what a version agrees on. */
  propose(p: Party, m: Version): void {
    require(p === this.provider.get(m), "provider is the version's");
    require(this.stage.get(m) === "DRAFT", "version is new");

    this.stage.set(m, "PROPOSED");
    this.offered.set(m, this.agreeing.get(m));
  }

  /** A provider who contributes to a version agrees to it. */
  sign(p: Party, m: Version): void {
    this.#requireStage(m, "PROPOSED", "version is proposed");
    require(this.contributes.get(m, p), "provider contributes to the version");

    this.signed.set(m, p, true);
  }

  /** Who contributes a component hands it to a holder of its step, off the ledger. */
  hand_over(m: Version, i: Step, v: Party, c: Component): void {
    require(this.holder.get(m, i, v), "vendor holds the step");
    require(!this.acknowledged.get(m, i, v), "component is not acknowledged");

    this.handed.set(m, i, v, c);
    this.deviate(this.contributor.get(m, i), c !== this.component.get(m, i));
  }

  /** A holder confirms that it was handed the registered component, and that it is one. */
  acknowledge(v: Party, m: Version, i: Step): void {
    this.#requireStage(m, "PROPOSED", "version is proposed");
    require(this.holder.get(m, i, v), "vendor holds the step");

    this.acknowledged.set(m, i, v, true);
    const isRegistered = this.handed.get(m, i, v) === this.component.get(m, i);
    this.deviate(v, !(isRegistered && this.true.get(m, i)));
  }

  /** A holder refuses component or terms. Then every holder is asked anew. */
  reject(v: Party, m: Version, i: Step): void {
    this.#requireStage(m, "PROPOSED", "version is proposed");
    require(this.holder.get(m, i, v), "vendor holds the step");

    this.stage.set(m, "DRAFT");
    this.#askAnew(m);
  }

  /** A version that every provider signed and every holder acknowledged can be requested. */
  activate(m: Version): void {
    this.#requireStage(m, "PROPOSED", "version is proposed");
    require(this.#isSigned(m), "every provider has signed");
    require(this.#isAcknowledged(m), "every holder has acknowledged");

    this.stage.set(m, "ACTIVE");
    this.offered.set(m, 0);
    this.current.set(this.provider.get(m), this.api.get(m), m);
  }

  /** The provider takes a version off the market; open requests still end on it. */
  retire(p: Party, m: Version): void {
    require(p === this.provider.get(m), "provider is the version's");
    this.#requireStage(m, "ACTIVE", "version is active");

    this.stage.set(m, "RETIRED");
  }

  /** A block passes: what was offered for too long is as if it had never been. */
  protected forgetDrafts(): void {
    for (const [[m], left] of this.offered.entries()) {
      if (left <= 1 && ["DRAFT", "PROPOSED"].includes(this.stage.get(m))) this.#forget(m);
      this.offered.set(m, Math.max(0, left - 1));
    }
  }

  #forget(m: Version): void {
    this.stage.set(m, "DRAFT");
    this.#askAnew(m);
    for (const [[n, p]] of this.signed.entries()) if (n === m) this.signed.set(n, p, false);
  }

  #askAnew(m: Version): void {
    for (const [j, w] of this.#holders(m)) this.acknowledged.set(m, j, w, false);
  }

  #requireStage(m: Version, stage: Stage, reason: string): void {
    require(this.stage.get(m) === stage, reason);
  }

  #isSigned(m: Version): boolean {
    return this.contributes
      .entries()
      .every(([[n, p], contributes]) => n !== m || !contributes || this.signed.get(m, p));
  }

  #isAcknowledged(m: Version): boolean {
    const last = this.last.get(m);
    return this.#holders(m).every(([i, v]) => i > last || this.acknowledged.get(m, i, v));
  }

  #holders(m: Version): [i: Step, v: Party][] {
    return this.holder
      .entries()
      .filter(([[n], holds]) => n === m && holds)
      .map(([[, i, v]]) => [i, v]);
  }
}
