import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { type ReplayOptions, replay } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { Reference } from "./reference.ts";
import { pieces, traceOf } from "./trace-text.ts";

const EVENTS = ["a 0 40", "a 1 64", "c 2 100 64", "r 0 400", "f 1", "r 0 10", "a 3 64", "f 0", "f 2", "f 3"];
const RECORDED = fileURLToPath(new URL("../../../benchmarks/traces/gs.trace.gz", import.meta.url));
const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));
const messageOf = async (allocator: Reference, options?: ReplayOptions) => {
  try {
    await replay(traceOf(EVENTS), allocator, options);
    return "no error";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};

describe("a replay", () => {
  test("reports operations, peaks, verified blocks and leaks", async () => {
    const allocator = new Reference(root());
    const report = await replay(traceOf(EVENTS), allocator);
    expect(report).toMatchObject({ operations: 10, peakLive: 564, verified: 6, leaks: 0 });
    expect(report.utilisation).toBe(564 / allocator.footprint().peak);
    expect(allocator.live.size).toBe(0);
  });

  test.each([1, 8, 16, 4096])(
    "requests every block with an align of at least %i, or that of the trace",
    async (align) => {
      const asked: number[] = [];
      const onServe = (ptr: Ptr, layout: Layout) => {
        asked.push(layout.align);
        expect(ptr % layout.align).toBe(0);
      };
      await replay(traceOf(EVENTS), new Reference(root()), { align, onServe });
      expect(asked.slice(0, 3)).toEqual([align, align, Math.max(align, 64)]);
      expect(asked.length).toBe(6);
    },
  );

  test("of a stream reports its progress", async () => {
    const done: number[] = [];
    await replay(pieces(traceOf(EVENTS), 30), new Reference(root()), { onProgress: (count) => done.push(count) });
    expect(done.length).toBeGreaterThan(2);
    expect(done.at(-1)).toBe(10);
  });

  test("of a recorded program comes out clean through system()", async () => {
    const heap = system({ parent: pages(Memory.linear()) });
    const report = await replay(createReadStream(RECORDED), heap);
    expect(report).toMatchObject({ operations: 48202, peakLive: 18968335, leaks: 0, verified: 24101 });
    heap.check();
  });

  test("over a memory without bytes runs without verifying", async () => {
    const report = await replay(traceOf(["a 0 8", "f 0"]), system({ parent: pages(Memory.virtual(2 ** 20)) }));
    expect(report.verified).toBe(0);
  });
});

describe("a faulty allocator", () => {
  test("without room is reported with the line and the live bytes", async () => {
    class Full extends Reference {
      override allocate(layout: Layout): Ptr | Null {
        return layout.align === 64 ? 0 : super.allocate(layout);
      }
    }
    expect(await messageOf(new Full(root()))).toBe(
      "ReplayError: trace line 7: no room for block 2, Layout(100, align 64), with 104 bytes live",
    );
  });

  test("that lets blocks overlap is found at the release of the damaged one", async () => {
    class Overlapping extends Reference {
      override allocate(layout: Layout): Ptr | Null {
        const ptr = super.allocate(layout);
        return layout.size === 64 ? ((ptr - 16) as Ptr) : ptr;
      }
      override deallocate(): void {}
    }
    expect(await messageOf(new Overlapping(root()))).toMatch(
      /^ReplayError: trace line 8: block 0 of 40 bytes at \d+: byte 24 is /,
    );
  });

  test("that forgets to copy is found at the resize", async () => {
    class Forgetful extends Reference {
      override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
        this.memory.fill(ptr, from.size);
        return super.grow(ptr, from, to);
      }
    }
    expect(await messageOf(new Forgetful(root()))).toMatch(
      /^ReplayError: trace line 8: block 0 of 40 bytes at \d+: byte 0 is 0x00/,
    );
  });

  test("that does not clear is found at the zeroed block", async () => {
    class Stale extends Reference {
      override allocateZeroed(layout: Layout): Ptr | Null {
        const ptr = super.allocate(layout);
        this.memory.fill(ptr as Ptr, layout.size, 7);
        return ptr;
      }
    }
    expect(await messageOf(new Stale(root()))).toMatch(
      /^ReplayError: trace line 7: block 2 of 100 bytes at \d+: byte 0 is not 0$/,
    );
  });

  test("that throws is reported with the line and its error as the cause", async () => {
    class Throwing extends Reference {
      override deallocate(): void {
        throw new Error("boom");
      }
    }
    expect(await messageOf(new Throwing(root()))).toBe("ReplayError: trace line 8: boom");
  });

  test("goes unnoticed if nothing is verified", async () => {
    class Forgetful extends Reference {
      override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
        this.memory.fill(ptr, from.size);
        return super.grow(ptr, from, to);
      }
    }
    expect(await messageOf(new Forgetful(root()), { verify: false })).toBe("no error");
  });
});
