/** What both of the paper's machines have: a contract that matches requests with records. */

import { Fun, type Machine, Table, type Value, require } from "./machine.ts";

// Elements of sorts, by their names.
export type Api = string;
export type Model = string;
export type Component = string;
export type Digest = string;
export type Data = string;

// Places in a sequence, from 0.
export type Step = number;
export type Request = number;
export type Record = number;

/** `Who` records, and `What` is what a record tells of an input or an output. */
export abstract class Matching<Who extends Value, What extends Value> implements Machine {
  // What the provider decides.
  readonly last = new Fun<[Model], Step>();
  readonly component = new Fun<[Model, Step], Component>();
  readonly digest = new Fun<[Component], Digest>();

  // On the ledger: registered APIs.
  readonly registered = new Table<[Api], boolean>();
  readonly provider = new Table<[Api], Who>();
  readonly model = new Table<[Api], Model>();

  // On the ledger: requests, of which there are `requests`.
  requests: Request = 0;
  readonly consumer = new Table<[Request], Who>();
  readonly api = new Table<[Request], Api>();
  readonly input = new Table<[Request], What>();

  // On the ledger: records of executed steps, of which there are `records`.
  records: Record = 0;
  readonly author = new Table<[Record], Who>();
  readonly received = new Table<[Record], What>();
  readonly produced = new Table<[Record], What>();
  readonly claimed = new Table<[Record], Digest>();

  // What the contract finds: `awaited` must go into the next step; at the end it is the output.
  readonly turn = new Table<[Request], Step>();
  readonly awaited = new Table<[Request], What>();
  readonly complete = new Table<[Request], boolean>();
  readonly evidence = new Table<[Request, Step], Record>();
  readonly convicted = new Table<[Who], boolean>();

  // What an onlooker who sees everything would know.
  readonly deviated = new Table<[Who], boolean>();

  abstract readonly actions: Machine["actions"];

  /** Requires that whoever recorded something is one to execute a step of a model. */
  protected abstract requireExecutor(v: Who, m: Model, i: Step): void;

  /** The contract finds the next step of a request executed. */
  match(r: Request, e: Record): void {
    this.#requireNextStep(r, e);
    require(this.claimed.get(e) === this.#registeredDigest(r), "digest is the registered one");

    const i = this.turn.get(r);
    const isLast = i === this.last.get(this.modelOf(r));
    this.evidence.set(r, i, e);
    this.awaited.set(r, this.produced.get(e));
    this.complete.set(r, isLast);
    this.turn.set(r, isLast ? i : i + 1);
  }

  /** The contract finds that a vendor ran the wrong code. */
  convict(r: Request, e: Record): void {
    this.#requireNextStep(r, e);
    require(
      this.claimed.get(e) !== this.#registeredDigest(r),
      "digest differs from the registered one",
    );

    this.convicted.set(this.author.get(e), true);
  }

  protected modelOf(r: Request): Model {
    return this.model.get(this.api.get(r));
  }

  /** A request is appended to the ledger. */
  protected appendRequest(c: Who, a: Api, x: What): void {
    const r = this.requests;
    this.consumer.set(r, c);
    this.api.set(r, a);
    this.input.set(r, x);
    this.awaited.set(r, x);
    this.requests += 1;
  }

  /** A record is appended to the ledger. */
  protected appendRecord(v: Who, x: What, y: What, h: Digest): void {
    const e = this.records;
    this.author.set(e, v);
    this.received.set(e, x);
    this.produced.set(e, y);
    this.claimed.set(e, h);
    this.records += 1;
  }

  /** Notes that somebody has deviated, if so. */
  protected deviate(p: Who, wrong: boolean): void {
    if (wrong) this.deviated.set(p, true);
  }

  #requireNextStep(r: Request, e: Record): void {
    require(r < this.requests, "request is registered");
    require(e < this.records, "record is on the ledger");
    require(!this.complete.get(r), "a step is left");
    this.requireExecutor(this.author.get(e), this.modelOf(r), this.turn.get(r));
    require(this.received.get(e) === this.awaited.get(r), "record continues the sequence");
  }

  /** The digest of the component of the step whose turn it is. */
  #registeredDigest(r: Request): Digest {
    return this.digest.get(this.component.get(this.modelOf(r), this.turn.get(r)));
  }
}
