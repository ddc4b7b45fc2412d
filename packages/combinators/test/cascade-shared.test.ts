/** Cascades whose members come and go while threads share the memory. Threads are objects over the same words here. */
import {
  type Cascade,
  type CascadeOptions,
  cascade,
  cascadeKind,
  combinatorKinds,
  fallback,
  freeTree,
  type Limit,
  limit,
} from "@alloc/combinators";
import {
  type Allocator,
  type Can,
  Layout,
  Memory,
  NULL,
  orThrow,
  type Ptr,
  pages,
  type SharedMemory,
} from "@alloc/core";
import { attachDescription, bytesOfBook, CHANGES, catchUp, type Kind } from "@alloc/core/author";
import { freeListKind } from "@alloc/freelist";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyOf, copyOfDescription } from "../../../checks/support/attached.ts";
import { gate } from "../../../checks/support/gated.ts";
import { runs } from "../../../checks/support/runs.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { pool } from "./support/chains.ts";

const layout = Layout.of(8);
const take = (allocator: Allocator) => orThrow(allocator.allocate(layout), layout);
const takeMany = (allocator: Allocator, count: number) => Array.from({ length: count }, () => take(allocator));
const memoryOf = () => Memory.linear({ shared: true, initial: 65536, maximum: 2 ** 22 });
type Make = (index: number, parent: Allocator) => Can<"owns">;
type Pools = Cascade<Can<"owns" | "reset">>;

const two: Make = (_, parent) => pool(64, 2, parent);
const KINDS = [...combinatorKinds, freeListKind, { ...cascadeKind(two), name: "inner" }];
const pools = (make: Make, parent: Allocator, options: CascadeOptions = {}) =>
  cascade((index) => make(index, parent), { most: 8, kinds: KINDS, ...options }) as unknown as Pools;

/** Threads of a memory. */
class Threads {
  readonly memory: SharedMemory;
  readonly kinds: readonly Kind[];
  seen = 0;

  constructor(memory: SharedMemory, make: Make) {
    this.memory = gate(memory);
    this.kinds = [...KINDS, cascadeKind(make)];
  }

  /** Lets a thread in, as a gate does. */
  enter(): void {
    const now = this.memory.openBook().words[CHANGES]!;
    if (now !== this.seen) catchUp(this.memory);
    this.seen = now;
  }

  call<T>(step: () => T): T {
    this.enter();
    return step();
  }

  attach<A extends Allocator>(chain: A, description = chain.describe()): A {
    return this.call(() => attachDescription(this.memory, description, this.kinds)) as A;
  }
}

/** A cascade in a memory that threads share, and a second one on its words. */
function shared(make: Make = two, options: CascadeOptions = {}) {
  const memory = memoryOf();
  const first = pools(make, pages(memory), options);
  const threads = new Threads(memory, make);
  return { memory, threads, first, other: threads.attach(first) };
}

const MAKES: Record<string, Make> = {
  "pools of different lengths": (index, parent) => pool(64, 1 + (index % 3), parent),
  "chains of several members": (_, parent) =>
    limit(fallback(pool(64, 1, parent), freeTree(pool(256, 1, parent))), { count: 5 }),
  cascades: (_, parent) => pools(two, parent, { most: 2, name: "inner" }),
};

describe.each(Object.entries(MAKES))("a cascade of %s", (_, make) => {
  const step = fc.record({
    thread: fc.nat(2),
    does: fc.constantFrom("allocate", "allocate", "allocate", "release", "release", "trim", "grow"),
    which: fc.nat(1000),
    size: fc.integer({ min: 1, max: 64 }),
  });
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  test("does for three threads what it does for one alone", () => {
    const program = (steps: readonly Step[]) => {
      const { threads, first, other } = shared(make);
      const chains = [first, other, threads.attach(other)];
      const alone = pools(make, pages(Memory.linear({ initial: 65536, maximum: 2 ** 22 })));
      const live: { ptr: Ptr; size: number }[] = [];
      for (const { thread, does, which, size } of steps) {
        const at = which % live.length;
        const block = live[at];
        const run = (chain: Pools) => {
          if (does === "trim") return chain.trim();
          if (does === "allocate") return chain.allocate(Layout.of(size));
          if (block === undefined) return undefined;
          const from = Layout.of(block.size);
          return does === "release" ? chain.deallocate(block.ptr, from) : chain.grow(block.ptr, from, Layout.of(64));
        };
        const result = threads.call(() => run(chains[thread]!));
        expect(result).toEqual(run(alone));
        if (does === "allocate" && result !== NULL) live.push({ ptr: result as Ptr, size });
        if (does === "release" && block !== undefined) live.splice(at, 1);
        if (does === "grow" && block !== undefined && result !== NULL) live[at] = { ptr: result as Ptr, size: 64 };
        threads.enter();
        expect(new Set(chains.map((chain) => JSON.stringify(chain))).size).toBe(1);
        for (const chain of chains) chain.check();
        expect(first.members.length).toBe(alone.members.length);
      }
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), program), { numRuns: runs(60) });
  });
});

