/**
 * Proves the owning handles against callbacks that come back and callbacks that throw.
 *
 *     a step        push · set · sort · makeMut · … on any handle, chosen by a seed
 *       └─ runs     drop · clone · compare · getter · generator · builder · borrow of ours
 *             └─ which may throw, or take further steps, on the same handles too
 *
 * Each value has a number of its own. Who lives is written down when it is made, handed out and dropped; after each step all
 * handles are read, and what is in them must be just what is written down: no value in two places, none lost, none dropped twice or
 * while somebody has it. The heap is guarded, so what is written into a block that was released is seen.
 *
 * @module
 */
import { type Allocator, type Can, Memory, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Arc, Box, Rc, type SharedAllocator, struct, type Type, u32, Vec, type Weak } from "@alloc/owned";
import { guard } from "@alloc/proxy";
import { type Scoped, scoped } from "@alloc/scoped";

export interface HandlesOptions {
  /** Steps at least, those that callbacks take included. */
  readonly steps: number;
  readonly seed: number;
  /** Told the share of the steps that is done. */
  readonly onProgress?: (done: number) => void;
}

export interface HandlesReport {
  readonly steps: number;
  readonly values: number;
  readonly dropped: number;
  /** Steps that threw what they may throw. */
  readonly refused: number;
  /** What was found, with the seed and the last steps; undefined if nothing. */
  readonly fault: string | undefined;
}

interface Value {
  id: number;
}
interface Pair {
  a: Value;
  b: Value;
}

/** Where a value is: with a handle, with the program, or nowhere any more. */
type Whereabouts = "offered" | "in" | "out" | "dropped";

type Shared = { clone(): Shared; downgrade(): Weak<Shared>; readonly block?: Ptr } & Omit<
  Rc<Value>,
  "clone" | "downgrade"
>;

/** A handle, and how its values are read. */
type Held =
  | { readonly kind: "box"; readonly it: Box<Value> }
  | { readonly kind: "pair"; readonly it: Box<Pair> }
  | { readonly kind: "list"; readonly it: Box<Value[]> }
  | { readonly kind: "vec"; readonly it: Vec<Value> }
  | { readonly kind: "rc"; readonly it: Shared }
  | { readonly kind: "weak"; readonly it: Weak<Shared> };

/** Steps of a program, and handles and elements that it may have: few, so that callbacks meet what they came from. */
const STEPS_OF_PROGRAM = 150;
const MOST_HANDLES = 7;
const MOST_ELEMENTS = 9;
/** Steps that callbacks may take in callbacks. */
const DEEPEST = 3;
const LOG = 40;
/** A value holds its number twice, so that a torn one is seen. */
const MASK = 0x5a5a5a5a;

class Boom extends Error {
  override readonly name = "Boom";
}

/** What a step may throw: what callbacks throw, and what is refused. */
const ALLOWED: readonly (string | undefined)[] = [
  "disposed",
  "reentrant",
  "closed-scope",
  "open-scope",
  "alias",
  "borrowed",
];

class Fault extends Error {}

/** One run: its heaps, its values and its handles. */
class Program {
  readonly values = new Map<number, Whereabouts>();
  readonly handles: Held[] = [];
  readonly log: string[] = [];
  /** Values that were made for the step that runs. */
  offers: number[] = [];
  /** Those that may be with a handle. */
  readonly watched = new Set<number>();
  /** Those that somebody has to own, or have dropped, once the step is over. */
  readonly accepted = new Set<number>();
  readonly heap: Can<"check"> & { readonly bytesLive: number };
  readonly sharedHeap: SharedAllocator;
  region: Scoped | undefined;
  state: number;
  depth = 0;
  steps = 0;
  dropped = 0;
  refused = 0;
  /** No mischief: what there is is ended. */
  isCalm = false;
  fault: Fault | undefined;
  readonly Value: Type<Value>;
  readonly Pair: Type<Pair>;

