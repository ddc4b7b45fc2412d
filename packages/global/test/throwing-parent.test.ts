/**
 * A parent that throws at any one of its calls: the heap goes on as if the call had not been made.
 *
 * @module
 */
import { Allocator, type Can, type Capabilities, Layout, type Ptr } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { bytes, KiB, MiB, overlaps, take } from "./support.ts";

type Heap = Allocator & Pick<Capabilities, "owns" | "check" | "trim" | "reset">;

/** A parent that throws at its n-th call, before it does anything; it records the chunks handed out. */
function throwingAt(nth: number, withResize: boolean) {
  const root = bytes(MiB);
  const chunks = new Map<number, number>();
  let calls = 0;
  const counted = <T>(call: () => T): T => {
    if (++calls === nth) throw new Error("not now");
    return call();
  };
  const parts = {
    memory: root.memory,
    allocate: (layout: Layout) =>
      counted(() => {
        const ptr = root.allocate(layout);
        if (ptr !== 0) chunks.set(ptr, root.usableSize(layout));
        return ptr;
      }),
    deallocate: (ptr: Ptr, layout: Layout) =>
      counted(() => {
        root.deallocate(ptr, layout);
        chunks.delete(ptr);
      }),
    usableSize: (layout: Layout) => counted(() => root.usableSize(layout)),
    footprint: () => root.footprint(),
  };
  const resizeInPlace = (ptr: Ptr, from: Layout, to: Layout) =>
    counted(() => {
      const isDone = root.resizeInPlace(ptr, from, to);
      if (isDone) chunks.set(ptr, root.usableSize(to));
      return isDone;
    });
  const parent: Can<never> = Allocator.from(withResize ? { ...parts, resizeInPlace } : parts);
  return { root, parent, chunks, calls: () => calls };
}

const HEAPS: Record<string, (parent: Allocator) => Heap> = {
  "system()": (parent) => system({ parent }),
  "system({ checked: true })": (parent) => system({ parent, checked: true }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};
const SIZES = [8, 24, 200, 1000, 1025, 5000, 70_000, 100_000];

describe.each(Object.entries(HEAPS))("%s", (_, make) => {
  test.each([true, false])("is unchanged if any call of its parent throws (a parent that resizes: %s)", (resizes) => {
    for (let nth = 1; ; nth++) {
      const { root, parent, chunks, calls } = throwingAt(nth, resizes);
      const live = new Map<number, Layout>();
      let heap: Heap | undefined;
      let thrown = 0;
      const attempt = (call: () => void) => {
        try {
          call();
        } catch (error) {
          expect(`${error}`).toBe("Error: not now");
          thrown++;
        }
      };
      const isInChunk = ([ptr, layout]: readonly [number, Layout]) =>
        [...chunks].some(([base, length]) => ptr >= base && ptr + layout.size <= base + length);
      const expectSound = () => {
        heap!.check();
        expect([...live].filter((block) => !isInChunk(block))).toEqual([]);
        expect(overlaps([...live].map(([ptr, layout]) => [ptr, ptr + layout.size] as const))).toBe(0);
      };
      const get = (layout: Layout) =>
        attempt(() => {
          const ptr = heap!.allocate(layout);
          if (ptr !== 0) live.set(ptr, layout);
        });
      attempt(() => {
        heap = make(parent);
      });
      if (heap === undefined) continue;
      for (let round = 0; round < 3; round++) {
        for (const size of SIZES) get(Layout.of(size));
        // Memory after the chunk is in use, so there are several chunks.
        if (round === 1) take(root, Layout.of(4 * KiB));
        for (const [ptr, from] of [...live].filter((_, index) => index % 2 === 0)) {
          const to = Layout.of(from.size + 3000);
          attempt(() => {
            const next = heap!.grow(ptr as Ptr, from, to);
            if (next === 0) return;
            live.delete(ptr);
            live.set(next, to);
          });
        }
        expectSound();
        for (const [ptr, layout] of [...live].filter((_, index) => index % 3 !== 0)) {
          heap!.deallocate(ptr as Ptr, layout);
          live.delete(ptr);
        }
        attempt(() => heap!.trim());
        expectSound();
      }
      heap!.reset();
      live.clear();
      attempt(() => heap!.trim());
      get(Layout.of(100));
      expectSound();
      const before = thrown;
      attempt(() => heap!.dispose());
      expect(chunks.size).toBe(thrown - before);
      if (calls() < nth) break;
      expect(thrown).toBe(1);
    }
  });
});

test("a parent that calls back gets no room above the top, and changes nothing in progress", () => {
  for (const make of Object.values(HEAPS)) {
    const root = bytes(4 * MiB);
    let back: (() => void) | undefined;
    const call = <T>(doit: () => T): T => {
      back?.();
      return doit();
    };
    const parent = Allocator.from({
      memory: root.memory,
      allocate: (layout: Layout) => call(() => root.allocate(layout)),
      deallocate: (ptr: Ptr, layout: Layout) => call(() => root.deallocate(ptr, layout)),
      resizeInPlace: (ptr: Ptr, from: Layout, to: Layout) => call(() => root.resizeInPlace(ptr, from, to)),
      usableSize: (layout: Layout) => root.usableSize(layout),
      footprint: () => root.footprint(),
    });
    const heap = make(parent);
    const live = new Map<number, number>();
    const get = (bytes: number) => {
      const ptr = heap.allocate(Layout.of(bytes));
      if (ptr !== 0) live.set(ptr, bytes);
    };
    const expectSound = () => {
      heap.check();
      expect(overlaps([...live].map(([ptr, bytes]) => [ptr, ptr + bytes] as const))).toBe(0);
      const outside = [...live].filter(
        ([ptr, bytes]) => !heap.owns(ptr as Ptr) || !heap.owns((ptr + bytes - 1) as Ptr),
      );
      expect(outside).toEqual([]);
    };
    back = () => {
      for (const bytes of [40, 2000, 30_000, 100_000]) get(bytes);
      heap.trim();
    };
    for (let round = 0; round < 4; round++) {
      for (const bytes of [40, 3000, 70_000, 40, 50_000]) get(bytes);
      // Memory after the chunk is in use, so there are several chunks.
      take(root, Layout.of(4 * KiB));
      for (const bytes of [60_000, 60_000]) get(bytes);
      expectSound();
      for (const [ptr, bytes] of [...live].filter((_, index) => index % 4 !== round)) {
        heap.deallocate(ptr as Ptr, Layout.of(bytes));
        live.delete(ptr);
      }
      heap.trim();
      expectSound();
    }
  }
});

test.each(Object.entries(HEAPS))("%s that was not made is no tenant of its parent", (_, make) => {
  const lower = bytes(MiB);
  let throws = true;
  const parent = Allocator.from({
    memory: lower.memory,
    allocate: (layout) => lower.allocate(layout),
    deallocate: (ptr, layout) => lower.deallocate(ptr, layout),
    usableSize(layout) {
      if (throws) throw new Error("not now");
      return lower.usableSize(layout);
    },
  });
  let made: Heap | undefined;
  try {
    made = make(parent);
  } catch {}
  throws = false;
  parent.dispose(); // ends its tenants first
  expect(made === undefined ? "disposed" : codeThrown(() => made.allocate(Layout.of(8)))).toBe("disposed");
});