test("a description in a memory that threads share lists the first member, and the others are found where it is attached", () => {
  const { threads, first } = shared();
  const before = first.describe();
  const ptrs = threads.call(() => takeMany(first, 6));
  expect(before.nodes.map(({ kind }) => kind)).toEqual(first.describe().nodes.map(({ kind }) => kind));
  const late = threads.attach(first, before);
  expect(late.members.length).toBe(3);
  expect(ptrs.map((ptr) => late.owns(ptr))).toEqual(Array(6).fill(true));
});

test("members that were made before threads shared the memory are found too", () => {
  const memory = memoryOf();
  const first = pools(two, pages(memory));
  takeMany(first, 6);
  const threads = new Threads(memory, two);
  expect(first.describe().nodes.map(({ kind }) => kind)).toEqual(["cascade", "freeList", "pages"]);
  expect(threads.attach(first).members.length).toBe(3);
});

test("a member that another thread has disposed of has ended here: its calls say so", () => {
  const { threads, first, other } = shared();
  const ptrs = threads.call(() => takeMany(other, 6));
  threads.enter();
  const [, , member] = first.members;
  threads.call(() => {
    for (const ptr of ptrs.slice(2)) other.deallocate(ptr, layout);
  });
  expect([other.members.length, first.members.length]).toEqual([2, 3]);
  threads.enter();
  expect(first.members.length).toBe(2);
  expect(() => member!.allocate(layout)).toThrow("this freeList was disposed of by another thread");
});

test("what stands on a cascade keeps its counts when a member goes", () => {
  const memory = memoryOf();
  const first = limit(pools(two, pages(memory)), { count: 100 });
  const threads = new Threads(memory, two);
  const other = threads.attach(first) as Limit<Pools>;
  const ptrs = threads.call(() => takeMany(first, 6));
  threads.enter();
  threads.call(() => {
    for (const ptr of ptrs.slice(2)) first.deallocate(ptr, layout);
    first.trim();
  });
  threads.enter();
  expect([first.inner.members.length, other.inner.members.length]).toEqual([1, 1]);
  expect([first.numLive, other.numLive]).toEqual([2, 2]);
});

describe("the most members", () => {
  test.each([
    ["in a memory that threads share", () => shared(two, { most: 3 }).first],
    ["in a memory of one thread", () => pools(two, pages(Memory.linear({ initial: 65536 })), { most: 3 })],
    ["before threads share it", () => pools(two, pages(memoryOf()), { most: 3 })],
  ])("are as many as given %s: more have no room", (_, make) => {
    const chain = make();
    takeMany(chain, 6);
    expect([chain.allocate(layout), chain.members.length]).toEqual([NULL, 3]);
  });

  test("may be one", () => {
    const { threads, first, other } = shared(two, { most: 1 });
    threads.call(() => takeMany(first, 2));
    expect(other.allocate(layout)).toBe(NULL);
  });

  test("are in the options of a description if they were given", () => {
    expect(shared().first.describeSelf().options).toEqual({ most: 8 });
    expect(cascade((index) => two(index, pages(memoryOf()))).describeSelf().options).toEqual({});
  });

  test.each([
    ["0", { most: 0 }],
    ["a fraction", { most: 1.5 }],
    ["too many", { most: 2 ** 24 }],
    ["a text", { most: "3" }],
    ["left out beside kinds", { kinds: [] }],
    ["given beside kinds that are no array", { most: 3, kinds: freeListKind }],
  ])("are refused if %s", (_, options) => {
    let made = 0;
    const make = () => {
      made++;
      return two(0, pages(memoryOf()));
    };
    expect(codeThrown(() => cascade(make, options as CascadeOptions))).toBe("argument");
    expect(made).toBe(0);
  });
});

