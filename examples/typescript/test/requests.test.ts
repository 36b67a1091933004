/** Stories of requests on a hardened ledger, with the money that everybody has in the end. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Bytes } from "../src/bytes/bytes.ts";
import { bind, digest } from "../src/bytes/digest.ts";
import { encode } from "../src/bytes/encoding.ts";
import { seal } from "../src/bytes/sealing.ts";
import { publicKey } from "../src/bytes/signatures.ts";
import { CONSUMER, NEW, OLD, ONE, PROVIDER, TWO, filled } from "./ledger.ts";
import { KEY, MALFORMED, NOTHING, SECRET, Story } from "./story.ts";

test("a request settles, and everybody collects", () => {
  const story = new Story();
  story.refuses("executor is to be drawn", ONE, "assign");
  story.refuses("author is the beacon", ONE, "route", { beacon: NOTHING });
  story.route();
  story.refuses("executor is the one drawn", TWO, "assign");
  story.assign();
  story.refuses("vendor is the executor", TWO, "record", { step: 0n, output: filled(1) });
  const turn = "step is the one whose turn it is";
  story.refuses(turn, ONE, "record", { step: 1n, output: NOTHING });
  story.refuses(MALFORMED, ONE, "record", { step: 0n, output: NOTHING });
  story.record(0n);
  story.assign();
  story.record(1n);
  story.refuses("deadline has passed", ONE, "settle");
  story.refuses("author is the beacon", ONE, "draw_lots", { beacon: NOTHING });
  story.drawLots(false);
  story.refuses("audits are not drawn", ONE, "draw_lots", { beacon: NOTHING });
  story.wait(2);
  story.refuses("request is over", ONE, "collect", { step: 0n });
  story.say(TWO, "settle");
  story.refuses("nobody can complain any more", ONE, "collect", { step: 0n });
  story.has(ONE, 50n, 26n);
  story.wait(2);
  for (const step of [0n, 1n, 1n, 2n]) story.say(TWO, "collect", { step });
  for (const party of [PROVIDER, PROVIDER, TWO, ONE]) {
    story.ledger.say(party, "collect_share", { version: story.version });
  }
  story.ledger.say(PROVIDER, "collect_share", { version: NOTHING });
  story.ledger.convicts();
  story.has(CONSUMER, 90n, 0n);
  story.has(ONE, 50n + 31n, 26n);
  story.has(PROVIDER, 51n, 50n);
  story.has(TWO, 50n, 50n);
});

test("whose are all hundredths collects all that is earned", () => {
  const story = new Story({ terms: { shares: [[PROVIDER, 100n]] } });
  story.done();
  story.wait(2);
  story.say(TWO, "settle");
  story.ledger.say(PROVIDER, "collect_share", { version: story.version });
  story.has(PROVIDER, 53n, 50n);
});

test("a request is its consumer's, by its number and version, and is paid", () => {
  const story = new Story();
  const body = { nonce: 1n, version: story.version, input: filled(1) };
  const { identity } = story.ledger.genesis;
  const request = bind("blake3", "request", [identity, CONSUMER, 1n, story.version]);
  story.refuses("version is active", CONSUMER, "request", { ...body, version: NOTHING });
  story.refuses("request is new", CONSUMER, "request", { ...body, nonce: -1n });
  for (const other of [{ nonce: 2n }, { nonce: -1n }, { input: NOTHING }]) {
    story.refuses(MALFORMED, CONSUMER, "request", { ...body, request, ...other });
  }
  story.refuses(MALFORMED, ONE, "request", { ...body, request });
  const negative = digest("request", encode([identity, CONSUMER, -1n, story.version]));
  story.refuses(MALFORMED, CONSUMER, "request", { ...body, request: negative, nonce: -1n });
  story.ledger.say(CONSUMER, "deposit", { amount: 81n });
  story.refuses("consumer can pay the price", CONSUMER, "request", { ...body, request });
  story.ledger.say(CONSUMER, "withdraw", { amount: 81n });
  story.ledger.say(PROVIDER, "withdraw", { amount: 31n });
  story.refuses("provider can guarantee the refund", CONSUMER, "request", { ...body, request });
});

test("an executor that is silent is replaced, and the last one has the consumer refunded", () => {
  const story = new Story();
  story.route();
  story.refuses("deadline has passed", TWO, "pass_over", { holder: ONE });
  story.assign();
  story.wait(2);
  story.refuses("no spare holder is left", CONSUMER, "give_up");
  story.say(CONSUMER, "replace");
  story.ledger.convicts(ONE);
  story.say(TWO, "assign");
  story.refuses("deadline has passed", CONSUMER, "give_up");
  story.wait(2);
  story.refuses("a spare holder is left", CONSUMER, "replace");
  story.say(CONSUMER, "give_up");
  story.ledger.convicts(ONE, TWO);
  story.has(CONSUMER, 100n, 0n);
  story.has(PROVIDER, 50n, 50n);
  story.has(ONE, 50n, 38n);
  story.has(TWO, 50n, 38n);
});

test("who takes over gets its own stake and its wage, and nothing of who was silent", () => {
  const story = new Story();
  story.route();
  story.assign();
  story.say(ONE, "demand", { key: KEY });
  story.say(CONSUMER, "publish", { sealed: seal(KEY, story.opening(0n)) });
  story.wait(2);
  story.say(CONSUMER, "replace");
  story.say(TWO, "assign");
  story.say(TWO, "demand", { key: KEY });
  story.say(CONSUMER, "publish", { sealed: seal(KEY, story.opening(0n)) });
  story.record(0n, TWO);
  story.assign();
  const sender = "author is the sender of the data";
  story.say(ONE, "demand", { key: KEY });
  story.refuses(sender, CONSUMER, "publish", { sealed: NOTHING });
  story.say(TWO, "publish", { sealed: seal(KEY, story.opening(1n)) });
  story.record(1n);
  story.say(CONSUMER, "demand", { key: KEY });
  story.refuses(sender, TWO, "publish", { sealed: NOTHING });
  story.say(ONE, "publish", { sealed: seal(KEY, story.opening(2n)) });
  story.wait(2);
  story.say(TWO, "settle");
  story.wait(2);
  story.say(TWO, "collect", { step: 0n });
  story.ledger.convicts(ONE);
  story.has(TWO, 50n + 16n, 38n);
});

test("whom the beacon draws is to execute", () => {
  for (const [first, other] of [[ONE, TWO], [TWO, ONE]] as const) {
    const story = new Story();
    story.route(first);
    story.refuses("executor is the one drawn", other, "assign");
    story.say(first, "assign");
  }
});

test("money that is just enough is enough", () => {
  const story = new Story();
  story.ledger.say(ONE, "withdraw", { amount: 39n });
  story.route();
  story.refuses("executor can put up the stake", ONE, "assign");
  story.ledger.say(ONE, "deposit", { amount: 1n });
  story.assign();
  story.ledger.say(ONE, "deposit", { amount: 87n });
  story.refuses("party can pay the toll", ONE, "demand", { key: KEY });
  story.ledger.say(ONE, "withdraw", { amount: 1n });
  story.say(ONE, "demand", { key: KEY });
  story.ledger.say(CONSUMER, "deposit", { amount: 80n });
  story.ledger.say(PROVIDER, "withdraw", { amount: 30n });
  const { identity } = story.ledger.genesis;
  const request = bind("blake3", "request", [identity, CONSUMER, 1n, story.version]);
  const input = filled(1);
  story.say(CONSUMER, "request", { request, nonce: 1n, version: story.version, input });
});

test("a holder that puts up no stake is passed over, and after the last the request ends", () => {
  const story = new Story();
  story.route();
  story.wait(2);
  story.refuses("executor is the one drawn", ONE, "pass_over", { holder: TWO });
  story.refuses("no spare holder is left", ONE, "abandon", { holder: ONE });
  story.say(ONE, "pass_over", { holder: ONE });
  story.refuses("deadline has passed", ONE, "abandon", { holder: TWO });
  story.wait(2);
  story.refuses("a spare holder is left", ONE, "pass_over", { holder: TWO });
  story.refuses("executor is the one drawn", ONE, "abandon", { holder: ONE });
  story.say(ONE, "abandon", { holder: TWO });
  story.ledger.convicts();
  for (const party of [ONE, TWO, PROVIDER]) story.has(party, 50n, 50n);
  story.has(CONSUMER, 100n, 0n);
});

test("a consumer that does not give its input has paid for who waited", () => {
  const story = new Story();
  story.route();
  story.assign();
  story.refuses("party is the one to receive", TWO, "demand", { key: KEY });
  story.refuses(MALFORMED, ONE, "demand", { key: new Uint8Array(32) });
  story.say(ONE, "demand", { key: KEY });
  story.refuses("a step is recorded", ONE, "withhold");
  story.refuses("deadline has passed", ONE, "withhold_input");
  story.wait(2);
  story.say(ONE, "withhold_input");
  story.ledger.convicts(CONSUMER);
  story.has(CONSUMER, 90n, 0n);
  story.has(PROVIDER, 50n, 50n);
  story.has(ONE, 50n, 38n);
  story.wait(2);
  story.say(ONE, "collect", { step: 0n });
  story.has(ONE, 50n + 22n, 38n);
});

test("a consumer whose input opens nothing has paid for who waited, with the toll", () => {
  const story = new Story();
  story.route();
  story.assign();
  story.say(ONE, "demand", { key: KEY });
  story.say(CONSUMER, "publish", { sealed: seal(KEY, filled(22)) });
  story.refuses("a step is recorded", TWO, "show_bad", { secret: SECRET });
  story.say(TWO, "show_bad_input", { secret: SECRET });
  story.ledger.convicts(CONSUMER);
  story.has(CONSUMER, 92n, 0n);
  story.has(PROVIDER, 50n, 50n);
  story.wait(2);
  story.say(ONE, "collect", { step: 0n });
  story.has(ONE, 50n + 20n, 38n);
});

test("an executor that does not give its output is convicted, and who waited has its toll", () => {
  const story = new Story();
  story.route();
  story.assign();
  story.record(0n);
  story.assign();
  story.say(ONE, "demand", { key: KEY });
  story.refuses("deadline has passed", TWO, "withhold");
  story.wait(2);
  story.refuses("no step is recorded", TWO, "withhold_input");
  story.say(TWO, "withhold");
  story.ledger.convicts(ONE);
  story.has(CONSUMER, 100n, 0n);
  story.has(PROVIDER, 50n, 50n);
  story.has(ONE, 50n, 26n);
  story.wait(2);
  for (const step of [0n, 1n]) story.say(ONE, "collect", { step });
  story.has(ONE, 50n + 12n, 26n);
});

test("data that is published and opens nothing convicts its sender, who makes amends", () => {
  for (const sealed of [NOTHING, seal(KEY, NOTHING), seal(KEY, filled(22))]) isBad(sealed);
});

function isBad(sealed: Bytes): void {
  const story = new Story();
  story.done();
  story.say(CONSUMER, "demand", { key: KEY });
  story.refuses("author is the sender of the data", TWO, "publish", { sealed: NOTHING });
  story.say(ONE, "publish", { sealed });
  story.has(ONE, 52n, 26n);
  story.refuses("data is not published", CONSUMER, "demand", { key: KEY });
  story.refuses(MALFORMED, TWO, "show_bad", { secret: filled(30) });
  story.refuses("no step is recorded", TWO, "show_bad_input", { secret: SECRET });
  story.say(TWO, "show_bad", { secret: SECRET });
  story.ledger.convicts(ONE);
  story.has(CONSUMER, 100n, 0n);
  story.has(PROVIDER, 50n, 50n);
  story.wait(2);
  for (const step of [0n, 1n]) story.say(ONE, "collect", { step });
  story.has(ONE, 52n + 16n, 26n);
}

test("data that opens the commitment is no bad data, and cannot be shown as such", () => {
  const story = new Story();
  story.done();
  story.refuses("data is published", TWO, "show_bad", { secret: SECRET });
  story.say(CONSUMER, "demand", { key: KEY });
  story.say(ONE, "publish", { sealed: seal(KEY, story.opening(2n)) });
  const good = "data does not open the commitment";
  story.refuses(good, TWO, "show_bad", { secret: SECRET });
});

test("an executor that shows nothing of a disputed step is convicted", () => {
  const story = new Story();
  story.done();
  const doubt = { step: 1n, key: KEY };
  story.refuses("step is one of the request's", CONSUMER, "dispute", { ...doubt, step: 2n });
  story.refuses("party has a part in the request", ONE, "dispute", doubt);
  story.ledger.say(CONSUMER, "deposit", { amount: 87n });
  const unreadable = { ...doubt, key: NOTHING };
  story.refuses("party can pay the tolls", CONSUMER, "dispute", unreadable);
  story.ledger.say(CONSUMER, "withdraw", { amount: 1n });
  story.refuses(MALFORMED, CONSUMER, "dispute", unreadable);
  story.say(CONSUMER, "dispute", doubt);
  story.has(CONSUMER, 0n, 86n);
  story.refuses("window is open", CONSUMER, "dispute", { ...doubt, step: 0n });
  const row = { statement: NOTHING, witness: NOTHING };
  story.refuses("author executed the step", TWO, "open_row", row);
  story.refuses("deadline has passed", TWO, "refuse_to_open");
  story.wait(2);
  story.say(TWO, "refuse_to_open");
  story.ledger.convicts(ONE);
  story.has(CONSUMER, 14n, 86n);
  story.has(PROVIDER, 50n, 50n);
  story.wait(2);
  for (const step of [0n, 1n]) story.say(ONE, "collect", { step });
  story.has(ONE, 50n + 16n, 26n);
});

test("a step that is drawn for an audit is audited by its other holder, or late by anybody", () => {
  const story = new Story();
  story.done();
  story.refuses("audits are drawn", TWO, "audit", { step: 0n, key: KEY });
  story.drawLots(true);
  story.refuses("deadline has passed", ONE, "settle");
  story.refuses("step is drawn for an audit", TWO, "audit", { step: 1n, key: KEY });
  story.refuses(MALFORMED, TWO, "audit", { step: 0n, key: NOTHING });
  story.wait(2);
  story.refuses("drawn audits are held", ONE, "settle");
  story.wait(1);
  const time = "auditor has had time to begin";
  story.refuses(time, CONSUMER, "audit", { step: 0n, key: KEY });
  story.wait(1);
  story.refuses(MALFORMED, CONSUMER, "audit", { step: 0n, key: KEY });
  story.say(CONSUMER, "audit", { step: 0n, key: NOTHING });
  const row = { statement: NOTHING, witness: NOTHING };
  story.refuses("a step is disputed", ONE, "open_row", { ...row, request: filled(1) });
  story.refuses("quarrel is about one row", ONE, "open_row", row);
});

test("who signs two outputs for a step loses what it has at stake", () => {
  const story = new Story();
  story.done();
  const shown = { step: 0n, key: ONE, evidence: story.recordOf(filled(1)) };
  story.refuses("request is over", TWO, "expose", shown);
  story.wait(2);
  story.say(TWO, "settle");
  story.refuses("something is at stake", TWO, "expose", { ...shown, step: 2n });
  const unshown = "two outputs are signed";
  for (const evidence of [
    NOTHING,
    story.recordOf(NOTHING),
    story.recordOf(story.link(1n)),
    story.recordOf(filled(1), filled(3)),
    story.recordOf(filled(1), OLD, "match"),
  ]) {
    story.refuses(unshown, TWO, "expose", { ...shown, evidence });
  }
  story.refuses(unshown, TWO, "expose", { ...shown, step: 1n });
  story.say(TWO, "expose", shown);
  story.ledger.convicts(ONE);
  story.refuses("something is at stake", TWO, "expose", shown);
  story.wait(2);
  for (const step of [0n, 1n]) story.say(ONE, "collect", { step });
  story.has(ONE, 50n + 15n, 26n);
});

test("a second output shows nothing if its key was replaced before the step was assigned", () => {
  const story = new Story();
  story.ledger.rotate(ONE, NEW);
  story.done();
  story.wait(2);
  story.say(TWO, "settle");
  const old = { step: 0n, key: ONE, evidence: story.recordOf(filled(1)) };
  story.refuses("key was not replaced before the step was assigned", TWO, "expose", old);
  const key = publicKey(NEW);
  story.say(TWO, "expose", { step: 0n, key, evidence: story.recordOf(filled(1), NEW) });
});

test("each key that was replaced is known as one of its party's", () => {
  const story = new Story();
  story.ledger.rotate(ONE, NEW);
  story.ledger.rotate(ONE, filled(9));
  story.done();
  story.wait(2);
  story.say(TWO, "settle");
  for (const [key, seed] of [[ONE, OLD], [publicKey(NEW), NEW]] as const) {
    const shown = { step: 0n, key, evidence: story.recordOf(filled(1), seed) };
    const reason = "key was not replaced before the step was assigned";
    story.refuses(reason, TWO, "expose", shown);
  }
});

test("a beacon that announces nothing has the consumer refunded", () => {
  const story = new Story();
  story.refuses("deadline has passed", ONE, "lapse");
  story.wait(2);
  story.say(ONE, "lapse");
  story.has(CONSUMER, 100n, 0n);
  story.refuses("request waits for the beacon", ONE, "lapse");
  assert.throws(() => story.route(), { message: "request waits for the beacon" });
});
