import assert from "node:assert/strict";

import { type Field, type Suite, bind, digest, draw, expand, number } from "../src/bytes/digest.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, hex, value } from "./values.ts";

type Digesting = { domain: string; data: string; digest: string; refused?: string };
type Expanding = { domain: string; data: string; length: number; bytes: string };
type Binding = {
  suite: Suite;
  domain: string;
  fields: Written[];
  digest: string;
  refused?: string;
};
type Drawing = {
  suite: Suite;
  holders: string[];
  seed: string;
  step: number;
  attempt: number;
  numbers: string[];
  drawn: string[];
};

examples("digests", {
  digest: (example: Digesting) => {
    const found = hex(digest(example.domain, bytes(example.data)));
    assert.equal(found === example.digest, !example.refused);
  },
  expand: (example: Expanding) => {
    const found = expand(example.domain, bytes(example.data), example.length);
    assert.equal(hex(found), example.bytes);
  },
  bind: (example: Binding) => {
    const bound = () => hex(bind(example.suite, example.domain, example.fields.map(value) as Field[]));
    if (example.refused === "suite") assert.throws(bound, /no suite/);
    else assert.equal(bound() === example.digest, !example.refused);
  },
  draw: ({ suite, holders, seed, step, attempt, numbers, drawn }: Drawing) => {
    const attempts = Array.from({ length: attempt + 1 }, (_, i) => BigInt(i));
    const by = [bytes(seed), BigInt(step)] as const;
    assert.deepEqual(attempts.map((i) => number(suite, ...by, i)), numbers.map(BigInt));
    assert.deepEqual(attempts.map((i) => draw(suite, holders, ...by, i)), drawn);
  },
});
