/**
 * Throws: random chains whose parent throws at the n-th call and whose drops throw, against a model of their live blocks.
 *
 *     root ◀── parent ◀── the leaves of a random tree ◀── random calls
 *              throws at the n-th call after it is armed
 *
 *     a call that throws      changes nothing: each block is live, at the same address, with its bytes
 *     reset, dispose, trim    complete anyway, and then throw the error
 *     at the end              the root has everything back, except what the parent refused by throwing
 *
 * @module
 */
import { type Allocator, type Can, type Capability, can, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { LEAVES, type Tree, treesOf } from "../../checks/support/trees.ts";
import { isTrouble, Trouble, TroubledParent } from "./troubled-parent.ts";

/** A generator of integers below a bound: mulberry32. */
function randomBelow(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

interface Block {
  ptr: Ptr;
  layout: Layout;
  /** Its first byte; each following byte is one more. */
  readonly seed: number;
}

/** One chain, and its model. */
class Trial {
  readonly parent: TroubledParent;
  readonly chain: Can<Capability>;
  readonly below: (bound: number) => number;
  readonly live: Block[] = [];
  readonly log: string[] = [];
  seeds = 0;
  refused = 0;

  constructor(parent: TroubledParent, tree: Tree, below: (bound: number) => number) {
    this.parent = parent;
    this.below = below;
    this.chain = tree.make() as Can<Capability>;
  }

  step(): void {
    const { chain, below, live } = this;
    const at = below(live.length + 1);
    const block = live[at];
    const kind = below(20);
    const layout = Layout.of(1 + below(below(4) === 0 ? 2500 : 80), 2 ** below(8));
    if (kind < 8 || block === undefined) this.allocate(layout, below(4) === 0);
    else if (kind < 12) {
      const fit = Layout.of(
        block.layout.size + below(chain.usableSize(block.layout) - block.layout.size + 1),
        block.layout.align,
      );
      this.attempt(`deallocate ${block.ptr} ${fit}`, () => {
        chain.deallocate(block.ptr, fit);
        live.splice(at, 1);
      });
    } else if (kind < 16) this.resize(block, layout);
    else if (kind === 16) {
      const to = Layout.of(layout.size, block.layout.align);
      this.attempt(`resizeInPlace ${block.ptr} ${block.layout} ${to}`, () => {
        if (chain.resizeInPlace?.(block.ptr, block.layout, to) === true) this.renew(block, block.ptr, to);
      });
    } else if (kind === 17) this.attempt("trim", () => chain.trim?.());
    else if (kind === 18) this.defer();
    else if (below(8) === 0 && can<Allocator, "reset">(chain, "reset")) {
      live.length = 0;
      this.attempt("reset", () => chain.reset());
    }
    this.verify();
  }

  allocate(layout: Layout, zeroed: boolean): void {
    const { chain } = this;
    const usable = chain.usableSize(layout);
    this.attempt(`allocate${zeroed ? "Zeroed" : ""} ${layout}`, () => {
      const ptr = zeroed ? chain.allocateZeroed(layout) : chain.allocate(layout);
      if (ptr === NULL) return;
      if (usable < layout.size) throw new Error(`it served a layout with a usable size of ${usable}`);
      const block = { ptr, layout, seed: this.seeds++ };
      if (zeroed) this.expectZeroes(ptr, usable);
      this.live.push(block);
      this.fill(block);
    });
  }

  resize(block: Block, to: Layout): void {
    const { chain } = this;
    const name = to.size < block.layout.size ? "shrink" : this.below(2) === 0 ? "grow" : "growZeroed";
    const usable = chain.usableSize(to);
    this.attempt(`${name} ${block.ptr} ${block.layout} ${to}`, () => {
      const next = chain[name](block.ptr, block.layout, to);
      if (next === NULL) return;
      if (name === "growZeroed") this.expectZeroes((next + block.layout.size) as Ptr, usable - block.layout.size);
      this.renew(block, next, to);
    });
  }

  /** Registers a drop for the end of the chain's scope. The drop uses the chain, and may throw. */
  defer(): void {
    const { chain, below } = this;
    if (!can<Allocator, "defer">(chain, "defer")) return;
    const throws = below(2) === 0;
    const layout = Layout.of(1 + below(100));
    this.attempt(`defer ${throws}`, () =>
      chain.defer(() => {
        const ptr = chain.allocate(layout);
        if (ptr !== NULL && below(2) === 0) chain.deallocate(ptr, layout);
        if (throws) throw new Trouble("a drop");
      }),
    );
  }

  end(): void {
    this.live.length = 0;
    this.attempt("dispose", () => this.chain.dispose());
  }

  /** Runs a call during which the parent may throw. Any error must be the parent's or a drop's. */
  attempt(text: string, call: () => void): void {
    this.parent.left = this.below(2) === 0 ? this.below(6) : -1;
    this.log.push(`${text}${this.parent.left < 0 ? "" : `, armed ${this.parent.left}`}`);
    try {
      call();
    } catch (error) {
      this.log.push(`  threw ${error}`);
      if (!isTrouble(error)) throw error;
      this.refused++;
    } finally {
      this.parent.left = -1;
    }
  }

  /** Records the resize of a block, and fills it anew. */
  renew(block: Block, ptr: Ptr, to: Layout): void {
    const kept = Math.min(block.layout.size, to.size);
    block.ptr = ptr;
    this.expectPattern(block, kept);
    block.layout = to;
    this.fill(block);
  }

  fill({ ptr, layout, seed }: Block): void {
    const bytes = this.chain.memory.u8;
    for (let i = 0; i < layout.size; i++) bytes[ptr + i] = seed + i;
  }

  verify(): void {
    for (const block of this.live) this.expectPattern(block, block.layout.size);
    this.chain.check?.();
  }

  expectPattern({ ptr, seed }: Block, size: number): void {
    const bytes = this.chain.memory.u8;
    for (let i = 0; i < size; i++) {
      if (bytes[ptr + i] !== ((seed + i) & 255)) throw new Error(`byte ${i} of the block at ${ptr} was overwritten`);
    }
  }

  expectZeroes(ptr: Ptr, size: number): void {
    const bytes = this.chain.memory.u8;
    for (let i = 0; i < size; i++) if (bytes[ptr + i] !== 0) throw new Error(`byte ${i} from ${ptr} on is not zero`);
  }
}

/** The result. */
export interface ThrowsReport {
  readonly operations: number;
  /** Blocks handed out. */
  readonly served: number;
  /** Calls that threw. */
  readonly refused: number;
  /** The fault as text; empty if there is none. */
  readonly text: string;
}

export interface ThrowsOptions {
  readonly operations: number;
  readonly seed: number;
  /** Most levels of a tree. */
  readonly depth?: number;
  readonly leaves?: typeof LEAVES;
  readonly onProgress?: (done: number) => void;
}

/** Steps per chain. */
const STEPS = 300;
const TREES_OF_ROUND = 10;

/** Tries random chains until enough operations are done or a fault is found. */
export function proveThrows(options: ThrowsOptions): ThrowsReport {
  const { operations, seed, depth = 5, leaves = LEAVES, onProgress } = options;
  const root = pages(Memory.linear({ maximum: 2 ** 22 }));
  const parent = new TroubledParent(root);
  const sum = { operations: 0, served: 0, refused: 0 };
  for (let round = 0; sum.operations < operations; round++) {
    const trees = fc.sample(treesOf(parent.allocator, depth, leaves), { numRuns: TREES_OF_ROUND, seed: seed + round });
    for (const [index, tree] of trees.entries()) {
      const below = randomBelow(Math.imul(seed + round, 0x9e3779b1) + index);
      const text = tryTree(parent, tree, below, sum);
      if (text !== "") return { ...sum, text: `${tree.text}, seed ${seed + round}, tree ${index}\n${text}` };
    }
    onProgress?.(Math.min(1, sum.operations / operations));
  }
  return { ...sum, text: "" };
}

/** Tries one chain, and returns its fault as text. */
function tryTree(
  parent: TroubledParent,
  tree: Tree,
  below: (bound: number) => number,
  sum: { operations: number; served: number; refused: number },
): string {
  let trial: Trial | undefined;
  try {
    trial = makeTrial(parent, tree, below);
    for (let step = 0; step < STEPS && trial !== undefined; step++) trial.step();
    trial?.end();
    const held = parent.settle();
    return held === 0 ? "" : `${held} bytes are held after everything ended\n${lastOf(trial)}`;
  } catch (error) {
    return `${(error as Error).stack ?? error}\n${lastOf(trial)}`;
  } finally {
    sum.operations += trial === undefined ? 1 : STEPS;
    sum.served += trial?.seeds ?? 0;
    sum.refused += trial?.refused ?? 0;
  }
}

/** Makes a chain while its parent may throw; a failed attempt must take nothing. Returns undefined if it failed. */
function makeTrial(parent: TroubledParent, tree: Tree, below: (bound: number) => number): Trial | undefined {
  parent.left = below(2) === 0 ? below(12) : -1;
  try {
    return new Trial(parent, tree, below);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return undefined;
  } finally {
    parent.left = -1;
  }
}

function lastOf(trial: Trial | undefined): string {
  return trial === undefined ? "" : trial.log.slice(-30).join("\n");
}