  constructor(heap: Program["heap"], sharedHeap: SharedAllocator, seed: number) {
    this.heap = heap;
    this.sharedHeap = sharedHeap;
    this.state = seed | 0 || 1;
    this.Value = struct(
      { id: u32, copy: u32 },
      {
        drop: ({ id, copy }) => this.drop(id, copy),
        clone: ({ id }) => {
          this.mischief(`clone of ${id}`);
          const made = this.values.size + 1;
          this.offer(made);
          this.accepted.add(made);
          return { id: made, copy: made ^ MASK };
        },
      },
    ) as unknown as Type<Value>;
    this.Pair = struct({ a: this.Value, b: this.Value });
  }

  /** A number from 0 to below `below`. */
  pick(below: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % below;
  }

  note(text: string): void {
    this.log.push(`${"  ".repeat(this.depth)}${text}`);
    if (this.log.length > LOG) this.log.shift();
  }

  /** Notes what must not be. Not thrown, since callbacks are in between. */
  accuse(text: string): void {
    this.fault ??= new Fault(text);
  }

  /** Makes a value, whose getters may be ours. */
  fresh(): Value {
    const id = this.values.size + 1;
    this.offer(id);
    this.offers.push(id);
    const copy = id ^ MASK;
    const isPlain = this.isCalm || this.pick(3) !== 0;
    if (isPlain) return { id, copy } as Value;
    const mischief = () => this.mischief(`getter of ${id}`);
    return {
      id,
      get copy() {
        mischief();
        return copy;
      },
    } as Value;
  }

  offer(id: number): void {
    this.values.set(id, "offered");
    this.watched.add(id);
  }

  drop(id: number, copy: number): void {
    this.note(`drop ${id}`);
    if ((id ^ MASK) !== copy) this.accuse(`the bytes of value ${id} are torn`);
    const was = this.values.get(id);
    if (was !== "in" && was !== "offered") this.accuse(`value ${id} was dropped, and it is ${was}`);
    this.values.set(id, "dropped");
    this.dropped++;
    this.mischief(`drop of ${id}`);
  }

  /** What a callback of the program does: nothing, further steps, or a throw. */
  mischief(where: string): void {
    if (this.isCalm) return;
    const dice = this.pick(12);
    if (dice < 3 && this.depth < DEEPEST) {
      this.depth++;
      try {
        this.step();
        if (dice === 0) this.step();
      } finally {
        this.depth--;
      }
    } else if (dice === 3) {
      this.note(`throw in ${where}`);
      throw new Boom(where);
    }
  }

  /** What was handed out is the program's. */
  out<V extends Value | undefined>(value: V): V {
    if (value !== undefined) {
      const was = this.values.get(value.id);
      if (was === "dropped" || was === "out") this.accuse(`value ${value.id} was handed out, and it is ${was}`);
      this.values.set(value.id, "out");
    }
    return value;
  }

  home(): Allocator {
    if (this.pick(3) !== 0) return this.heap;
    this.region ??= scoped(512, { parent: this.heap, grow: true });
    return this.region;
  }

  add(held: Held): void {
    this.handles.push(held);
  }

  /** Takes a step, and catches what it may throw. */
  step(): void {
    this.steps++;
    const at = this.handles.length === 0 ? -1 : this.pick(this.handles.length);
    const held = this.handles[at];
    const { offers } = this;
    this.offers = [];
    try {
      if (held === undefined || (this.handles.length < MOST_HANDLES && this.pick(4) === 0)) this.make();
      else if (this.region !== undefined && this.pick(this.depth > 0 ? 15 : 60) === 0) this.endRegion();
      else STEPS[held.kind](this, held.it as never, held);
      for (const id of this.offers) this.accepted.add(id);
    } catch (error) {
      this.refused++;
      this.judge(error);
      // A callback that steps passes on what came of it, or not: both are ways of programs.
      if (this.depth > 0 && this.pick(2) === 0) throw error;
    } finally {
      this.offers = offers;
    }
  }

