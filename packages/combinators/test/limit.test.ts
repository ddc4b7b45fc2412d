import { fallback, type LimitOptions, limit } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const heap = (limits: number | LimitOptions) => limit(system({ parent }), limits);

test("a request that fills the limit exactly is served, one byte more is not", () => {
  const limited = heap(64);
  const ptr = take(limited, Layout.of(64));
  expect(limited.allocate(Layout.of(1))).toBe(NULL);
  limited.deallocate(ptr, Layout.of(64));
  expect(limited.allocate(Layout.of(64))).not.toBe(NULL);
});

test("a layout that exceeds the limit alone has usable size 0", () => {
  expect([64, 65].map((size) => heap(64).usableSize(Layout.of(size)))).toEqual([64, 0]);
});

test("requests of size 0 do not count", () => {
  const limited = heap(0);
  expect(limited.allocate(Layout.of(0, 16))).toBe(Layout.of(0, 16).dangling);
  expect(limited.bytesLive).toBe(0);
});

test("a grow beyond the limit returns NULL, leaves the block and counts nothing", () => {
  const limited = heap(100);
  const ptr = take(limited, Layout.of(40));
  memory.fill(ptr, 40, 0x5a);
  expect(limited.grow(ptr, Layout.of(40), Layout.of(101))).toBe(NULL);
  expect(limited.growZeroed(ptr, Layout.of(40), Layout.of(101))).toBe(NULL);
  expect(limited.resizeInPlace(ptr, Layout.of(40), Layout.of(101))).toBe(false);
  expect([...memory.view(Uint8Array, ptr, 40)]).toEqual(Array(40).fill(0x5a));
  expect([limited.bytesLive, limited.inner.sizeAt(ptr)]).toEqual([40, 40]);
});

test("a request that the child refuses is not counted", () => {
  const limited = limit(freeList(64, { blocks: 1, parent }), 1000);
  take(limited, Layout.of(64));
  expect(limited.allocate(Layout.of(64))).toBe(NULL);
  expect(limited.bytesLive).toBe(64);
});

test("misuse detected by the child is not counted", () => {
  const limited = limit(tinyHeap({ parent }), 1000);
  const ptr = take(limited, Layout.of(64));
  limited.deallocate(ptr, Layout.of(64));
  expect(codeThrown(() => limited.deallocate(ptr, Layout.of(64)))).toBe("double-free");
  expect(limited.bytesLive).toBe(0);
});

describe("all counts end at 0, whatever fitting layouts release the blocks of a program", () => {
  const without = (allocator: Can) =>
    Allocator.from({
      memory: allocator.memory,
      allocate: (layout) => allocator.allocate(layout),
      deallocate: (ptr, layout) => allocator.deallocate(ptr, layout),
      usableSize: (layout) => allocator.usableSize(layout),
    });
  type Can = Pick<Allocator, "memory" | "allocate" | "deallocate" | "usableSize">;
  const children: Record<string, () => Allocator> = {
    "with sizeAt": () => fallback(freeList(64, { blocks: 8, parent }), system({ parent })),
    "without sizeAt": () => without(system({ parent })),
    exact: () => system({ parent }),
  };

  test.each(Object.entries(children))("%s", (_, child) => {
    const step = fc.record({
      what: fc.constantFrom("allocate", "grow", "shrink", "deallocate", "deallocateBySize"),
      size: fc.integer({ min: 0, max: 300 }),
      block: fc.nat(),
      fit: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const limited = limit(child(), 4000);
        const live: { ptr: Ptr; layout: Layout }[] = [];
        const fitting = (layout: Layout, fit: number) => {
          const slack = Math.max(0, limited.usableSize(layout) - layout.size);
          return Layout.of(layout.size + Math.floor(fit * slack));
        };
        for (const { what, size, block, fit } of steps) {
          const old = live[block % Math.max(live.length, 1)];
          if (what === "allocate") {
            const ptr = limited.allocate(Layout.of(size));
            if (ptr !== NULL) live.push({ ptr, layout: Layout.of(size) });
          } else if (old !== undefined) {
            const from = fitting(old.layout, fit);
            if (what === "grow" || what === "shrink") {
              const to = Layout.of(what === "grow" ? from.size + size : Math.min(from.size, size));
              const ptr = limited[what](old.ptr, from, to);
              if (ptr !== NULL) Object.assign(old, { ptr, layout: to });
            } else {
              live.splice(live.indexOf(old), 1);
              if (what === "deallocateBySize" && old.layout.size > 0 && can(limited, "sizeAt")) {
                limited.deallocate(old.ptr, Layout.of(limited.sizeAt(old.ptr), 1));
              } else limited.deallocate(old.ptr, from);
            }
          }
        }
        for (const { ptr, layout } of live) limited.deallocate(ptr, layout);
        expect(limited.bytesLive).toBe(0);
        limited.dispose();
      }),
    );
  });
});

test("an exact child is not asked for the size of a block, any other is", () => {
  const asked = (child: ReturnType<typeof system>) => {
    const sizeAt = vi.spyOn(child, "sizeAt");
    const limited = limit(child, 1000);
    const ptr = orThrow(limited.grow(take(limited, Layout.of(40)), Layout.of(40), Layout.of(100)), Layout.of(100));
    expect(limited.bytesLive).toBe(104);
    limited.deallocate(ptr, Layout.of(100));
    expect(limited.bytesLive).toBe(0);
    return sizeAt.mock.calls.length;
  };
  const inexact = Object.defineProperty(system({ parent }), "isExact", { value: false });
  expect([asked(system({ parent })), asked(inexact)]).toEqual([0, 4]);
});

test("reset frees the whole limit", () => {
  const limited = heap(100);
  take(limited, Layout.of(96));
  limited.reset();
  expect(limited.bytesLive).toBe(0);
  expect(limited.allocate(Layout.of(96))).not.toBe(NULL);
});

test("it supports the capabilities of its child", () => {
  const capabilities = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
  const children = [system({ parent }), freeList(64, { parent }), system({ parent }).byRef()];
  for (const child of children) {
    const of = (allocator: Allocator) =>
      capabilities.filter((capability) => can<Allocator, typeof capability>(allocator, capability));
    expect(of(limit(child, 100))).toEqual(of(child));
  }
});

test("as a parent it limits the memory that a heap holds", () => {
  const small = system({ parent: limit(pages(memory), 2 * 65536) });
  while (small.allocate(Layout.of(1000)) !== NULL);
  expect(small.footprint().held).toBeLessThanOrEqual(2 * 65536);
  expect(small.footprint().held).toBeGreaterThan(2 * 65536 - 4096);
});

test.each([-1, 1.5, NaN, -Infinity])("a limit of %s bytes is refused as a size out of bounds", (bytes) => {
  expect(codeThrown(() => heap(bytes))).toBe("size");
});

test.each([{ bytes: Infinity }, { count: Infinity }, { bytes: undefined }])("%o bounds nothing", (limits) => {
  const unbounded = heap(limits as LimitOptions);
  expect([unbounded.bytes, unbounded.count]).toEqual([Infinity, Infinity]);
  expect(unbounded.allocate(Layout.of(64))).not.toBe(NULL);
});

test.each([{ bytes: null }, { count: null }])("%o is refused, because null might mean none or no bound", (limits) => {
  expect(() => heap(limits as never)).toThrow(/^a limit must be an integer of at least 0 .* or Infinity, got null$/);
});

test("a misspelt limit is refused: without it there would be no bound", () => {
  expect(() => heap({ byte: 3 } as never)).toThrow(
    'limit expects the options bytes, count, budget, name, got "byte": did you mean bytes?',
  );
});
