/** The contract of the variant `basic`. */

import { type Bytes, same } from "../bytes/bytes.ts";
import { type Kind, kind } from "../ledger/contract.ts";
import { shaped } from "../ledger/fields.ts";
import type { Genesis } from "../ledger/genesis.ts";
import { require } from "../machines/machine.ts";
import { Matching, type Request, oneForEachStep } from "./matching.ts";

type Taken = Request & { taken: boolean; contested?: Bytes };

export class Basic extends Matching<Taken> {
  protected override readonly executor = "record is by the vendor whose turn it is";

  override readonly kinds: ReadonlyMap<string, Kind> = new Map([
    ...this.matching,
    [
      "register",
      kind({ api: "text", signature: "bytes", vendors: "list" }, (provider, body) => {
        const vendors = oneForEachStep(body.vendors, "transaction.body.vendors");

        const executors = vendors.map((vendor) => [vendor]);
        this.apis.set(body.api, { provider, signature: body.signature, executors });
      }),
    ],
    [
      "request",
      kind({ api: "text", input: "bytes" }, (consumer, { api, input }) => {
        require(this.apis.has(api), "API is registered");

        const begun = { awaited: input, turn: 0, complete: false, taken: false };
        this.requests.push({ consumer, api, ...begun });
      }),
    ],
    [
      "take",
      kind({ request: "integer", record: "integer" }, (consumer, { request, record }) => {
        const made = this.own(consumer, request);
        require(!made.taken, "output is not yet taken");
        const [lastVendor] = this.apiOf(made).executors.at(-1) as [Bytes];
        require(same(this.entry(record).author, lastVendor), "record is by the last vendor");

        made.taken = true;
      }),
    ],
    [
      "contest",
      kind({ request: "integer", output: "bytes" }, (consumer, { request, output }) => {
        const made = this.own(consumer, request);
        require(made.complete, "every step is executed");
        require(same(made.awaited, output), "output is the one on the ledger");

        made.contested = output;
      }),
    ],
  ]);

  constructor(genesis: Genesis) {
    super();
    shaped(genesis.agreed, {}, "genesis.agreed");
  }
}
