/** The machine `basic`: the marketplace as the paper states it, with all data on the ledger. */

import { Fun, Table, require } from "./machine.ts";
import {
  type Api,
  type Component,
  type Data,
  type Digest,
  Matching,
  type Model,
  type Record,
  type Request,
  type Step,
} from "./matching.ts";

/** Whoever acts, by an identity on the ledger: a provider, a vendor or a consumer. */
type Party = string;

export class Basic extends Matching<Party, Data> {
  // What the provider decides, and what computing means.
  readonly vendor = new Fun<[Model, Step], Party>();
  readonly run = new Fun<[Component, Data], Data>();

  // Off the ledger: which component the provider handed over for a step.
  readonly deployed = new Table<[Model, Step], boolean>();
  readonly handed = new Table<[Model, Step], Component>();

  // What the consumer did with the outcome, or that it waited in vain.
  readonly taken = new Table<[Request], boolean>();
  readonly admitted = new Table<[Request], boolean>();
  readonly contested = new Table<[Request], Data>();
  readonly overdue = new Table<[Request], boolean>();

  override readonly actions = [
    this.deploy,
    this.register,
    this.request,
    this.record,
    this.take,
    this.wait,
    this.match,
    this.convict,
    this.contest,
  ];

  /** The provider hands a component to the vendor of a step, off the ledger. */
  deploy(m: Model, i: Step, c: Component): void {
    this.deployed.set(m, i, true);
    this.handed.set(m, i, c);
  }

  /** The provider records an API, and the model whose vendors serve it. */
  register(p: Party, a: Api, m: Model): void {
    this.registered.set(a, true);
    this.provider.set(a, p);
    this.model.set(a, m);
  }

  /** The consumer asks for what an API makes of its input. */
  request(c: Party, a: Api, d: Data): void {
    require(this.registered.get(a), "API is registered");

    this.appendRequest(c, a, d);
  }

  /** A vendor records what it received, what it produced, and the digest of what it ran. */
  record(v: Party, d: Data, o: Data, h: Digest): void {
    this.appendRecord(v, d, o, h);
    this.deviate(v, !this.#ranWhatItWasHanded(v, d, o, h));
  }

  /** The consumer picks up what the last vendor placed on the ledger. */
  take(c: Party, r: Request, e: Record): void {
    require(r < this.requests, "request is registered");
    require(this.consumer.get(r) === c, "consumer made the request");
    require(!this.taken.get(r), "output is not yet taken");
    require(e < this.records, "record is on the ledger");
    const m = this.modelOf(r);
    const lastVendor = this.vendor.get(m, this.last.get(m));
    require(this.author.get(e) === lastVendor, "record is by the last vendor");

    this.taken.set(r, true);
  }

  /** More time passes than the consumer can wait. */
  wait(r: Request): void {
    require(r < this.requests, "request is registered");
    require(!this.complete.get(r), "a step is left");

    this.overdue.set(r, true);
  }

  /** The consumer contests an output; the contract admits only the one on the ledger. */
  contest(c: Party, r: Request, o: Data): void {
    require(r < this.requests, "request is registered");
    require(this.consumer.get(r) === c, "consumer made the request");
    require(this.complete.get(r), "every step is executed");
    require(this.awaited.get(r) === o, "output is the one on the ledger");

    this.admitted.set(r, true);
    this.contested.set(r, o);
  }

  protected override requireExecutor(v: Party, m: Model, i: Step): void {
    require(v === this.vendor.get(m, i), "record is by the vendor whose turn it is");
  }

  /** Whether an honest vendor could have recorded this. */
  #ranWhatItWasHanded(v: Party, d: Data, o: Data, h: Digest): boolean {
    return this.deployed.entries().some(([[m, i], deployed]) => {
      const c = this.handed.get(m, i);
      const isHonest = this.run.get(c, d) === o && this.digest.get(c) === h;
      return deployed && this.vendor.get(m, i) === v && isHonest;
    });
  }
}
