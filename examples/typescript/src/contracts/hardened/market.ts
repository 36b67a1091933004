/** What a hardened ledger has come to, and how a request goes on and fails. */

import { type Bytes, nameOf } from "../../bytes/bytes.ts";
import { type Charter, type Phase, charterOf } from "../../ledger/charter.ts";
import type { Kind } from "../../ledger/contract.ts";
import type { Genesis } from "../../ledger/genesis.ts";
import { require } from "../../machines/machine.ts";
import { type Account, Accounts } from "./accounts.ts";
import { Keys } from "./keys.ts";
import type { Request } from "./request.ts";
import { Versions } from "./versions.ts";

/** Kinds of transactions, by their names. */
export type Kinds = Readonly<Record<string, Kind>>;

export class Market {
  readonly genesis: Genesis;
  readonly charter: Charter;
  readonly accounts: Accounts;
  readonly keys = new Keys();
  readonly versions = new Versions();
  readonly requests = new Map<string, Request>();
  /** The names of those who are convicted. */
  readonly convicted = new Set<string>();
  /** How many blocks of time have passed. */
  now = 0n;

  constructor(genesis: Genesis) {
    this.genesis = genesis;
    this.charter = charterOf(genesis.agreed);
    this.accounts = new Accounts(this.charter.purses);
  }

  find(id: Bytes): Request | undefined {
    return this.requests.get(nameOf(id));
  }

  /** The request of an identifier, which must be in one of some phases. */
  in(phases: readonly Phase[], id: Bytes, reason: string): Request {
    const made = this.find(id);
    require(made !== undefined && phases.includes(made.phase), reason);
    return made;
  }

  /** A request enters a phase, and its window opens. */
  enter(made: Request, phase: Phase): void {
    made.phase = phase;
    made.deadline = this.now + this.charter.windows[phase];
  }

  isOverdue(made: Request): boolean {
    return this.now >= made.deadline;
  }

  requireOverdue(made: Request): void {
    require(this.isOverdue(made), "deadline has passed");
  }

  convict(party: Bytes): void {
    this.convicted.add(nameOf(party));
  }

  /** A request fails by the fault of the executor of a step, whose pot makes up for the refund. */
  fail(made: Request, step: number): void {
    const [short, { pot }] = [made.price - made.escrow.money, made.step(step)];
    const covered = short < pot.money ? short : pot.money;
    this.refund(made);
    pot.pay(this.#bondOfProvider(made), covered);
    pot.pay(this.accounts.treasury);
  }

  /** The consumer gets the whole price: what is left of it, and the rest from the surety. */
  refund(made: Request): void {
    const consumer = this.accounts.balance(made.consumer);
    made.surety.pay(consumer, made.price - made.escrow.money);
    made.escrow.pay(consumer);
    this.releaseSurety(made);
    this.enter(made, "refunded");
  }

  /** What is left of the provider's guarantee is the provider's again. */
  releaseSurety(made: Request): void {
    made.surety.pay(this.#bondOfProvider(made));
  }

  #bondOfProvider(made: Request): Account {
    return this.accounts.bond(made.terms.provider);
  }
}

/** The body of a kind that is about a request, and has nothing else. */
export const REQUEST = { request: "bytes" } as const;
