import assert from "node:assert/strict";

import { fault, publicKey, say, sign } from "../src/bytes/signatures.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, dictionary, hex } from "./values.ts";

type Signing = { seed: string; message: string; public: string; signature: string };
type Verifying = { public: string; message: string; signature: string; refused?: string };
type Saying = {
  of: "transaction" | "block" | "message";
  fields: Record<string, Written>;
  message: string;
};

examples("signatures", {
  sign: (example: Signing) => {
    assert.equal(hex(publicKey(bytes(example.seed))), example.public);
    assert.equal(hex(sign(bytes(example.seed), bytes(example.message))), example.signature);
  },
  verify: (example: Verifying) => {
    const found = fault(bytes(example.public), bytes(example.message), bytes(example.signature));
    assert.equal(found, example.refused);
  },
  say: (example: Saying) => {
    assert.equal(hex(say(example.of, dictionary(example.fields))), example.message);
  },
});
