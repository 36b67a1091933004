/** Stories of the three contracts: what follows from what was said before. */

import { test } from "node:test";

import type { Bytes } from "../src/bytes/bytes.ts";
import type { Value } from "../src/bytes/encoding.ts";
import { boundRoot } from "../src/bytes/merkle.ts";
import { headerOf, seal } from "../src/ledger/block.ts";
import { stretchBytes } from "../src/ledger/stretch.ts";
import { type Terms, versionOf } from "../src/ledger/terms.ts";
import {
  BEACON,
  CLOCK,
  CONSUMER,
  Ledger,
  NEW,
  OLD,
  ONE,
  PROVIDER,
  TWO,
  filled,
  hardened,
  written,
} from "./ledger.ts";

const [A, B] = [filled(10), filled(11)];
const COMPONENTS = [A, B];
const SIGNATURE = boundRoot(COMPONENTS);
const [INPUT, MIDDLE, OUTPUT] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];

function step(record: bigint, components: Bytes[] = COMPONENTS): Record<string, Value> {
  return { request: 0n, record, components };
}

test("a basic ledger finds steps executed, one after the other", () => {
  const ledger = new Ledger("basic", {});
  ledger.say(PROVIDER, "register", { api: "a", signature: SIGNATURE, vendors: [ONE, TWO] });
  ledger.say(CONSUMER, "request", { api: "a", input: INPUT });
  ledger.say(ONE, "record", { received: INPUT, produced: MIDDLE, claimed: A });
  ledger.say(TWO, "record", { received: MIDDLE, produced: OUTPUT, claimed: B });
  ledger.say(TWO, "record", { received: MIDDLE, produced: OUTPUT, claimed: A });

  const executor = "record is by the vendor whose turn it is";
  ledger.refuses("request is registered", ONE, "match", { ...step(0n), request: -1n });
  ledger.refuses("record is on the ledger", ONE, "match", step(3n));
  ledger.refuses(executor, ONE, "match", step(1n));
  ledger.refuses("transaction is well formed", ONE, "match", step(0n, [A]));
  ledger.refuses("transaction is well formed", ONE, "match", step(0n, [B, A]));
  ledger.refuses("digest differs from the registered one", ONE, "convict", step(0n));
  ledger.refuses("every step is executed", CONSUMER, "contest", { request: 0n, output: INPUT });
  ledger.say(ONE, "match", step(0n));
  ledger.convicts();
  ledger.say(PROVIDER, "convict", step(2n));
  ledger.convicts(TWO);
  ledger.refuses("digest is the registered one", ONE, "match", step(2n));
  ledger.say(ONE, "match", step(1n));
  ledger.refuses("a step is left", ONE, "match", step(1n));

  const [contest, different] = [{ request: 0n, output: OUTPUT }, { request: 0n, output: MIDDLE }];
  ledger.refuses("consumer made the request", ONE, "contest", contest);
  ledger.refuses("output is the one on the ledger", CONSUMER, "contest", different);
  ledger.say(CONSUMER, "contest", contest);
  const last = { request: 0n, record: 1n };
  ledger.refuses("record is by the last vendor", CONSUMER, "take", { ...last, record: 0n });
  ledger.say(CONSUMER, "take", last);
  ledger.refuses("output is not yet taken", CONSUMER, "take", last);
});

test("an API that is registered anew is another one for requests that were made before", () => {
  const ledger = new Ledger("basic", {});
  ledger.say(PROVIDER, "register", { api: "a", signature: SIGNATURE, vendors: [ONE, TWO] });
  ledger.say(CONSUMER, "request", { api: "a", input: INPUT });
  ledger.say(ONE, "record", { received: INPUT, produced: INPUT, claimed: A });
  ledger.say(ONE, "match", step(0n));
  ledger.say(TWO, "register", { api: "a", signature: boundRoot([A]), vendors: [ONE] });
  const executor = "record is by the vendor whose turn it is";
  ledger.refuses(executor, ONE, "match", step(0n, [A]));
});

test("an orchestrated ledger refunds who was handed another output", () => {
  const ledger = new Ledger("orchestrated", { consumers: [CONSUMER] });
  const api = { api: "a", signature: SIGNATURE, orchestrator: PROVIDER };
  for (const second of [ONE, []]) {
    const holders = [[ONE], second];
    ledger.refuses("transaction is well formed", PROVIDER, "register", { ...api, holders });
  }
  ledger.say(PROVIDER, "register", { ...api, holders: [[ONE, TWO], [TWO]] });
  ledger.refuses("party is a consumer", ONE, "request", { api: "a", input: INPUT });
  ledger.say(CONSUMER, "request", { api: "a", input: INPUT });
  ledger.say(TWO, "record", { received: INPUT, produced: MIDDLE, claimed: A });
  ledger.say(ONE, "record", { received: MIDDLE, produced: OUTPUT, claimed: B });
  ledger.say(TWO, "record", { received: MIDDLE, produced: OUTPUT, claimed: B });
  ledger.say(ONE, "match", step(0n));
  ledger.refuses("record is by a vendor that holds the step", ONE, "match", step(1n));
  ledger.refuses("every step is executed", CONSUMER, "claim_refund", { request: 0n });
  ledger.say(ONE, "match", step(2n));

  const output = "output is the consumer's to confirm";
  ledger.refuses("consumer has written down its output", CONSUMER, "claim_refund", { request: 0n });
  ledger.say(CONSUMER, "confirm", { request: 0n, output: MIDDLE });
  ledger.refuses(output, CONSUMER, "confirm", { request: 0n, output: OUTPUT });
  ledger.refuses("consumer made the request", ONE, "claim_refund", { request: 0n });
  ledger.say(CONSUMER, "claim_refund", { request: 0n });
});

