/** The machine `orchestrated`: an orchestrator carries the data, the ledger has its digests. */

import { Fun, Table, require } from "./machine.ts";
import {
  type Api,
  type Component,
  type Data,
  type Digest,
  Matching,
  type Model,
  type Request,
  type Step,
} from "./matching.ts";

/** Whoever acts, by an identity on the ledger. */
type Party = string;

/** A digest of data. */
type Hash = string;

/** Where the data of a request is, and so who is to act next. */
type Place =
  | "CONSUMER" // who has not sent the input
  | "ORCHESTRATOR" // who is to pick a vendor for the next step
  | "VENDOR" // who is to record the step
  | "RECORDED" // the vendor is to return the output
  | "RETURNED" // the orchestrator is to record the step too
  | "FINISHED" // the orchestrator is to hand over the output
  | "DELIVERED" // the consumer is to write down that it has the output
  | "CONFIRMED"
  | "STALLED"; // somebody did not do what was next

export class Orchestrated extends Matching<Party, Hash> {
  // What is decided beforehand, and what computing and hashing mean.
  readonly holder = new Fun<[Model, Step, Party], boolean>();
  readonly run = new Fun<[Component, Data], Data>();
  readonly hash = new Fun<[Data], Hash>();
  readonly owner = new Fun<[Model], Party>();
  readonly consumes = new Fun<[Party], boolean>();
  readonly orchestrator = new Fun<[Api], Party>();
  readonly random = new Fun<[Request, Step], Party>();

  // Off the ledger: which component a holder was handed.
  readonly handed = new Table<[Model, Step, Party], Component>();

  // Off the ledger: the data of a request, on its way.
  readonly place = new Table<[Request], Place>();
  readonly wanted = new Table<[Request], Data>();
  readonly carried = new Table<[Request], Data>();
  readonly picked = new Table<[Request, Step], Party>();
  readonly given = new Table<[Request], Data>();
  readonly delivered = new Table<[Request], Data>();

  // On the ledger: what the consumer says that it got, and what it gets back.
  readonly confirmed = new Table<[Request], boolean>();
  readonly output = new Table<[Request], Hash>();
  readonly refunded = new Table<[Request], boolean>();

  // What an onlooker who sees everything would know: what the registered components make of the
  // input so far, and the step that the data has come to.
  readonly truth = new Table<[Request], Data>();
  readonly hop = new Table<[Request], Step>();

  override readonly actions = [
    this.hand_over,
    this.register,
    this.request,
    this.send,
    this.pick,
    this.record,
    this.give_back,
    this.record_too,
    this.deliver,
    this.confirm,
    this.stall,
    this.match,
    this.convict,
    this.claim_refund,
  ];

