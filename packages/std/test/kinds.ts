/**
 * An allocator of each kind, over a root of its own.
 *
 * @module
 */
import { specialized } from "@alloc/combinators/specialize";
import { fromFiveFunctions, toFiveFunctions } from "@alloc/core/compat";
import {
  type Allocator,
  Allocator as AllocatorClass,
  affix,
  aligned,
  bucketize,
  cascade,
  fallback,
  freeList,
  freeTree,
  fromMalloc,
  Global,
  guard,
  Layout,
  leaks,
  limit,
  Memory,
  nullAllocator,
  pages,
  proxy,
  quantize,
  scoped,
  segregate,
  stats,
  system,
  tinyHeap,
  toMalloc,
} from "@alloc/std";

const root = () => pages(Memory.over(new ArrayBuffer(2 ** 18)));
export const heap = () => system({ parent: root() });
const pair = () => {
  const parent = root();
  return fallback(freeList(64, { parent }), system({ parent }));
};

export const MAKERS: Record<string, () => Allocator> = {
  pages: root,
  system: heap,
  "system, checked": () => system({ parent: root(), checked: true }),
  tinyHeap: () => tinyHeap({ parent: root() }),
  freeList: () => freeList(64, { parent: root() }),
  scoped: () => scoped(4096, { parent: root() }),
  "scoped, growing": () => scoped(64, { parent: root(), grow: true }),
  frame: () => scoped(4096, { parent: root() }).frame(),
  freeTree: () => freeTree(scoped(4096, { parent: root() })),
  fallback: pair,
  segregate: () => {
    const parent = root();
    return segregate([64, freeList(64, { parent })], system({ parent }));
  },
  bucketize: () => {
    const parent = root();
    return bucketize((size) => freeList(size, { parent }), { from: 16, to: 64, step: 16 });
  },
  cascade: () => {
    const parent = root();
    return cascade(() => freeList(64, { blocks: 4, parent }));
  },
  limit: () => limit(heap(), 5000),
  "limit of blocks": () => limit(tinyHeap({ parent: root() }), { count: 20 }),
  quantize: () => quantize(heap(), 16),
  aligned: () => aligned(heap(), 64),
  affix: () => affix(heap(), { prefix: Layout.of(8), suffix: Layout.of(8) }),
  stats: () => stats(heap()),
  "stats of a pair": () => stats(pair()),
  leaks: () => leaks(heap()),
  guard: () => guard(heap()),
  proxy: () => proxy(heap(), { allocateSuccess() {}, deallocate() {} }),
  byRef: () => heap().byRef(),
  specialized: () => specialized(pair),
  from: () => {
    const inner = root();
    return AllocatorClass.from({
      memory: inner.memory,
      allocate: (layout) => inner.allocate(layout),
      deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
    });
  },
  fromMalloc: () => {
    const inner = heap();
    return fromMalloc({ memory: inner.memory, ...toMalloc(inner) });
  },
  fromFiveFunctions: () => {
    const inner = heap();
    return fromFiveFunctions(inner.memory, toFiveFunctions(inner));
  },
  Global: () => Global,
  nullAllocator: () => nullAllocator(root().memory),
};
