/** Time, bonds, and versions that all agree on. */

import { same } from "../../bytes/bytes.ts";
import type { Charter } from "../../ledger/charter.ts";
import { kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import { termsOf } from "../../ledger/terms.ts";
import { require } from "../../machines/machine.ts";
import type { Kinds, Market } from "./market.ts";
import { checkRounds } from "./versions.ts";

const AMOUNT = { amount: "integer" } as const;
const VERSION = { version: "bytes" } as const;
const STEP = { version: "bytes", step: "integer" } as const;

/** The blocks in which all have to agree to a version: those that a request takes at most. */
function agreeing({ windows }: Charter): bigint {
  return Object.values(windows).reduce((sum, blocks) => sum + blocks);
}

export function registration(market: Market): Kinds {
  const { accounts, charter, versions } = market;
  return {
    tick: kind({}, (author) => {
      require(same(author, charter.clock), "author is the clock");

      market.now += 1n;
      versions.forget(market.now);
    }),
    deposit: kind(AMOUNT, (author, { amount }) => {
      check(amount >= 0n, "transaction.body.amount");
      const balance = accounts.balance(author);
      require(amount <= balance.money, "party has the money");

      balance.pay(accounts.bond(author), amount);
    }),
    withdraw: kind(AMOUNT, (author, { amount }) => {
      check(amount >= 0n, "transaction.body.amount");
      const bond = accounts.bond(author);
      require(amount <= bond.money, "party has the money");

      bond.pay(accounts.balance(author), amount);
    }),
    propose: kind({ terms: "dictionary" }, (author, body) => {
      const terms = termsOf(body.terms);
      checkRounds(terms, charter.rounds);
      versions.propose(author, terms, market.now + agreeing(charter));
    }),
    sign: kind(VERSION, (author, { version }) => versions.sign(author, version)),
    acknowledge: kind(STEP, (author, { version, step }) => {
      versions.acknowledge(author, version, step);
    }),
    reject: kind(STEP, (author, { version, step }) => versions.reject(author, version, step)),
    activate: kind(VERSION, (_, { version }) => versions.activate(version)),
    retire: kind(VERSION, (author, { version }) => versions.retire(author, version)),
  };
}
