/** The examples of docs/formats. */

import { readFileSync } from "node:fs";
import { test } from "node:test";

type Doing = (example: never) => void | Promise<void>;

const FORMATS = new URL("../../../docs/formats/", import.meta.url);

/** Has each example of a page done by the function of the name that it has in `do`. */
export function examples(page: string, doing: Record<string, Doing>): void {
  const text = readFileSync(new URL(`${page}.md`, FORMATS), "utf8");
  for (const [, block = ""] of text.matchAll(/^```json\n(.*?)^```/gms)) {
    const example = JSON.parse(block) as { do: string };
    test(`${page}: ${JSON.stringify(example).slice(0, 80)}`, async () => {
      const act = doing[example.do];
      if (!act) throw new Error(`nothing does ${example.do}`);
      await act(example as never);
    });
  }
}
