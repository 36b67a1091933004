import assert from "node:assert/strict";

import { Refused, type State, type Value, show, take } from "../src/machines/machine.ts";
import { examples } from "./examples.ts";
import { lock } from "./lock.ts";
import { address, stored } from "./states.ts";

type Taking = { before: State; action: string; args: Value[]; after: State; refused?: string };
type Addressing = { state: State; stored: State; address: string };

/** What is wrong with what is asked, and is no reason of an action's own. */
const SENSELESS: Record<string, RegExp> = {
  value: /no entry for|of another type/,
  entry: /is no entry|stands twice/,
  field: /is missing/,
};

examples("machines", {
  take: ({ before, action, args, after, refused }: Taking) => {
    if (!refused) {
      const machine = lock(before);
      take(machine, action, args);
      assert.deepEqual(show(machine), show(lock(after)));
    } else if (SENSELESS[refused]) {
      assert.throws(() => take(lock(before), action, args), SENSELESS[refused]);
    } else {
      const machine = lock(before);
      assert.throws(() => take(machine, action, args), new Refused(refused));
      assert.deepEqual(show(machine), show(lock(before)));
    }
  },
  address: (example: Addressing) => {
    const found = stored(show(lock(example.state)), show(lock({ held: false, holds: [] })));
    assert.deepEqual(found, example.stored);
    assert.equal(address(found), example.address);
  },
});
