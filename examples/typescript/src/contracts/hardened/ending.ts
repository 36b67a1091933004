/** How a request settles, and who collects what it leaves. */

import { nameOf, same } from "../../bytes/bytes.ts";
import { kind } from "../../ledger/contract.ts";
import { require } from "../../machines/machine.ts";
import { auditorOf, isDrawnForAudit, seedOf } from "./chance.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import type { Request } from "./request.ts";

const BEACON = { request: "bytes", beacon: "bytes" } as const;
const STEP = { request: "bytes", step: "integer" } as const;

export const OVER = ["settled", "refunded", "forfeited"] as const;

export function ending(market: Market): Kinds {
  const { accounts, charter } = market;
  return {
    draw_lots: kind(BEACON, (author, { request, beacon }) => {
      const made = market.in(["window"], request, "window is open");
      require(made.lot === undefined, "audits are not drawn");
      require(same(author, charter.beacon), "author is the beacon");

      made.lot = seedOf(charter.suite, beacon, made);
    }),
    settle: kind(REQUEST, (_, { request }) => {
      const made = market.in(["window"], request, "window is open");
      market.requireOverdue(made);
      require(isAudited(market, made), "drawn audits are held");

      made.version.earned += made.escrow.money;
      made.escrow.pay(made.version.revenue);
      market.releaseSurety(made);
      market.enter(made, "settled");
    }),
    collect: kind(STEP, (_, { request, step }) => {
      const made = market.in(OVER, request, "request is over");
      require(market.isOverdue(made), "nobody can complain any more");

      const done = made.steps[Number(step)];
      if (done?.executor) done.pot.pay(accounts.balance(done.executor));
    }),
    collect_share: kind({ version: "bytes" }, (author, body) => {
      const version = market.versions.find(body.version);
      if (!version) return; // which has earned nothing
      const share = version.terms.shares.find(([party]) => same(party, author))?.[1] ?? 0n;
      const collected = version.collected.get(nameOf(author)) ?? 0n;
      const due = (version.earned * share) / 100n - collected;
      require(due <= version.revenue.money, "revenue is there");

      version.collected.set(nameOf(author), collected + due);
      version.revenue.pay(accounts.balance(author), due);
    }),
  };
}

/** Whether every step that chance drew for an audit has been checked. */
function isAudited({ charter: { suite } }: Market, made: Request): boolean {
  const { lot } = made;
  if (lot === undefined) return true;
  return made.steps.every(
    (step, i) =>
      !isDrawnForAudit(suite, lot, i) || step.isDoubtedBy(auditorOf(suite, made, lot, i)),
  );
}