  /** The provider hands a holder a component in place of the right one, off the ledger. */
  hand_over(m: Model, i: Step, v: Party, c: Component): void {
    require(this.holder.get(m, i, v), "vendor holds the step");
    require(c !== this.component.get(m, i), "component is another");
    require(!this.#isAtWork(m, i, v), "vendor is between its record and its output");

    this.handed.set(m, i, v, c);
    this.deviate(this.owner.get(m), true);
  }

  /** The provider records an API, and the model whose holders serve it. */
  register(a: Api, m: Model): void {
    this.registered.set(a, true);
    this.provider.set(a, this.owner.get(m));
    this.model.set(a, m);
  }

  /** The consumer writes a digest of its input on the ledger. */
  request(c: Party, a: Api, d: Data): void {
    require(this.consumes.get(c), "party is a consumer");
    require(this.registered.get(a), "API is registered");

    this.wanted.set(this.requests, d);
    this.truth.set(this.requests, d);
    this.appendRequest(c, a, this.hash.get(d));
  }

  /** The consumer passes an input to the orchestrator. */
  send(r: Request, d: Data): void {
    this.#requirePlace(r, "CONSUMER", "input is the consumer's to send");

    this.carried.set(r, d);
    this.place.set(r, "ORCHESTRATOR");
    this.deviate(this.consumer.get(r), d !== this.wanted.get(r));
  }

  /** The orchestrator picks a vendor for the step, and passes it data. */
  pick(r: Request, v: Party, d: Data): void {
    this.#requirePlace(r, "ORCHESTRATOR", "data is the orchestrator's to pass on");
    const i = this.hop.get(r);
    require(this.holder.get(this.modelOf(r), i, v), "vendor holds the step");

    this.picked.set(r, i, v);
    this.given.set(r, d);
    this.place.set(r, "VENDOR");
    this.deviate(this.#orchestratorOf(r), d !== this.carried.get(r));
  }

  /** The vendor records digests of what it received, of what it produced, and of what it ran. */
  record(v: Party, r: Request, x: Hash, y: Hash, h: Digest): void {
    this.#requirePlace(r, "VENDOR", "step is the vendor's to record");
    require(this.#vendorOf(r) === v, "vendor is the one picked");

    this.appendRecord(v, x, y, h);
    this.place.set(r, "RECORDED");
    const isHonest =
      x === this.hash.get(this.given.get(r)) &&
      y === this.hash.get(this.#computed(r)) &&
      h === this.digest.get(this.#handedFor(r));
    this.deviate(v, !isHonest);
  }

  /** The vendor returns an output to the orchestrator. */
  give_back(r: Request, d: Data): void {
    this.#requirePlace(r, "RECORDED", "output is the vendor's to return");

    this.carried.set(r, d);
    this.place.set(r, "RETURNED");
    this.deviate(this.#vendorOf(r), d !== this.#computed(r));
  }

  /** The orchestrator records the step as well. */
  record_too(r: Request, x: Hash, y: Hash, h: Digest): void {
    this.#requirePlace(r, "RETURNED", "step is the orchestrator's to record");

    const i = this.hop.get(r);
    const m = this.modelOf(r);
    const right = this.component.get(m, i);
    const isLast = i === this.last.get(m);
    this.appendRecord(this.#orchestratorOf(r), x, y, h);
    this.truth.set(r, this.run.get(right, this.truth.get(r)));
    this.hop.set(r, isLast ? i : i + 1);
    this.place.set(r, isLast ? "FINISHED" : "ORCHESTRATOR");
    const isHonest =
      x === this.hash.get(this.given.get(r)) &&
      y === this.hash.get(this.carried.get(r)) &&
      h === this.digest.get(right);
    this.deviate(this.#orchestratorOf(r), !isHonest);
  }

  /** The orchestrator hands an output to the consumer. */
  deliver(r: Request, d: Data): void {
    this.#requirePlace(r, "FINISHED", "output is the orchestrator's to hand over");

    this.delivered.set(r, d);
    this.place.set(r, "DELIVERED");
    this.deviate(this.#orchestratorOf(r), d !== this.carried.get(r));
  }

  /** The consumer writes a digest of the output on the ledger. */
  confirm(r: Request, y: Hash): void {
    this.#requirePlace(r, "DELIVERED", "output is the consumer's to confirm");

    this.confirmed.set(r, true);
    this.output.set(r, y);
    this.place.set(r, "CONFIRMED");
    this.deviate(this.consumer.get(r), y !== this.hash.get(this.delivered.get(r)));
  }

  /** Whose turn it is does nothing, for longer than anybody can wait. */
  stall(r: Request): void {
    require(r < this.requests, "request is registered");
    require(!["CONFIRMED", "STALLED"].includes(this.place.get(r)), "something is left to do");

    this.deviate(this.#whoseTurn(r), true);
    this.place.set(r, "STALLED");
  }

  /** The consumer wants a refund, for its digest of the output is not the last vendor's. */
  claim_refund(r: Request): void {
    require(r < this.requests, "request is registered");
    require(this.complete.get(r), "every step is executed");
    require(this.confirmed.get(r), "consumer has written down its output");
    require(
      this.output.get(r) !== this.awaited.get(r),
      "output differs from the one on the ledger",
    );

    this.refunded.set(r, true);
  }

  protected override requireExecutor(v: Party, m: Model, i: Step): void {
    require(this.holder.get(m, i, v), "record is by a vendor that holds the step");
  }

  #requirePlace(r: Request, place: Place, reason: string): void {
    require(r < this.requests, "request is registered");
    require(this.place.get(r) === place, reason);
  }

  #orchestratorOf(r: Request): Party {
    return this.orchestrator.get(this.api.get(r));
  }

  /** The vendor that was picked for the current step. */
  #vendorOf(r: Request): Party {
    return this.picked.get(r, this.hop.get(r));
  }

  /** What the vendor of the current step was handed. */
  #handedFor(r: Request): Component {
    return this.handed.get(this.modelOf(r), this.hop.get(r), this.#vendorOf(r));
  }

  /** What that makes of what the vendor was given. */
  #computed(r: Request): Data {
    return this.run.get(this.#handedFor(r), this.given.get(r));
  }

  /** Whether a vendor has recorded a step, and is still to return what it has computed. */
  #isAtWork(m: Model, i: Step, v: Party): boolean {
    return this.place
      .entries()
      .some(
        ([[r], place]) =>
          place === "RECORDED" &&
          this.modelOf(r) === m &&
          this.hop.get(r) === i &&
          this.#vendorOf(r) === v,
      );
  }

  #whoseTurn(r: Request): Party {
    switch (this.place.get(r)) {
      case "VENDOR":
      case "RECORDED":
        return this.#vendorOf(r);
      case "CONSUMER":
      case "DELIVERED":
        return this.consumer.get(r);
      default:
        return this.#orchestratorOf(r);
    }
  }
}
