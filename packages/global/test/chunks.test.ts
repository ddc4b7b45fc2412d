import { type Allocator, Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Chunks, HEADER } from "../src/heap/chunks/chunks.ts";
import type { SystemMachine } from "../src/system-machine.ts";
import { addresses, KiB, MiB, misuseOf, RUNS, take, upTo, withoutResize } from "./support.ts";

const GRANULE = 16;
const of = (bytes: number) => bytes / GRANULE;
const make = (parent: Allocator, least?: number) => new Chunks(parent.memory, parent, least);

/** Takes the smallest possible chunk, and returns it. */
function takeLeast(chunks: Chunks): number {
  expect(chunks.take(1)).toBe(true);
  return chunks.newest;
}

describe("take", () => {
  test("requests 64 KiB if less is needed", () => {
    const chunks = make(addresses());
    takeLeast(chunks);
    expect(chunks.size(0)).toBe(of(64 * KiB));
  });

  test("requests an eighth of the held bytes, once that is more", () => {
    const chunks = make(addresses());
    chunks.take(of(4 * MiB));
    expect(chunks.size(takeLeast(chunks))).toBe(of(512 * KiB));
  });

  test("requests only what it needs if that is refused", () => {
    const chunks = make(upTo(8 * KiB, addresses()));
    chunks.take(of(8 * KiB));
    expect(chunks.size(0)).toBe(of(8 * KiB));
  });

  test("returns false if even that is refused, and changes nothing", () => {
    const chunks = make(upTo(8 * KiB, addresses()));
    chunks.take(of(8 * KiB));
    const before = chunks.words.slice();
    expect(chunks.take(of(8 * KiB) + 1)).toBe(false);
    expect(chunks.words).toEqual(before);
  });

  test("uses everything that the parent guarantees", () => {
    const chunks = make(freeList(100_000, { blocks: 1, parent: addresses() }));
    takeLeast(chunks);
    expect(chunks.size(0)).toBe(of(100_000));
  });

  test("does not request 4 GiB", () => {
    const chunks = make(addresses(2 ** 32));
    expect([chunks.take(of(2 ** 32)), chunks.take(of(2 ** 32) - 1)]).toEqual([false, false]);
  });
});

describe("raise", () => {
  test("extends a chunk in place, by at least 64 KiB", () => {
    const chunks = make(addresses());
    const base = chunks.base(takeLeast(chunks));
    expect(chunks.raise(0, of(64 * KiB) + 1)).toBe(true);
    expect([chunks.base(0), chunks.size(0), chunks.total]).toEqual([base, of(128 * KiB), of(128 * KiB)]);
  });

  test("extends it as far as needed if more is refused", () => {
    const chunks = make(upTo(100 * KiB, addresses()));
    takeLeast(chunks);
    expect(chunks.raise(0, of(100 * KiB))).toBe(true);
    expect(chunks.size(0)).toBe(of(100 * KiB));
  });

  test("returns false if the next bytes are in use, and changes nothing", () => {
    const root = addresses();
    const chunks = make(root);
    takeLeast(chunks);
    take(root, Layout.of(4 * KiB));
    const before = chunks.words.slice();
    expect(chunks.raise(0, of(64 * KiB) + 1)).toBe(false);
    expect(chunks.words).toEqual(before);
  });

  test("returns false if the parent cannot resize in place", () => {
    const chunks = make(withoutResize(addresses()));
    takeLeast(chunks);
    expect(chunks.raise(0, of(64 * KiB) + 1)).toBe(false);
  });
});

describe("cut", () => {
  test("gives the end of a chunk back, as far as the parent takes it", () => {
    const root = addresses();
    const chunks = make(root);
    takeLeast(chunks);
    expect(chunks.cut(0, 1)).toBe(true);
    expect([chunks.size(0), chunks.total]).toEqual([of(4 * KiB), of(4 * KiB)]);
    expect(root.footprint().held).toBe(4 * KiB);
  });

  test("returns false if the parent cannot resize in place", () => {
    const chunks = make(withoutResize(addresses()));
    takeLeast(chunks);
    expect(chunks.cut(0, 1)).toBe(false);
    expect(chunks.size(0)).toBe(of(64 * KiB));
  });
});

test("a released chunk no longer belongs to the heap, and the others keep their order", () => {
  const root = addresses();
  const chunks = make(withoutResize(root));
  for (let count = 0; count < 3; count++) takeLeast(chunks);
  const [first, second, third] = [chunks.base(0), chunks.base(1), chunks.base(2)];
  chunks.give(1);
  expect([chunks.base(0), chunks.base(1)]).toEqual([first, third]);
  expect(chunks.find(second)).toBe(-1);
  expect(misuseOf(() => root.deallocate((second * GRANULE) as Ptr, Layout.of(64 * KiB))).code).toBe("double-free");
});

