import { Allocator, alignUp, type Layout, Memory, MisuseError, type Ptr } from "@alloc/core";
import { checkAllocator } from "@alloc/testkit";
import { describe, expect, test } from "vitest";

const END = 2 ** 20;

/** Makes an arena that reports each request. */
function arena(onAllocate: (layout: Layout) => void = () => {}): Allocator {
  let top = 65536;
  return Allocator.from({
    memory: Memory.over(new ArrayBuffer(END)),
    allocate(layout) {
      onAllocate(layout);
      const start = alignUp(top, layout.align);
      if (start + layout.size > END) return 0;
      top = start + layout.size;
      return start as Ptr;
    },
    deallocate() {},
    usableSize: ({ size, align }) => (alignUp(65536, align) + size > END ? 0 : size),
  });
}

describe("onCall", () => {
  test("has received the printed program when a call fails", async () => {
    let told: string[] = [];
    const programs = new Set<string>();
    const refuse = ({ size }: Layout) => {
      if (size < 1000) return;
      programs.add(told.join("\n"));
      throw new MisuseError("wrong-layout", "too much");
    };
    const report = await checkAllocator(() => arena(refuse), {
      seed: 1,
      programs: 20,
      onCall(line) {
        told = line === "const a = make();" ? [line] : [...told, line];
      },
    });
    expect(report.violations.length).toBeGreaterThan(0);
    for (const { program } of report.violations) {
      expect([...programs]).toContain(program);
      expect(program).toMatch(/Layout\.of\(\d{4,}, \d+\)\);$/);
    }
  });
});

describe("onProgress", () => {
  test("counts the programs, from 0 to one less than all", async () => {
    const counts: number[] = [];
    await checkAllocator(() => arena(), {
      seed: 1,
      programs: 12,
      onProgress: (done, all) => counts.push(done + all / 100),
    });
    // Each law is reported too, with 0 programs done; the last one with all.
    expect(counts.slice(-13)).toEqual([...Array(13).keys()].map((done) => done + 0.12));
    expect(new Set(counts.slice(0, -13))).toEqual(new Set([0.12]));
  });

  test("false ends the check, without a fault", async () => {
    let programs = 0;
    const whole = await checkAllocator(() => arena(), { seed: 1, programs: 40 });
    const report = await checkAllocator(() => arena(), {
      seed: 1,
      programs: 40,
      onProgress: (done) => {
        programs = done;
        return done < 10;
      },
    });
    expect(programs).toBe(10);
    expect(report.violations).toEqual([]);
    expect(report.operations).toBeGreaterThan(0);
    expect(report.operations).toBeLessThan(whole.operations / 2);
  });

  test("false keeps earlier findings", async () => {
    const refuse = ({ size }: Layout) => {
      if (size >= 1000) throw new Error("too much");
    };
    const report = await checkAllocator(() => arena(refuse), { seed: 1, onProgress: (done) => done < 1 });
    expect(report.violations.map(({ rule }) => rule)).toContain("1.6");
  });
});
