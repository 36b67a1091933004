/** What there is in the machine `hardened`: all that is agreed, and all that is remembered. */

import { Fun, type Machine, Table } from "../machine.ts";

// Elements of sorts, by their names.
export type Party = string;
export type Api = string;
export type Version = string;
export type Component = string;
export type Data = string;
export type Commitment = string;
export type Seed = string;
export type Request = string;

/** A place in the sequence of components, from 0; one past the last is the consumer's. */
export type Step = number;

/** How many holders of a step were drawn before the one at work. */
export type Attempt = number;

/** How often a party can still dispute a step. */
export type Chance = number;

/** How often a quarrel is still to be halved. */
export type Round = number;

/** Which of its keys a party signs with, from 0, in the order in which it had them. */
export type Key = number;

/** Blocks that are left. */
export type Time = number;

export type Money = number;

/** Hundredths. */
export type Percent = number;

/** Where a version stands. */
export type Stage = "DRAFT" | "PROPOSED" | "ACTIVE" | "RETIRED";

/** Where a request stands. */
export type Phase =
  | "FREE" // nobody has made it
  | "OPEN" // it waits for the beacon
  | "ROUTED" // the executor of its step is to be drawn
  | "WORK" // the executor is to record
  | "DEMANDED" // its sender is to publish data that did not arrive
  | "PUBLISHED" // the executor was answered, and is to record
  | "WINDOW" // every step is recorded; what is wrong can be disputed
  | "DISPUTED" // the executor is to open its step, or to say what is in the middle
  | "NARROWED" // its opponent is to say in which half the first difference is
  | "OPENED" // the step, or one row of it, can be run again
  | "SETTLED"
  | "REFUNDED"
  | "FORFEITED"; // the consumer did not give its input

const OVER: readonly Phase[] = ["SETTLED", "REFUNDED", "FORFEITED"];

export abstract class Market implements Machine {
  // What could be left out, or taken for granted in vain. Nothing is.
  readonly without = new Fun<[hardening: string], boolean>();
  readonly fails = new Fun<[assumption: string], boolean>();

  // What a version agrees on.
  readonly api = new Fun<[Version], Api>();
  /** Who registers a version and answers for it; others may contribute. */
  readonly provider = new Fun<[Version], Party>();
  readonly contributes = new Fun<[Version, Party], boolean>();
  readonly share = new Fun<[Version, Party], Percent>();
  readonly last = new Fun<[Version], Step>();
  readonly component = new Fun<[Version, Step], Component>();
  /** Who hands the component of a step to its holders. */
  readonly contributor = new Fun<[Version, Step], Party>();
  readonly holder = new Fun<[Version, Step, Party], boolean>();
  /** How many holders of a step may fail before a request does. */
  readonly spares = new Fun<[Version], Attempt>();
  /** What the steps from this one on, and then the providers, are paid. */
  readonly cost = new Fun<[Version, Step], Money>();
  readonly stake = new Fun<[Version], Money>();
  /** What it costs to demand data, and half of what it costs to dispute a step. */
  readonly toll = new Fun<[Version], Money>();
  readonly rounds = new Fun<[Version, Step], Round>();
  /** Whether a version says the truth of a step. */
  readonly true = new Fun<[Version, Step], boolean>();
  readonly takes = new Fun<[Version, Step, Data], boolean>();
  readonly gives = new Fun<[Version, Step, Data], boolean>();

  // What a ledger agrees on.
  readonly window = new Fun<[Phase], Time>();
  /** Blocks in which all have to agree to a version that is proposed, or it is forgotten. */
  readonly agreeing = new Fun<[Version], Time>();
  readonly purse = new Fun<[Party], Money>();

  // What computing, committing and chance mean.
  readonly run = new Fun<[Component, Data], Data>();
  /** What a component makes of data wherever else it is run. */
  readonly rerun = new Fun<[Component, Data], Data>();
  readonly opens = new Fun<[Commitment], Data>();
  /** Who executes a step, after so many who did not. */
  readonly drawn = new Fun<[Version, Step, Seed, Attempt], Party>();
  /** Who checks what an executor recorded, if the step is audited. */
  readonly checks = new Fun<[Version, Step, Seed, executor: Party], Party>();
  readonly audited = new Fun<[Seed, Step], boolean>();

  // Off the ledger: what holders were handed, whether data has arrived, and what else is signed.
  readonly handed = new Table<[Version, Step, Party], Component>();
  readonly received = new Table<[Request], boolean>();
  readonly signed_twice = new Table<[Request, Step], boolean>();
  /** With which of its executor's keys a second output of a step is signed. */
  readonly second = new Table<[Request, Step], Key>();
  /** Who vouches for two histories of the ledger. */
  readonly forked = new Table<[Party], boolean>();

  // On the ledger: versions.
  readonly stage = new Table<[Version], Stage>();
  /** Blocks that are left until a version that is not on the market is forgotten. */
  readonly offered = new Table<[Version], Time>();
  readonly signed = new Table<[Version, Party], boolean>();
  readonly acknowledged = new Table<[Version, Step, Party], boolean>();
  /** The version of each API that was activated last. */
  readonly current = new Table<[Party, Api], Version>();
  readonly disclosed = new Table<[Version, Step], boolean>();

  // On the ledger: keys.
  readonly in_force = new Table<[Party], Key>();
  /** The key that the executor of a step had in force when that was assigned to it. */
  readonly since = new Table<[Request, Step], Key>();

