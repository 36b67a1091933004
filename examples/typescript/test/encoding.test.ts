import assert from "node:assert/strict";

import { decode, encode } from "../src/bytes/encoding.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, hex, value } from "./values.ts";

type Encoding = { value: Written; bytes: string; refused?: string };
type Decoding = { bytes: string; value: Written; refused?: string };

examples("encoding", {
  encode: (example: Encoding) => {
    const given = value(example.value);
    if (example.refused) {
      assert.throws(() => encode(given), { code: example.refused });
    } else {
      assert.equal(hex(encode(given)), example.bytes);
      assert.deepEqual(decode(bytes(example.bytes)), given);
    }
  },
  decode: (example: Decoding) => {
    const given = bytes(example.bytes);
    if (example.refused) assert.throws(() => decode(given), { code: example.refused });
    else assert.deepEqual(decode(given), value(example.value));
  },
});
