/** How a step is executed, and data that did not arrive is demanded and published. */

import { same } from "../../bytes/bytes.ts";
import { canSealFor } from "../../bytes/sealing.ts";
import { kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import { require } from "../../machines/machine.ts";
import type { Kinds, Market } from "./market.ts";
import { checkCommitment } from "./routing.ts";

export const RECORD = { request: "bytes", step: "integer", output: "bytes" } as const;

export function work(market: Market): Kinds {
  const { accounts } = market;
  return {
    record: kind(RECORD, (author, { request, step, output }) => {
      const made = market.in(["work", "published"], request, "request waits for a record");
      require(same(author, made.executor(made.turn)), "vendor is the executor");
      require(step === BigInt(made.turn), "step is the one whose turn it is");
      checkCommitment(output, "transaction.body.output");

      made.escrow.pay(made.current.pot, made.wage);
      made.links.push(output);
      made.published = undefined;
      market.enter(made, made.isDelivering ? "window" : "routed");
    }),
    demand: kind({ request: "bytes", key: "bytes" }, (author, { request, key }) => {
      const made = market.in(["work", "window"], request, "somebody is to receive data");
      const isReceiver = made.receiver !== undefined && same(author, made.receiver);
      require(isReceiver, "party is the one to receive");
      require(made.published === undefined, "data is not published");
      const [{ toll }, balance] = [made.terms, accounts.balance(author)];
      require(toll <= balance.money, "party can pay the toll");
      check(canSealFor(key), "transaction.body.key");

      balance.pay(made.toll, toll);
      made.key = key;
      market.enter(made, "demanded");
    }),
    publish: kind({ request: "bytes", sealed: "bytes" }, (author, { request, sealed }) => {
      const made = market.in(["demanded"], request, "data is demanded");
      require(same(author, made.sender), "author is the sender of the data");

      made.toll.pay(accounts.balance(author));
      made.published = sealed;
      market.enter(made, made.isDelivering ? "window" : "published");
    }),
  };
}
