/**
 * A program on handles: its heaps, its values, and the known state of each.
 *
 * @module
 */
import type { Allocator, Can, Ptr, Shared as SharedAllocator } from "@alloc/core";
import { Arc, Box, Columns, Rc, struct, type Type, u32, Vec } from "@alloc/owned";
import { type Scoped, scoped } from "@alloc/scoped";
import {
  ALLOWED,
  Boom,
  DEEPEST,
  Fault,
  type Held,
  idsOf,
  MASK,
  type Pair,
  type Shared,
  STEPS,
  type Value,
  type Whereabouts,
} from "./prove-handles-steps.ts";

/** Most steps of a program, and most handles: few, so that callbacks meet the handles they were called for. */
const STEPS_OF_PROGRAM = 150;
const MOST_HANDLES = 7;
const LOG = 40;

/** One run: its heaps, its values and its handles. */
export class Program {
  readonly values = new Map<number, Whereabouts>();
  readonly handles: Held[] = [];
  readonly log: string[] = [];
  /** Values made for the running step. */
  offers: number[] = [];
  /** Values that may be in a handle. */
  readonly watched = new Set<number>();
  /** Values that must be owned or dropped after the step. */
  readonly accepted = new Set<number>();
  readonly heap: Can<"check"> & { readonly bytesLive: number };
  readonly sharedHeap: SharedAllocator;
  region: Scoped | undefined;
  state: number;
  depth = 0;
  steps = 0;
  dropped = 0;
  refused = 0;
  /** While set, no callback misbehaves: the program is ending. */
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

  /** Returns a random number from 0 to `below - 1`. */
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

  /** Records a fault. It is not thrown, because callbacks are in between. */
  accuse(text: string): void {
    this.fault ??= new Fault(text);
  }

  /** Makes a value, perhaps with getters that misbehave. */
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
    if (was !== "in" && was !== "offered") this.accuse(`value ${id} was dropped while ${was}`);
    this.values.set(id, "dropped");
    this.dropped++;
    this.mischief(`drop of ${id}`);
  }

  /** Acts as a callback of the program: does nothing, takes further steps, or throws. */
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

  /** Takes ownership of a value that was handed out. */
  out<V extends Value | undefined>(value: V): V {
    if (value !== undefined) {
      const was = this.values.get(value.id);
      if (was === "dropped" || was === "out") this.accuse(`value ${value.id} was handed out while ${was}`);
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
      // A callback that takes steps may or may not pass on their errors, as real programs do.
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
    const kind = this.pick(8);
    this.note(`make ${["box", "pair", "vec", "vec from", "rc", "arc", "columns", "emplace"][kind]}`);
    const { Value, Pair } = this;
    if (kind === 0) this.add({ kind: "box", it: Box.new(Value, this.fresh(), this.home()) });
    else if (kind === 1)
      this.add({ kind: "pair", it: Box.new(Pair, { a: this.fresh(), b: this.fresh() }, this.home()) });
    else if (kind === 2) this.add({ kind: "vec", it: Vec.withCapacity(Value, this.pick(4), this.home()) });
    else if (kind === 3) this.add({ kind: "vec", it: Vec.from(Value, this.several(), this.home()) });
    else if (kind === 4) this.add({ kind: "rc", it: Rc.new(Value, this.fresh(), this.home()) as unknown as Shared });
    else if (kind === 5)
      this.add({ kind: "rc", it: Arc.new(Value, this.fresh(), this.sharedHeap) as unknown as Shared });
    else if (kind === 6) this.add({ kind: "columns", it: Columns.from(Value, this.several(), this.home()) });
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

  /** Reads all handles, and compares their values with the record. */
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
      if (isAccepted && !seen.has(id)) this.accuse(`value ${id} is lost: it is in no handle and was not dropped`);
      else if (was === "offered") this.values.set(id, seen.has(id) ? "in" : "out");
      if (!seen.has(id)) this.watched.delete(id);
      if (this.values.get(id) === "out" && seen.has(id)) this.accuse(`value ${id} was handed out, but is in a handle`);
    }
  }

  read(held: Held, seen: Set<number>, blocks: Set<unknown>): void {
    if (held.kind === "weak") return;
    const { kind, it } = held;
    if (kind === "rc") {
      const { allocator, block } = it as unknown as { allocator: Allocator; block: Ptr };
      const key = `${allocator === this.sharedHeap} ${block}`;
      if (blocks.has(key)) return;
      blocks.add(key);
    }
    for (const id of idsOf(held)) {
      const was = this.values.get(id);
      if (was !== "in" && was !== "offered") this.accuse(`value ${id} is in a ${kind} while ${was}`);
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

  /** Ends all handles and heaps. Then each value was dropped or handed out, and the heap is empty. */
  end(): void {
    this.note("the end");
    for (const { it } of this.handles.splice(0)) it.dispose();
    this.region?.dispose();
    for (const [id, was] of this.values) if (was === "in") this.accuse(`value ${id} was never dropped`);
    this.heap.check();
    if (this.heap.bytesLive !== 0) this.accuse(`${this.heap.bytesLive} bytes are live without a handle`);
    const { held } = this.sharedHeap.footprint();
    if (held !== 0) this.accuse(`${held} bytes of the shared heap are held without a live Arc`);
  }
}