  // On the ledger: requests, and where they stand.
  readonly phase = new Table<[Request], Phase>();
  readonly left = new Table<[Request], Time>();
  readonly consumer = new Table<[Request], Party>();
  readonly pinned = new Table<[Request], Version>();
  readonly seed = new Table<[Request], Seed>();
  /** What audits are drawn by. */
  readonly lot = new Table<[Request], Seed>();
  readonly lots_drawn = new Table<[Request], boolean>();
  readonly turn = new Table<[Request], Step>();

  // On the ledger: steps of requests.
  readonly attempt = new Table<[Request, Step], Attempt>();
  /** What goes into a step; at one past the last, the output. */
  readonly link = new Table<[Request, Step], Commitment>();
  /** Who committed to that: the consumer, then each executor in turn. */
  readonly author = new Table<[Request, Step], Party>();
  readonly executor = new Table<[Request, Step], Party>();
  readonly recorded = new Table<[Request, Step], boolean>();
  readonly built_on = new Table<[Request, Step], Commitment>();

  // On the ledger: data that was demanded.
  readonly published = new Table<[Request], boolean>();
  /** Whether what was published opens the commitment. */
  readonly sound = new Table<[Request], boolean>();
  /** Whether anything was ever published for a step that does not. */
  readonly unsound = new Table<[Request, Step], boolean>();

  // On the ledger: disputes.
  readonly chances = new Table<[Request, Step, Party], Chance>();
  readonly disputed = new Table<[Request], Step>();
  /** What is left of the window once the dispute is over. */
  readonly window_left = new Table<[Request], Time>();
  /** Who disputes the step, or was drawn to check it. */
  readonly opponent = new Table<[Request], Party>();
  readonly halvings = new Table<[Request], Round>();
  /** Whether the opponent was told what it needs to follow the quarrel. */
  readonly informed = new Table<[Request], boolean>();
  readonly by_row = new Table<[Request], boolean>();
  /** Whether the one row that was opened leads to what the executor says. */
  readonly row_leads = new Table<[Request], boolean>();

  // On the ledger: money, each unit in one account at a time.
  supply: Money = 0;
  readonly balance = new Table<[Party], Money>();
  readonly bond = new Table<[Party], Money>();
  readonly escrow = new Table<[Request], Money>();
  readonly surety = new Table<[Request], Money>();
  readonly toll_paid = new Table<[Request], Money>();
  readonly pot = new Table<[Request, Step], Money>();
  readonly revenue = new Table<[Version], Money>();
  treasury: Money = 0;

  // On the ledger: what is counted of money that has left an account.
  readonly earned = new Table<[Version], Money>();
  readonly collected_share = new Table<[Version, Party], Money>();
  readonly collected = new Table<[Request, Step], Money>();
  readonly refunded = new Table<[Request], Money>();

  // On the ledger: verdicts.
  readonly convicted = new Table<[Party], boolean>();

  // What an onlooker who sees everything would know.
  readonly deviated = new Table<[Party], boolean>();
  /** Whether what a quarrel is still about leads to what the executor says. */
  readonly leads = new Table<[Request], boolean>();
  /** Whether the first half of that leads to what the executor says of the middle. */
  readonly first_leads = new Table<[Request], boolean>();
  readonly neglected = new Table<[Request], boolean>();
  /** What a provider has lost by the fault of an executor. */
  readonly uncovered = new Table<[Request], Money>();

  // What would come of it if something were left out, or taken for granted in vain.
  readonly hindered = new Table<[Request], boolean>();
  readonly in_vain = new Table<[Request], boolean>();
  readonly guessed = new Table<[Request, Step], boolean>();
  readonly fled = new Table<[Request, Step], boolean>();
  readonly foreseen = new Table<[Request], boolean>();

  abstract readonly actions: Machine["actions"];

  /** Throws for a market in which something is left out, or fails: this one has all of it. */
  begun(): void {
    const missing = [...this.without.entries(), ...this.fails.entries()].find(([, is]) => is);
    if (missing) throw new Error(`${missing[0]} is given up, and here is nothing without it`);
  }

  /** What the consumer pays for a request. */
  protected priceOf(r: Request): Money {
    return this.cost.get(this.pinned.get(r), 0);
  }

  /** Whether every step is recorded, and the consumer is the one to receive. */
  protected isDelivering(r: Request): boolean {
    return this.last.get(this.pinned.get(r)) < this.turn.get(r);
  }

  /** Who is to receive data next. */
  protected receiverOf(r: Request): Party {
    return this.isDelivering(r) ? this.consumer.get(r) : this.executor.get(r, this.turn.get(r));
  }

  /** Who committed to the data that is to be received next. */
  protected senderOf(r: Request): Party {
    return this.author.get(r, this.turn.get(r));
  }

  /** Whether nothing more happens to a request. */
  protected isOver(r: Request): boolean {
    return OVER.includes(this.phase.get(r));
  }

  protected isIn(r: Request, ...phases: Phase[]): boolean {
    return phases.includes(this.phase.get(r));
  }

  /** A request enters a phase, and its window opens. */
  protected enter(r: Request, phase: Phase): void {
    this.phase.set(r, phase);
    this.left.set(r, this.window.get(phase));
    this.hindered.set(r, false);
  }

  /** Notes that somebody has deviated, if so. */
  protected deviate(p: Party, wrong: boolean): void {
    if (wrong) this.deviated.set(p, true);
  }

  /** Whether who was to act could have, in all the time that there was. */
  protected hadTime(r: Request): boolean {
    return this.left.get(r) === 0 && !this.hindered.get(r);
  }
}