  judge(error: unknown): void {
    const { name, code, errors, stack } = error as { name?: string; code?: string; errors?: unknown[]; stack?: string };
    this.note(`! ${name} ${code ?? ""}`);
    if (errors !== undefined) for (const each of errors) this.judge(each);
    else if (name !== "Boom" && !ALLOWED.includes(code)) this.accuse(`a step threw ${stack}`);
  }

  make(): void {
    const kind = this.pick(7);
    this.note(`make ${["box", "pair", "vec", "vec from", "rc", "arc", "emplace"][kind]}`);
    const { Value, Pair } = this;
    if (kind === 0) this.add({ kind: "box", it: Box.new(Value, this.fresh(), this.home()) });
    else if (kind === 1)
      this.add({ kind: "pair", it: Box.new(Pair, { a: this.fresh(), b: this.fresh() }, this.home()) });
    else if (kind === 2) this.add({ kind: "vec", it: Vec.withCapacity(Value, this.pick(4), this.home()) });
    else if (kind === 3) this.add({ kind: "vec", it: Vec.from(Value, this.several(), this.home()) });
    else if (kind === 4) this.add({ kind: "rc", it: Rc.new(Value, this.fresh(), this.home()) as unknown as Shared });
    else if (kind === 5)
      this.add({ kind: "rc", it: Arc.new(Value, this.fresh(), this.sharedHeap) as unknown as Shared });
    else {
      const build = (view: Value & { copy?: number }) => {
        const { id } = this.fresh();
        view.id = id;
        view.copy = id ^ MASK;
        this.mischief(`building ${id}`);
      };
      this.add({ kind: "box", it: Box.emplace(Value, build as never, this.home()) });
    }
  }

  *several(): Iterable<Value> {
    for (let count = this.pick(4); count > 0; count--) {
      this.mischief("generator");
      yield this.fresh();
    }
  }

  endRegion(): void {
    const { region } = this;
    const isReset = this.pick(2) === 0;
    this.note(isReset ? "reset the region" : "dispose of the region");
    if (isReset) region!.reset();
    else {
      this.region = undefined;
      region!.dispose();
    }
  }

  forget(held: Held): void {
    const at = this.handles.indexOf(held);
    if (at >= 0) this.handles.splice(at, 1);
  }

  /** Reads all handles, and compares what is in them with what is written down. */
  check(): void {
    const seen = new Set<number>();
    const blocks = new Set<unknown>();
    for (const held of [...this.handles]) {
      if ((held.it as unknown as { isLive: boolean }).isLive) this.read(held, seen, blocks);
      else this.forget(held);
    }
    for (const id of this.watched) {
      const was = this.values.get(id)!;
      const isAccepted = was === "in" || (was === "offered" && this.accepted.has(id));
      if (isAccepted && !seen.has(id)) this.accuse(`value ${id} is lost: it is in no handle, and was not dropped`);
      else if (was === "offered") this.values.set(id, seen.has(id) ? "in" : "out");
      if (!seen.has(id)) this.watched.delete(id);
      if (this.values.get(id) === "out" && seen.has(id)) this.accuse(`value ${id} was handed out, and is in a handle`);
    }
  }

  read({ kind, it }: Held, seen: Set<number>, blocks: Set<unknown>): void {
    if (kind === "weak") return;
    if (kind === "rc") {
      const { allocator, block } = it as unknown as { allocator: Allocator; block: Ptr };
      const key = `${allocator === this.sharedHeap} ${block}`;
      if (blocks.has(key)) return;
      blocks.add(key);
    }
    const ids: readonly number[] =
      kind === "vec"
        ? Array.from({ length: it.length }, (_, index) => it.peek(index).id)
        : kind === "pair"
          ? [it.value.a.id, it.value.b.id]
          : kind === "list"
            ? Array.from(it.value, ({ id }) => id)
            : [it.value.id];
    for (const id of ids) {
      const was = this.values.get(id);
      if (was !== "in" && was !== "offered") this.accuse(`value ${id} is in a ${kind}, and it is ${was}`);
      if (seen.has(id)) this.accuse(`value ${id} is in two places, one of them a ${kind}`);
      seen.add(id);
    }
  }

