/** What the contracts of both of the paper's variants have: records, matched with requests. */

import { type Bytes, nameOf, same } from "../bytes/bytes.ts";
import type { Value } from "../bytes/encoding.ts";
import { boundRoot } from "../bytes/merkle.ts";
import { type Contract, type Kind, kind } from "../ledger/contract.ts";
import { type Shaped, check, listOfBytes } from "../ledger/fields.ts";
import { require } from "../machines/machine.ts";

export type Api = {
  readonly provider: Bytes;
  /** The bound root of the digests of the components. */
  readonly signature: Bytes;
  /** Who may execute each step. */
  readonly executors: readonly (readonly Bytes[])[];
};

export type Record = {
  readonly author: Bytes;
  readonly received: Bytes;
  readonly produced: Bytes;
  readonly claimed: Bytes;
};

export type Request = {
  readonly consumer: Bytes;
  readonly api: string;
  /** What must go into the next step; once the request is complete, its output. */
  awaited: Bytes;
  turn: number;
  complete: boolean;
};

const RECORD = { received: "bytes", produced: "bytes", claimed: "bytes" } as const;
const MATCH = { request: "integer", record: "integer", components: "list" } as const;

export abstract class Matching<R extends Request> implements Contract {
  protected readonly apis = new Map<string, Api>();
  protected readonly requests: R[] = [];
  protected readonly records: Record[] = [];
  readonly convicted = new Set<string>();

  /** What must hold of whoever recorded a step. */
  protected abstract readonly executor: string;

  abstract readonly kinds: ReadonlyMap<string, Kind>;

  /** The kinds that both variants have. */
  protected readonly matching: readonly (readonly [name: string, kind: Kind])[] = [
    ["record", kind(RECORD, (author, body) => void this.records.push({ author, ...body }))],
    ["match", kind(MATCH, (_, body) => this.#match(body))],
    ["convict", kind(MATCH, (_, body) => this.#convict(body))],
  ];

  /** Anybody may say anything, and as often as it likes. */
  hear(): void {}

  count(): void {}

  /** Which key a party signs with is the ledger's business. */
  replaceKey(): void {}

  /** A record shows that the next step of a request was executed. */
  #match(body: Shaped<typeof MATCH>): void {
    const { made, record, digest, isLast } = this.#nextStep(body);
    require(same(record.claimed, digest), "digest is the registered one");

    made.awaited = record.produced;
    made.complete = isLast;
    if (!isLast) made.turn += 1;
  }

  /** A record of the next step names another component than the registered one. */
  #convict(body: Shaped<typeof MATCH>): void {
    const { record, digest } = this.#nextStep(body);
    require(!same(record.claimed, digest), "digest differs from the registered one");

    this.convicted.add(nameOf(record.author));
  }

  #nextStep({ request, record: number, components }: Shaped<typeof MATCH>) {
    const made = this.made(request);
    const record = this.entry(number);
    require(!made.complete, "a step is left");
    const { executors, signature } = this.apiOf(made);
    // An API that was registered anew can have fewer steps than the request has behind it.
    const isExecutor = executors[made.turn]?.some((party) => same(party, record.author)) ?? false;
    require(isExecutor, this.executor);
    require(same(record.received, made.awaited), "record continues the sequence");
    const digests = oneForEachStep(components, "transaction.body.components");
    check(digests.length === executors.length, "transaction.body.components");
    check(same(boundRoot(digests), signature), "transaction.body.components");
    const digest = digests[made.turn] as Bytes;
    return { made, record, digest, isLast: made.turn === executors.length - 1 };
  }

  /** A request by its number. */
  protected made(request: bigint): R {
    const made = this.requests[Number(request)];
    require(made !== undefined, "request is registered");
    return made;
  }

  /** A request of this consumer, by its number. */
  protected own(consumer: Bytes, request: bigint): R {
    const made = this.made(request);
    require(same(made.consumer, consumer), "consumer made the request");
    return made;
  }

  /** A record by its number. */
  protected entry(number: bigint): Record {
    const record = this.records[Number(number)];
    require(record !== undefined, "record is on the ledger");
    return record;
  }

  protected apiOf(request: Request): Api {
    return this.apis.get(request.api) as Api; // which was registered before the request
  }
}

/** A list that has something for each step. */
export function oneForEachStep(list: readonly Value[], place: string): readonly Bytes[] {
  check(list.length > 0, place);
  return listOfBytes(list, place);
}