describe("members over another allocator than the root", () => {
  const over = () => {
    const memory = memoryOf();
    const heap = freeTree(pages(memory).byRef());
    const first = fallback(pools(two, heap), heap.byRef());
    const threads = new Threads(memory, two);
    return { threads, heap, first, other: threads.attach(first) };
  };

  test("are made over the one that each thread has for the first member", () => {
    const { threads, first, other } = over();
    threads.call(() => takeMany(first, 6));
    threads.enter();
    const parents = other.primary.members.map(({ parent }) => parent);
    expect(parents.map((parent) => parent === parents[0])).toEqual([true, true, true]);
    expect(parents[0]).toBe(other.secondary.children[0]);
    expect(parents[0]).not.toBe(first.primary.members[0]!.parent);
  });

  test("that the first does not take chunks from are refused, and have ended", () => {
    const memory = memoryOf();
    const root = pages(memory);
    const heaps = [freeTree(root.byRef()), freeTree(root.byRef())];
    const made: Can<"owns">[] = [];
    const first = pools((index) => {
      made.push(pool(64, 2, heaps[index]!));
      return made.at(-1)!;
    }, root);
    new Threads(memory, two);
    takeMany(first, 2);
    const before = bytesOfBook(memory);
    expect(() => first.allocate(layout)).toThrow(
      "got one over another freeTree: make all of them over the same allocator",
    );
    expect([made.length, first.members.length, bytesOfBook(memory)]).toEqual([2, 1, before]);
    expect(codeThrown(() => made[1]!.allocate(layout))).toBe("disposed");
  });

  test("keep threads out of the memory if they were made before: it has no gate then", () => {
    const memory = memoryOf();
    const root = pages(memory);
    const heaps = [freeTree(root.byRef()), freeTree(root.byRef())];
    const first = pools((index) => pool(64, 2, heaps[index]!), root);
    takeMany(first, 3);
    expect(codeThrown(() => gate(memory))).toBe("argument");
    expect(memory.openBook().gate).toBe(undefined);
  });
});

test("a copy of a memory that threads shared has all members, and may be shared again", () => {
  const { memory, threads, first } = shared();
  const ptrs = threads.call(() => takeMany(first, 7));
  const copy = copyOf(memory);
  const again = attachDescription(copy, copyOfDescription(first.describe(), memory, copy), threads.kinds) as Pools;
  expect(again.members.length).toBe(4);
  // One thread alone: texts may become stale, and a description lists all members.
  for (const ptr of ptrs.slice(2, 6)) again.deallocate(ptr, layout);
  takeMany(again, 6);
  expect(again.describe().nodes.filter(({ kind }) => kind === "freeList").length).toBe(again.members.length);
  const others = new Threads(copy as SharedMemory, two);
  const other = others.attach(again);
  const [one] = others.call(() => takeMany(other, 1));
  others.enter();
  again.deallocate(one!, layout);
  for (const chain of [again, other]) chain.check();
  expect([other.members.length, first.members.length]).toEqual([again.members.length, 4]);
});

test("all words go back when it ends, those of texts too", () => {
  const memory = memoryOf();
  const root = pages(memory);
  const before = bytesOfBook(memory);
  const chain = pools(two, root);
  takeMany(chain, 3);
  gate(memory);
  const during = [bytesOfBook(memory)];
  const ptrs = takeMany(chain, 6);
  for (const ptr of ptrs) chain.deallocate(ptr, layout);
  chain.trim();
  during.push(bytesOfBook(memory));
  chain.dispose();
  expect([during[0] === during[1], bytesOfBook(memory)]).toEqual([true, before]);
});

test("the texts of members count as bookkeeping", () => {
  const { first, threads } = shared();
  const words = () => first.ownFootprint().bookkeeping;
  const before = words();
  threads.call(() => takeMany(first, 3));
  const { members } = first.describeSelf().state;
  expect(words() - before).toBe(4 + 12 + 2 * Number(members![3]));
});

test("a thread without the kinds of a member is told so each time, and goes on when it has them", () => {
  const memory = memoryOf();
  const kinds = [...combinatorKinds, freeListKind];
  const mixed: Make = (index, parent) => (index === 0 ? two(index, parent) : limit(two(index, parent), { count: 2 }));
  const first = pools(mixed, pages(memory), { kinds });
  const threads = new Threads(memory, mixed);
  const few = [freeListKind, cascadeKind(mixed)];
  const other = attachDescription(memory, first.describe(), few) as Pools;
  takeMany(first, 3);
  for (let time = 0; time < 2; time++) {
    expect(() => threads.enter()).toThrow("needs a kind for limit (member 0)");
    expect(other.members.length).toBe(1);
  }
  few.push(...combinatorKinds);
  threads.enter();
  expect(other.members.length).toBe(2);
});

test("a thread that ended while a member left has left words that are not sound: check says so", () => {
  const { first } = shared();
  first.describeSelf().state.notes![2] = 1;
  expect(() => first.check()).toThrow("cascade: the words of members are where they belong");
});