  run(): void {
    for (let count = 0; count < STEPS_OF_PROGRAM && this.fault === undefined; count++) {
      this.step();
      this.check();
      if (count % 50 === 0) this.heap.check();
    }
    this.isCalm = true;
    if (this.fault === undefined) this.end();
  }

  /** Ends what there is: then each value was dropped or handed out, and the heap is empty. */
  end(): void {
    this.note("the end");
    for (const { it } of this.handles.splice(0)) it.dispose();
    this.region?.dispose();
    for (const [id, was] of this.values) if (was === "in") this.accuse(`value ${id} is never dropped`);
    this.heap.check();
    if (this.heap.bytesLive !== 0) this.accuse(`${this.heap.bytesLive} bytes are live, and no handle is`);
    const { held } = this.sharedHeap.footprint();
    if (held !== 0) this.accuse(`${held} bytes of the shared heap are held, and no Arc is live`);
  }
}

type Step<H> = (program: Program, it: H, held: Held) => void;

/** One of several steps, by the dice. */
const oneOf =
  <H>(...steps: readonly Step<H>[]): Step<H> =>
  (program, it, held) =>
    steps[program.pick(steps.length)]!(program, it, held);

/** A step under a name, for the log. */
const named =
  <H>(name: string, step: Step<H>): Step<H> =>
  (program, it, held) => {
    program.note(name);
    step(program, it, held);
  };

const STEPS: { readonly [K in Held["kind"]]: Step<never> } = {
  box: oneOf<Box<Value>>(
    named("box.set", (program, box) => box.set(program.fresh())),
    named("box.set onto itself", (_program, box) => box.set(box.get())),
    named("box.set of its view", (_program, box) => box.set(box.value)),
    named("box.clone", (program, box) => program.add({ kind: "box", it: box.clone() })),
    named("box.take", (program, box) => void program.out(box.take())),
    named("Box of its view", (program, box) =>
      program.add({ kind: "box", it: Box.new(program.Value, box.value, program.heap) }),
    ),
    named("box raw and back", (program, box) => {
      const { allocator } = box;
      program.add({ kind: "box", it: Box.fromRaw(program.Value, box.intoRaw(), allocator) });
    }),
    named("box.dispose", (_program, box) => box.dispose()),
  ),
  pair: oneOf<Box<Pair>>(
    named("pair.a =", (program, box) => {
      box.value.a = program.fresh();
    }),
    named("pair.b = pair.b", (_program, box) => {
      const { b } = box.value;
      box.value.b = b;
    }),
    named("pair.a = pair.b", (_program, box) => {
      box.value.a = box.value.b;
    }),
    named("pair.set", (program, box) => box.set({ a: program.fresh(), b: program.fresh() })),
    named("pair.clone", (program, box) => program.add({ kind: "pair", it: box.clone() })),
    named("pair.dispose", (_program, box) => box.dispose()),
  ),
  list: oneOf<Box<Value[]>>(
    named("list.value.set", (program, box) => {
      const { length } = box.value;
      if (length > 0) box.value.set(program.pick(length), program.fresh());
    }),
    named("list.clone", (program, box) => program.add({ kind: "list", it: box.clone() })),
    named("list.dispose", (_program, box) => box.dispose()),
  ),
  vec: oneOf<Vec<Value>>(
    named("vec.push", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.push(program.fresh());
    }),
    named("vec.push again", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.push(program.fresh());
    }),
    named("vec.insert", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.insert(program.pick(vec.length + 1), program.fresh());
    }),
    named("vec.extend", (program, vec) => {
      if (vec.length < MOST_ELEMENTS) vec.extend(program.several());
    }),
    named("vec.set", (program, vec) => {
      if (vec.length > 0) vec.set(program.pick(vec.length), program.fresh());
    }),
    named("vec.set of an element", (program, vec) => {
      if (vec.length > 0) vec.set(program.pick(vec.length), vec.at(program.pick(vec.length)));
    }),
    named("vec.push of an element", (program, vec) => {
      if (vec.length > 0) vec.push(vec.at(program.pick(vec.length)));
    }),
    named("vec.pop", (program, vec) => void program.out(vec.pop())),
    named("vec.remove", (program, vec) => {
      if (vec.length > 0) program.out(vec.remove(program.pick(vec.length)));
    }),
    named("vec.swapRemove", (program, vec) => {
      if (vec.length > 0) program.out(vec.swapRemove(program.pick(vec.length)));
    }),
    named("vec.truncate", (program, vec) => vec.truncate(program.pick(vec.length + 1))),
    named("vec.sort", (program, vec) =>
      vec.sort((a, b) => {
        program.mischief("comparison");
        return ((a.id * 7919) % 101) - ((b.id * 7919) % 101);
      }),
    ),
    named("vec.reserve", (program, vec) => vec.reserve(program.pick(8))),
    named("vec.shrinkToFit", (_program, vec) => vec.shrinkToFit()),
    named("vec loop", (program, vec) => {
      for (const element of vec) if (element.id > 0) program.mischief("loop");
    }),
    named("vec.intoBox", (program, vec) => program.add({ kind: "list", it: vec.intoBox() })),
    named("vec.dispose", (_program, vec) => vec.dispose()),
  ),
  rc: oneOf<Shared>(
    named("rc.clone", (program, rc) => program.add({ kind: "rc", it: rc.clone() })),
    named("rc.downgrade", (program, rc) => program.add({ kind: "weak", it: rc.downgrade() })),
    named("rc.set", (program, rc) => rc.set?.(program.fresh())),
    named("rc.set onto itself", (_program, rc) => rc.set?.(rc.get())),
    named("rc.makeMut", (_program, rc) => void rc.makeMut().id),
    named("rc.getMut", (_program, rc) => void rc.getMut()?.id),
    named("rc.borrow", (program, rc) => rc.borrow?.(() => program.mischief("borrow"))),
    named("rc.borrowMut", (program, rc) => rc.borrowMut?.(() => program.mischief("borrowMut"))),
    named("rc.dispose", (_program, rc) => rc.dispose()),
  ),
  weak: oneOf<Weak<Shared>>(
    named("weak.upgrade", (program, weak) => {
      const rc = weak.upgrade();
      if (rc !== undefined) program.add({ kind: "rc", it: rc });
    }),
    named("weak.clone", (program, weak) => program.add({ kind: "weak", it: weak.clone() })),
    named("weak.dispose", (_program, weak) => weak.dispose()),
  ),
};

