/**
 * `node src/admit.ts`: reads ledgers, and says of each thing that is said on one why it is refused.
 *
 * A ledger is a line of JSON with `variant`, `genesis` and `said`, bytes as on the pages. Its answer
 * is a line with `refused`, a list of reasons, and null for what is appended; and who is `convicted`.
 */

import { createInterface } from "node:readline";

import type { Bytes } from "./bytes/bytes.ts";
import { type Variant, variants } from "./contracts/variants.ts";
import { Admission } from "./ledger/admission.ts";
import { parseGenesis } from "./ledger/genesis.ts";
import { Refused } from "./machines/machine.ts";

type Told = { variant: Variant; genesis: string; said: string[] };

for await (const line of createInterface({ input: process.stdin })) {
  const { variant, genesis, said } = JSON.parse(line) as Told;
  const begun = parseGenesis(bytes(genesis));
  const contract = variants[variant](begun);
  const admission = new Admission(begun, contract);
  const refused = said.map((data) => refusal(admission, bytes(data)));
  const convicted = [...contract.convicted].sort().map((name) => "0x" + name);
  console.log(JSON.stringify({ refused, convicted }));
}

function refusal(admission: Admission, data: Bytes): string | null {
  try {
    admission.admit(data);
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function bytes(written: string): Bytes {
  return Uint8Array.from(Buffer.from(written.slice(2), "hex"));
}
