/** What machines are made of (docs/formats/machines.md): functions, maps, and guards with reasons. */

export type Value = string | number | boolean;
export type Entry = [key: Value[], value: Value];
export type Entries = Entry[];
export type State = Record<string, Value | Entries>;

/** What is said of an action whose guard does not hold. */
export class Refused extends Error {}

export function require(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Refused(reason);
}

/** A function: what is given with an entry for every key, and never changes. */
export class Fun<Key extends Value[], Item extends Value> {
  protected readonly items = new Map<string, Item>();

  /** Takes over entries as they are written. */
  fill(entries: Entries): void {
    const keys = new Set<string>();
    for (const entry of entries) {
      const [key, item] = entry;
      const name = JSON.stringify(key);
      if (entry.length !== 2 || !Array.isArray(key)) throw new Error(`${entry} is no entry`);
      if (keys.has(name)) throw new Error(`the entry for ${name} stands twice`);
      keys.add(name);
      this.items.set(name, item as Item);
    }
  }

  get(...key: Key): Item {
    return this.items.get(this.known(key)) as Item;
  }

  entries(): [key: Key, item: Item][] {
    return [...this.items].map(([key, item]) => [JSON.parse(key) as Key, item]);
  }

  /** A key by its text. Keys are those that it was filled with, and there are no others. */
  protected known(key: Value[]): string {
    const name = JSON.stringify(key);
    if (!this.items.has(name)) throw new Error(`there is no entry for ${name}`);
    return name;
  }
}

/** A map: what can be set, key by key. */
export class Table<Key extends Value[], Item extends Value> extends Fun<Key, Item> {
  set(...entry: [...key: Key, item: Item]): void {
    this.items.set(this.known(entry.slice(0, -1)), entry.at(-1) as Item);
  }

  /** The place of a key, to read and to write. */
  at(...key: Key): Cell<Item> {
    const [items, name] = [this.items, this.known(key)];
    return {
      get value() {
        return items.get(name) as Item;
      },
      set value(item) {
        items.set(name, item);
      },
    };
  }
}

/** A place in a map, to read and to write. */
export interface Cell<Item> {
  value: Item;
}

/**
 * A machine: its properties are its functions (`Fun`), and the fields of its state, which are
 * maps (`Table`) and values. An action is a method: it requires what must hold, and then changes
 * the state.
 */
export interface Machine {
  /** The actions, each a method, by whose name it is known. */
  readonly actions: readonly ((...args: never[]) => void)[];

  /** Throws for functions with which it cannot begin. */
  begun?(): void;
}

/** The names of the fields. */
export function fields(machine: Machine): string[] {
  return properties(machine).filter(([, it]) => isField(it)).map(([name]) => name);
}

/** Gives a machine its functions, and each field of its state. */
export function begin(machine: Machine, functions: Record<string, Entries>, state: State): void {
  const given = new Map<string, Value | Entries>(Object.entries({ ...functions, ...state }));
  for (const [name, mine] of properties(machine)) {
    const its = given.get(name);
    given.delete(name);
    if (mine instanceof Fun && Array.isArray(its)) mine.fill(its);
    else if (typeof mine === typeof its) Reflect.set(machine, name, its);
    else throw new Error(`${name} is missing, or of another type`);
  }
  for (const name of given.keys()) throw new Error(`the machine has no ${name}`);
  machine.begun?.();
}

/** Takes an action. Throws `Refused` with the reason of the first guard that does not hold. */
export function take(machine: Machine, name: string, args: Value[]): void {
  const action = machine.actions.find((it) => it.name === name);
  if (!action) throw new Error(`the machine has no action ${name}`);
  if (action.length !== args.length) throw new Error(`${name} takes ${action.length} arguments`);
  action.apply(machine, args as never[]);
}

/** The state, whole. */
export function show(machine: Machine): State {
  const shown = properties(machine).filter(([, it]) => isField(it));
  return Object.fromEntries(
    shown.map(([name, it]) => [name, it instanceof Table ? it.entries() : (it as Value)]),
  );
}

function properties(machine: Machine): [name: string, it: unknown][] {
  return Object.entries(machine).filter(([name]) => name !== "actions");
}

function isField(it: unknown): boolean {
  return it instanceof Table || !(it instanceof Fun);
}
