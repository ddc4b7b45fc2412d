import { fallback, nullAllocator, segregate } from "@alloc/combinators";
import { type Allocator, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { stats } from "@alloc/proxy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Fused, THRESHOLD } from "../src/bench/chains/fused.ts";

const sizes = fc.oneof(fc.nat(70), fc.nat(300));
const steps = fc.array(fc.record({ layout: fc.tuple(sizes, fc.constantFrom(8, 64, 256)), release: fc.nat() }), {
  minLength: 10,
  maxLength: 80,
});

test.each([
  ["nothing behind it", (parent: Allocator) => nullAllocator(parent.memory)],
  ["a heap behind it", (parent: Allocator) => system({ parent })],
])("the class fused by hand serves and counts as the chain does, with %s", (_, backOf) => {
  fc.assert(
    fc.property(steps, (program) => {
      const parents = [0, 1].map(() => pages(Memory.linear({ maximum: 2 ** 22 })));
      const [one, other] = parents.map((parent) => {
        const [small, large] = [64, 256].map((size) => freeList(size, { blocks: 5, parent }));
        return { small: small!, large: large!, back: backOf(parent) };
      });
      const chain = stats(fallback(segregate([THRESHOLD, one!.small], one!.large), one!.back));
      const fused = new Fused(other!.small, other!.large, other!.back);
      const live: { ptr: Ptr; layout: Layout }[] = [];
      for (const {
        layout: [size, align],
        release,
      } of program) {
        const layout = Layout.of(size, align);
        const ptr = chain.allocate(layout);
        expect(fused.allocate(layout)).toBe(ptr);
        expect(fused.usableSize(layout)).toBe(chain.usableSize(layout));
        if (ptr !== 0) live.push({ ptr, layout });
        if (live.length === 0 || release % 2 === 0) continue;
        const [block] = live.splice(release % live.length, 1);
        chain.deallocate(block!.ptr, block!.layout);
        fused.deallocate(block!.ptr, block!.layout);
      }
      expect(chain.counters).toMatchObject(fused.counters);
    }),
    { seed: 1 },
  );
});
