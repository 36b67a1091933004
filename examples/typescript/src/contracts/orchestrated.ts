/** The contract of the variant `orchestrated`: digests of data, and no data, on the ledger. */

import { type Bytes, nameOf, same } from "../bytes/bytes.ts";
import { type Kind, kind } from "../ledger/contract.ts";
import { check, listOfBytes, shaped } from "../ledger/fields.ts";
import type { Genesis } from "../ledger/genesis.ts";
import { require } from "../machines/machine.ts";
import { Matching, type Request, oneForEachStep } from "./matching.ts";

type Confirmed = Request & { output?: Bytes; refunded: boolean };

const REGISTER = {
  api: "text",
  signature: "bytes",
  holders: "list",
  orchestrator: "bytes",
} as const;

export class Orchestrated extends Matching<Confirmed> {
  /** Who may request. */
  readonly #consumers: ReadonlySet<string>;

  protected override readonly executor = "record is by a vendor that holds the step";

  override readonly kinds: ReadonlyMap<string, Kind> = new Map([
    ...this.matching,
    [
      "register",
      kind(REGISTER, (provider, { api, signature, holders }) => {
        const place = "transaction.body.holders";
        check(holders.length > 0, place);
        const executors = holders.map((step) => {
          check(Array.isArray(step), place);
          return oneForEachStep(step, place);
        });

        this.apis.set(api, { provider, signature, executors });
      }),
    ],
    [
      "request",
      kind({ api: "text", input: "bytes" }, (consumer, { api, input }) => {
        require(this.#consumers.has(nameOf(consumer)), "party is a consumer");
        require(this.apis.has(api), "API is registered");

        const begun = { awaited: input, turn: 0, complete: false, refunded: false };
        this.requests.push({ consumer, api, ...begun });
      }),
    ],
    [
      "confirm",
      kind({ request: "integer", output: "bytes" }, (consumer, { request, output }) => {
        const made = this.own(consumer, request);
        require(made.output === undefined, "output is the consumer's to confirm");

        made.output = output;
      }),
    ],
    [
      "claim_refund",
      kind({ request: "integer" }, (consumer, { request }) => {
        const made = this.own(consumer, request);
        require(made.complete, "every step is executed");
        const { output, awaited } = made;
        require(output !== undefined, "consumer has written down its output");
        require(!same(output, awaited), "output differs from the one on the ledger");

        made.refunded = true;
      }),
    ],
  ]);

  constructor(genesis: Genesis) {
    super();
    const place = "genesis.agreed";
    const { consumers } = shaped(genesis.agreed, { consumers: "list" }, place);
    check(consumers.length > 0, `${place}.consumers`);
    this.#consumers = new Set(listOfBytes(consumers, `${place}.consumers`).map(nameOf));
  }
}
