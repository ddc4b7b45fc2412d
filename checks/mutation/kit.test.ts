/**
 * The conformance kit, run inside tests so that its coverage counts: `describeAllocator` checks before its tests start, and
 * that coverage belongs to no test.
 *
 * @module
 */
import {
  affix,
  aligned,
  bucketize,
  budget,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { type Allocator, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { type CheckOptions, checkAllocator } from "@alloc/testkit";
import { expect, test } from "vitest";

const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const OPTIONS: CheckOptions = { programs: 10, seed: 1 };
const LENT: CheckOptions = { ...OPTIONS, skip: { "9.3": "a lent allocator lives on: its dispose does nothing" } };

const CORE: Record<string, () => Allocator> = {
  "pages()": root,
  "pages() over a virtual memory": () => pages(Memory.virtual(2 ** 24)),
  "pages() over a part of a buffer": () => pages(Memory.over(new ArrayBuffer(2 ** 20), { from: 2 ** 18 })),
  "system().byRef()": () => system({ parent: root() }).byRef(),
};

const COMBINATORS: Record<string, () => Allocator> = {
  "nullAllocator()": () => nullAllocator(root().memory),
  "fallback(freeList(64), system())": () => {
    const parent = root();
    return fallback(freeList(64, { blocks: 9, parent }), system({ parent }));
  },
  "fallback(nullAllocator(), freeList(64))": () => {
    const parent = root();
    return fallback(nullAllocator(parent.memory), freeList(64, { blocks: 9, parent }));
  },
  "segregate([100, system()], system())": () => {
    const parent = root();
    return segregate([100, system({ parent })], system({ parent }));
  },
  "limit(system(), 3000)": () => limit(system({ parent: root() }), 3000),
  "limit(system(), { count, budget })": () =>
    limit(system({ parent: root() }), { count: 30, budget: budget({ bytes: 4000 }) }),
  "quantize(system(), 100)": () => quantize(system({ parent: root() }), 100),
  "aligned(system(), 64)": () => aligned(system({ parent: root() }), 64),
  "affix(system(), { prefix, suffix })": () =>
    affix(system({ parent: root() }), { prefix: Layout.of(3, 1), suffix: Layout.of(20, 16) }),
  "bucketize(freeList, by 16 to 256)": () => {
    const parent = root();
    return bucketize((size) => freeList(size, { blocks: 9, parent }), { from: 16, to: 256, step: 16 });
  },
  "cascade(freeList(64))": () => {
    const parent = root();
    return cascade((index) => freeList(64, { blocks: 4 << Math.min(index, 8), parent }));
  },
  "freeTree(scoped(50,000))": () => freeTree(scoped(50_000, { parent: root() })),
  "segregate([48, freeList(64)], [200, freeList(200)], system())": () => {
    const parent = root();
    return segregate(
      [48, freeList(64, { blocks: 20, parent })],
      [200, freeList(200, { blocks: 3, parent })],
      system({ parent }),
    );
  },
};

const FREELIST: Record<string, () => Allocator> = {
  "freeList(64)": () => freeList(64, { parent: root() }),
  "freeList(24) of 20 blocks": () => freeList(24, { blocks: 20, parent: root() }),
};

const SCOPED: Record<string, () => Allocator> = {
  "scoped(200_003)": () => scoped(200_003, { parent: root() }),
  "scoped(1000, grow)": () => scoped(1000, { parent: root(), grow: true }),
  "fallback(scoped(1024), system())": () => {
    const parent = root();
    return fallback(scoped(1024, { parent }), system({ parent }));
  },
};

const GLOBAL: Record<string, () => Allocator> = {
  "system()": () => system({ parent: root() }),
  "tinyHeap()": () => tinyHeap({ parent: root() }),
};

const PROXY: Record<string, () => Allocator> = {
  "proxy(system())": () => proxy(system({ parent: root() }), { allocateSuccess() {}, deallocate() {} }),
  "stats(fallback(freeList(64), system()))": () => {
    const parent = root();
    return stats(fallback(freeList(64, { blocks: 20, parent }), system({ parent })));
  },
  "leaks(system())": () => leaks(system({ parent: root() })),
  "guard(system())": () => guard(system({ parent: root() })),
  "guard(freeList(256)) without zones, quarantine or stacks": () =>
    guard(freeList(256, { parent: root() }), { redZone: 0, quarantine: 0, stackDepth: 0 }),
};

const KITS: Record<string, Record<string, () => Allocator>> = {
  core: { ...CORE, ...COMBINATORS },
  combinators: { ...CORE, ...COMBINATORS },
  freelist: FREELIST,
  global: GLOBAL,
  owned: {},
  proxy: PROXY,
  scoped: SCOPED,
};

for (const [name, make] of Object.entries(KITS[process.env.ALLOC_MUTATE!]!)) {
  test(`${name} keeps every rule`, async () => {
    const report = await checkAllocator(make, /^pages|byRef/.test(name) ? LENT : OPTIONS);
    expect(report.ok, `${report}`).toBe(true);
  });
}