/** Runs programs until so many steps are taken, or a fault is found. */
export function proveHandles({ steps, seed, onProgress }: HandlesOptions): HandlesReport {
  const limit = Error.stackTraceLimit;
  // Errors are what a program is full of, and stacks what they cost.
  Error.stackTraceLimit = 0;
  try {
    return programs(steps, seed, onProgress);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function programs(steps: number, seed: number, onProgress: HandlesOptions["onProgress"]): HandlesReport {
  const sum = { steps: 0, values: 0, dropped: 0, refused: 0 };
  const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
  const sharedHeap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 })) as unknown as SharedAllocator;
  for (let run = 0; sum.steps < steps; run++) {
    const heap = guard(system({ parent }), { stackDepth: 0, quarantine: 4096 });
    const program = new Program(heap, sharedHeap, Math.imul(seed + run, 0x9e3779b1));
    try {
      program.run();
      if (program.fault === undefined) heap.dispose();
    } catch (error) {
      program.accuse(`${(error as Error).stack}`);
    }
    sum.steps += program.steps;
    sum.values += program.values.size;
    sum.dropped += program.dropped;
    sum.refused += program.refused;
    if (program.fault !== undefined) {
      const text = `${program.fault.message}\nin the program of seed ${seed + run}, whose last steps are\n${program.log.join("\n")}`;
      return { ...sum, fault: text };
    }
    onProgress?.(Math.min(1, sum.steps / steps));
  }
  return { ...sum, fault: undefined };
}
