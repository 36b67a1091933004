/** What the page says in words, and no example shows ("Limits" in docs/formats/transactions.md). */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Tensor, type Value, encode } from "../src/bytes/encoding.ts";
import { areWithinLimits, weight } from "../src/ledger/limits.ts";

const VALUES = 16_384;
const TENSOR = new Tensor(8, [1], [0n]);

/** A list of so many values, each the same. */
function many(count: number, value: Value = 0n): Value {
  return Array.from({ length: count }, () => value);
}

/** Lists within lists, so many, around a value. */
function nested(depth: number, value: Value): Value {
  return depth === 0 ? value : [nested(depth - 1, value)];
}

function passes(value: Value): boolean {
  return !areWithinLimits(encode(value));
}

test("what is larger than a mebibyte passes a limit", () => {
  const head = 5;
  assert.ok(!passes(new Uint8Array(1_048_576 - head)));
  assert.ok(passes(new Uint8Array(1_048_576 - head + 1)));
});

test("values are counted, also the keys and the list itself", () => {
  assert.ok(!passes(many(VALUES - 1)));
  assert.ok(passes(many(VALUES)));
  assert.ok(!passes(new Map([["key", many(VALUES - 3)]])));
  assert.ok(passes(new Map([["key", many(VALUES - 2)]])));
});

test("a tensor of one dimension is six values, and three containers deep", () => {
  const most = Math.floor((VALUES - 1) / 6);
  assert.ok(!passes(many(most, TENSOR)));
  assert.ok(passes(many(most + 1, TENSOR)));
  assert.ok(!passes(nested(13, TENSOR)));
  assert.ok(passes(nested(14, TENSOR)));
});

test("containers are counted, empty ones too", () => {
  assert.ok(!passes(nested(15, [])));
  assert.ok(passes(nested(16, [])));
  assert.ok(!passes(nested(16, 0n)));
  assert.ok(!passes(many(17, nested(14, [])))); // those that stand beside one another are not
});

test("bytes that are no values end the count, and are the decoder's to refuse", () => {
  for (const bytes of ["", "ff", "9f", "5b", "1b00", "8180", "00".repeat(VALUES + 1)]) {
    areWithinLimits(Buffer.from(bytes, "hex"));
  }
});

test("a large body counts as several against a quota", () => {
  const head = 3;
  assert.equal(weight(encode(new Uint8Array(65_535 - head))), 1);
  assert.equal(weight(encode(new Uint8Array(65_536 - head))), 2);
  assert.equal(weight(encode(many(254))), 1);
  assert.equal(weight(encode(many(255))), 2);
});