/** The lengths of the ranges of adjoining chunks. */
function runsOf(sorted: readonly { base: number; size: number }[]): number[] {
  const runs: number[] = [];
  for (const [index, { base, size }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && before.base + before.size === base) runs.push(runs.pop()! + size);
    else runs.push(size);
  }
  return runs;
}

test("the chunk of an address among 4,096 is found in 13 looks", () => {
  const chunks = make(upTo(4 * KiB, addresses(32 * MiB)), 4 * KiB);
  while (chunks.count < 4096) expect(chunks.take(1)).toBe(true);
  const base = vi.spyOn(chunks, "base");
  for (let chunk = 0; chunk < 4096; chunk += 97) {
    base.mockClear();
    const granule = chunks.words[HEADER + 2 * chunk]!;
    expect([chunks.find(granule), chunks.find(granule - 1)]).toEqual([chunk, chunk - 1]);
    expect(base.mock.calls.length).toBeLessThanOrEqual(2 * (13 + 1));
  }
});

test("a trim that releases 1,000 chunks looks at each of them 40 times at most", () => {
  const heap = system({ parent: upTo(4 * KiB, addresses(32 * MiB)) }) as unknown as SystemMachine;
  const layout = Layout.of(3000);
  const blocks = Array.from({ length: 1000 }, () => heap.allocate(layout) as Ptr);
  const { chunks } = heap.heap.extents;
  expect(chunks.count).toBe(1000);
  for (const ptr of blocks) heap.deallocate(ptr, layout);
  const base = vi.spyOn(chunks, "base");
  heap.trim();
  expect(chunks.count).toBe(0);
  expect(base.mock.calls.length).toBeLessThanOrEqual(40 * 1000);
});

describe("the words and the parent agree with a list of chunks after every step", () => {
  const size = fc.integer({ min: 1, max: of(200 * KiB) });
  const step = fc.oneof(
    fc.record({ take: size }),
    fc.record({ raise: fc.nat(), size }),
    fc.record({ cut: fc.nat(), size }),
    fc.record({ give: fc.nat() }),
  );
  const parents: Record<string, (root: ReturnType<typeof addresses>) => Allocator> = {
    "of a parent that can resize": (root) => root,
    "of a parent that cannot": withoutResize,
    "of a parent with at most 80 KiB": (root) => upTo(80 * KiB, root),
  };
  test.each(Object.entries(parents))("%s", (_, parentOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const root = addresses(2 * MiB);
        const chunks = make(parentOf(root));
        const model: { base: number; size: number }[] = [];
        for (const step of steps) {
          const chunk = "give" in step ? step.give : "cut" in step ? step.cut : "raise" in step ? step.raise : 0;
          const at = chunk % Math.max(model.length, 1);
          if ("take" in step) {
            if (!chunks.take(step.take)) continue;
            const taken = { base: chunks.base(chunks.newest), size: chunks.size(chunks.newest) };
            expect(taken.size).toBeGreaterThanOrEqual(step.take);
            model.push(taken);
            model.sort((a, b) => a.base - b.base);
            expect(model[chunks.newest]).toBe(taken);
          } else if (model.length === 0) continue;
          else if ("give" in step) {
            const newest = model[chunks.newest];
            chunks.give(at);
            if (model.splice(at, 1)[0] !== newest) expect(model[chunks.newest]).toBe(newest);
          } else if ("raise" in step) {
            const to = Math.max(step.size, model[at]!.size);
            if (chunks.raise(at, to)) expect(chunks.size(at)).toBeGreaterThanOrEqual(to);
            model[at]!.size = chunks.size(at);
          } else {
            const to = Math.min(step.size, model[at]!.size);
            if (chunks.cut(at, to)) expect(chunks.size(at)).toBeGreaterThanOrEqual(to);
            expect(chunks.size(at)).toBeLessThanOrEqual(model[at]!.size);
            model[at]!.size = chunks.size(at);
          }
          expect(chunks.count).toBe(model.length);
          expect(chunks.used).toBe(HEADER + 2 * model.length);
          expect(chunks.total * GRANULE).toBe(root.footprint().held);
          // The known range consists of chunks only.
          for (let at = chunks.low; at < chunks.high; at = chunks.end(chunks.find(at))) {
            expect(chunks.find(at)).toBeGreaterThanOrEqual(0);
          }
          for (const [index, { base, size }] of model.entries()) {
            expect([chunks.base(index), chunks.end(index)]).toEqual([base, base + size]);
            expect([base, base + size - 1].map((granule) => chunks.find(granule))).toEqual([index, index]);
            expect(chunks.find(base - 1)).not.toBe(index);
            expect(chunks.find(base + size)).not.toBe(index);
          }
        }
        chunks.survey();
        expect(chunks.high - chunks.low).toBe(Math.max(0, ...runsOf(model)));
        chunks.giveAll();
        expect([chunks.count, chunks.total, root.footprint().held]).toEqual([0, 0, 0]);
      }),
      RUNS,
    );
  });
});