test("money of a bond is a party's again when it is withdrawn", () => {
  const ledger = hardened(1024n);
  ledger.say(ONE, "deposit", { amount: 7n });
  ledger.refuses("party has the money", ONE, "withdraw", { amount: 8n });
  for (const kind of ["deposit", "withdraw"]) {
    ledger.refuses("transaction is well formed", ONE, kind, { amount: -1n });
  }
  ledger.say(ONE, "withdraw", { amount: 7n });
  ledger.say(ONE, "deposit", { amount: 10n });
});

test("a quota is renewed with each block of time, and clock and beacon have none", () => {
  const ledger = hardened(2n);
  const spoken = "author has not used up its quota";
  ledger.refuses("author is the clock", ONE, "tick");
  for (let block = 0; block < 3; block += 1) {
    ledger.say(ONE, "deposit", { amount: 0n });
    ledger.refuses("party has the money", ONE, "deposit", { amount: 11n });
    ledger.say(ONE, "deposit", { amount: 0n });
    ledger.refuses(spoken, ONE, "deposit", { amount: 0n });
    for (let i = 0; i < 3; i += 1) ledger.say(BEACON, "deposit", { amount: 0n });
    ledger.say(CLOCK, "tick");
  }
});

const TERMS: Terms = {
  api: "a",
  number: 0n,
  provider: PROVIDER,
  shares: [[PROVIDER, 60n], [TWO, 0n]],
  steps: [A, B].map((leaf) => ({ contributor: PROVIDER, holders: [ONE, TWO], leaf })),
  rows: 1n,
  widths: [2n, 1n, 1n],
  spares: 1n,
  costs: [3n, 2n, 1n],
  stake: 5n,
  toll: 1n,
  rounds: [3n, 3n],
  face: new Uint8Array(0),
};

test("a version is active once all have agreed to it", () => {
  const ledger = hardened(1024n);
  const [terms, version] = [written(TERMS), versionOf(TERMS)];
  const malformed = "transaction is well formed";
  ledger.refuses(malformed, PROVIDER, "propose", written({ ...TERMS, rounds: [3n, 4n] }));
  ledger.refuses("provider is the version's", ONE, "propose", terms);
  ledger.refuses("version is proposed", PROVIDER, "sign", { version });
  ledger.say(PROVIDER, "propose", terms);
  ledger.refuses("version is new", PROVIDER, "propose", terms);
  ledger.refuses("provider contributes to the version", ONE, "sign", { version });
  ledger.refuses("every provider has signed", ONE, "activate", { version });
  ledger.say(PROVIDER, "sign", { version });
  ledger.refuses("every provider has signed", ONE, "activate", { version });
  ledger.say(TWO, "sign", { version });
  for (const kind of ["acknowledge", "reject"]) {
    ledger.refuses("vendor holds the step", ONE, kind, { version, step: 2n });
    ledger.refuses("vendor holds the step", CONSUMER, kind, { version, step: 0n });
  }
  ledger.say(ONE, "acknowledge", { version, step: 0n });
  ledger.say(TWO, "reject", { version, step: 0n });
  ledger.refuses("version is proposed", TWO, "acknowledge", { version, step: 0n });
  ledger.say(PROVIDER, "propose", terms);
  for (const [holder, step] of [[TWO, 0n], [TWO, 1n], [ONE, 1n], [ONE, 0n]] as const) {
    ledger.refuses("every holder has acknowledged", ONE, "activate", { version });
    ledger.say(holder, "acknowledge", { version, step });
  }
  ledger.refuses("version is active", PROVIDER, "retire", { version });
  ledger.refuses("version is active", ONE, "retire", { version: A });
  ledger.say(ONE, "activate", { version });
  ledger.refuses("provider is the version's", ONE, "retire", { version });
  ledger.say(PROVIDER, "retire", { version });
  ledger.refuses("version is active", PROVIDER, "retire", { version });
});

test("a witness has forked by the key that it has in force", () => {
  const ledger = hardened(1024n);
  const { identity } = ledger.genesis;
  const stretch = (seed: Bytes, said: Bytes): Bytes => {
    const { header, signature } = seal(headerOf(identity, 1n, identity, [said]), seed);
    return stretchBytes({ first: header, after: [], signature });
  };
  const shown = (seed: Bytes) => {
    return { party: ONE, first: stretch(seed, INPUT), second: stretch(seed, OUTPUT) };
  };
  const unshown = "two histories are signed";
  ledger.refuses(unshown, TWO, "show_fork", shown(NEW));
  ledger.say(TWO, "show_fork", shown(OLD));
  ledger.convicts(ONE);
  ledger.rotate(ONE, NEW);
  ledger.refuses(unshown, TWO, "show_fork", shown(OLD));
  ledger.say(TWO, "show_fork", shown(NEW));
});
