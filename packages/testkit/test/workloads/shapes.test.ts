import { ALLOCATE, RELEASE, type Trace, WORKLOADS } from "@alloc/testkit";
import { describe, expect, test } from "vitest";

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
/** Sizes of all blocks, in the order of allocation. */
const sizesOf = ({ kinds, sizes }: Trace) => [...sizes].filter((_, index) => kinds[index] === ALLOCATE);
/** Events as `+id` and `-id`. */
const stepsOf = ({ kinds, ids }: Trace) => [...ids].map((id, index) => `${kinds[index] === RELEASE ? "-" : "+"}${id}`);
/** The same with sizes: `+64`, and `-64` for the release of a block of 64 bytes. */
const sizeStepsOf = (trace: Trace) => {
  const sizes = sizesOf(trace);
  return [...trace.ids].map((id, index) => `${trace.kinds[index] === RELEASE ? "-" : "+"}${sizes[id]}`);
};
/** How many blocks are live after each event. */
const liveOf = ({ kinds }: Pick<Trace, "kinds">) => {
  let live = 0;
  return [...kinds].map((kind) => (live += kind === RELEASE ? -1 : 1));
};
/** How many allocations lie between that of a block and its release. */
const agesOf = ({ kinds, ids }: Trace) => {
  const ages: number[] = [];
  let allocated = 0;
  kinds.forEach((kind, index) => {
    if (kind === RELEASE) ages[ids[index]!] = allocated - ids[index]! - 1;
    else allocated++;
  });
  return ages;
};

describe("larson", () => {
  const trace = WORKLOADS.larson.make({ operations: 20_000, live: 500 });

  test("fills its table, and then replaces one block by another", () => {
    const body = [...trace.kinds.subarray(500, 20_000 - 500)];
    expect([...trace.kinds.subarray(0, 500)]).toEqual(new Array(500).fill(ALLOCATE));
    expect(body).toEqual(body.map((_, index) => (index % 2 === 0 ? RELEASE : ALLOCATE)));
  });

  test("has sizes from 8 to 999, uniformly distributed", () => {
    const sizes = sizesOf(trace);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([8, 999]);
    expect(Math.abs(mean(sizes) - 503.5)).toBeLessThan(15);
  });

  test("replaces blocks regardless of age: the mean age is the length of the table", () => {
    const ages = agesOf(trace).slice(0, 6000);
    expect(Math.abs(mean(ages) - 500)).toBeLessThan(50);
    expect(ages.filter((age) => age > 500).length / 6000).toBeCloseTo(1 / Math.E, 1);
  });
});

describe("alloc-test", () => {
  const trace = WORKLOADS["alloc-test"].make({ operations: 60_000, live: 2000 });

  test("starts with about half of the slots full, and stays there", () => {
    const live = liveOf(trace);
    const first = trace.kinds.indexOf(RELEASE);
    expect(Math.abs(first - 1000)).toBeLessThan(150);
    const after = live.slice(first, 60_000 - 1200);
    expect(Math.min(...after)).toBeGreaterThan(750);
    expect(Math.max(...after)).toBeLessThan(1250);
  });

  test("has sizes from 5 to 1024, where each doubling halves the probability", () => {
    const sizes = sizesOf(trace);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([5, 1024]);
    for (let above = 4, share = 0.5; above < 512; above *= 2, share /= 2) {
      const within = sizes.filter((size) => size > above && size <= 2 * above).length / sizes.length;
      expect(Math.abs(within - share)).toBeLessThan(0.015);
    }
    expect(sizes.filter((size) => size > 512).length / sizes.length).toBeCloseTo(1 / 128, 2);
  });

  test("has lifetimes of one step and of the whole program", () => {
    const ages = agesOf(trace);
    expect(ages.filter((age) => age < 20).length).toBeGreaterThan(ages.length / 4);
    expect(ages.filter((age) => age > 15_000).length).toBeGreaterThan(300);
  });
});

describe("glibc-simple", () => {
  test("releases the first half first in first out, the second half last in first out", () => {
    // With 64 live, the batches are 64 of 1 block, 16 of 4, 4 of 16 and one of 64.
    const steps = stepsOf(WORKLOADS["glibc-simple"].make({ operations: 2 * (64 + 64 + 16), live: 64 }));
    expect(steps.slice(0, 4)).toEqual(["+0", "-0", "+1", "-1"]);
    expect(steps.slice(128, 136)).toEqual(["+64", "+65", "+66", "+67", "-64", "-65", "-67", "-66"]);
    const batch = Array.from({ length: 16 }, (_, index) => 128 + index);
    expect(steps.slice(256)).toEqual([
      ...batch.map((id) => `+${id}`),
      ...batch.slice(0, 8).map((id) => `-${id}`),
      ...batch
        .slice(8)
        .reverse()
        .map((id) => `-${id}`),
    ]);
  });

  test("has batches of 25, 100, 400 and 1600 blocks, each of one size", () => {
    const trace = WORKLOADS["glibc-simple"].make({ operations: 51_200, live: 1600 });
    const sizes = sizesOf(trace);
    const batches = new Set<string>();
    let start = 0;
    liveOf(trace).forEach((live, index) => {
      if (live !== 0) return;
      const batch = sizes.slice(start, (index + 1) / 2);
      batches.add(`${batch.length} × ${[...new Set(batch)]}`);
      start += batch.length;
    });
    expect([...batches]).toEqual(
      [8, 64, 512, 4096].flatMap((size) => [25, 100, 400, 1600].map((count) => `${count} × ${size}`)),
    );
  });
});

describe("sh6bench", () => {
  test("releases from both ends of the ring and keeps a fifth, which moves on", () => {
    const steps = stepsOf(WORKLOADS.sh6bench.make({ operations: 2 * 32, live: 10 }));
    const releases = steps.filter((step) => step.startsWith("-"));
    expect(releases.slice(0, 24)).toEqual(
      [
        ...[9, 8, 7, 6, 5, 4, 3, 2], // slots 0 and 1 stay
        ...[0, 1, 17, 16, 15, 14, 13, 12], // slots 2 and 3 stay: blocks 10 and 11
        ...[18, 19, 10, 11, 25, 24, 23, 22], // slots 4 and 5 stay: blocks 20 and 21
      ].map((id) => `-${id}`),
    );
    expect(steps.slice(0, 10)).toEqual([...Array(10).keys()].map((id) => `+${id}`));
  });

  test("has the whole ring live at the end of every lap, and a fifth after it", () => {
    const live = liveOf(WORKLOADS.sh6bench.make({ operations: 20_000, live: 1000 })).slice(0, -1000);
    const tops = live.filter((now, index) => now > (live[index - 1] ?? 0) && now > (live[index + 1] ?? 0));
    const bottoms = live.filter((now, index) => index > 0 && now < live[index - 1]! && now < live[index + 1]!);
    expect(new Set(tops)).toEqual(new Set([1000]));
    expect(new Set(bottoms)).toEqual(new Set([200]));
  });

  test("has sizes from 1 to 709 in runs of 250, and of 50 from 100 bytes on", () => {
    const sizes = sizesOf(WORKLOADS.sh6bench.make({ operations: 60_000, live: 1000 }));
    expect(sizes.slice(0, 1000)).toEqual([1, 2, 1, 4].flatMap((size) => new Array<number>(250).fill(size)));
    expect(Math.max(...sizes)).toBe(709);
    expect(sizes.filter((size) => size === 709).length % 50).toBe(0);
  });
});

describe("rptest", () => {
  const rules = { fixed: 0, linear: 1 / 6, exponential: 1 / 8 };

  test.each(Object.entries(rules))("%s has sizes from 8 to 16000, with that mean", (rule, part) => {
    const sizes = sizesOf(WORKLOADS[`rptest-${rule as keyof typeof rules}`].make({ operations: 100_000 }));
    expect(Math.min(...sizes)).toBe(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_000);
    expect(Math.abs(mean(sizes) - 8 - 15_992 * part)).toBeLessThan(60);
  });

  test("exponential has half of its sizes in the first 7 % of the range", () => {
    const sizes = sizesOf(WORKLOADS["rptest-exponential"].make());
    expect(sizes.filter((size) => size < 8 + 0.07 * 15_992).length / sizes.length).toBeCloseTo(0.5, 1);
  });

  test("visits every slot: the table of a small live fills up, whichever stride divides it", () => {
    for (const live of [7, 11, 77, 7 * 11 * 13].map((length) => length * 8)) {
      const { header } = WORKLOADS["rptest-fixed"].make({ operations: 40 * live, live });
      expect(header.maxlive).toBeGreaterThan(live / 2);
    }
  });

  test("fills 30 to 99 slots of a thousand in a turn, and empties some before the next", () => {
    const { kinds } = WORKLOADS["rptest-fixed"].make({ operations: 20_000, live: 1000 });
    // A hand that fills releases at most one block at a time. Where the other one finds next to nothing, two turns look like one.
    const turns = [...kinds.subarray(0, 18_000)].join("").split(/3{2,}/);
    const filled = turns.map((turn) => turn.replaceAll("3", "").length).slice(0, -1);
    expect(Math.min(...filled)).toBe(30);
    expect(filled.filter((count) => count > 99).length).toBeLessThan(filled.length / 20);
  });
});

describe("mstress", () => {
  const trace = WORKLOADS.mstress.make({ operations: 100_000, live: 4000 });

  test("has sizes in powers of two words, to 64 of them, or those times 100, 1000 or 10,000", () => {
    const words = new Set(
      [1, 100, 1000, 10_000].flatMap((scale) => [0, 1, 2, 3, 4, 5, 6].map((shift) => scale * 2 ** shift)),
    );
    expect(sizesOf(trace).filter((size) => !words.has(size / 8))).toEqual([]);
  });

  test("has one in a hundred blocks of more than 64 words", () => {
    const large = sizesOf(trace).filter((size) => size > 512 || size / 8 === 100).length;
    expect(Math.abs(large / 50_000 - 0.01)).toBeLessThan(0.003);
  });

  test("releases about a quarter of its blocks while a round goes on, the others in one go at its end", () => {
    // A round allocates three quarters of `live`: 3000 blocks.
    const runs = [...trace.kinds].join("").match(/3+/g)!;
    const ends = runs.filter((run) => run.length > 200);
    expect(ends.length).toBe(Math.floor(50_000 / 3000) + 1);
    const during = 50_000 - ends.join("").length;
    expect(during / 50_000).toBeCloseTo(0.27, 1);
  });

  test("keeps only the blocks in the transfer buffer after a round, a quarter of live", () => {
    // The rounds are of 6 blocks, and the buffer has 2 slots.
    const { kinds, ids } = WORKLOADS.mstress.make({ operations: 40_000, live: 8 });
    const live = liveOf({ kinds });
    const after = live.filter((_, index) => kinds[index + 1] === ALLOCATE && ids[index + 1]! % 6 === 0);
    expect(after.length).toBeGreaterThan(3000);
    expect([Math.min(...after), Math.max(...after)]).toEqual([0, 2]);
  });

  test("has blocks that outlive the round they come from", () => {
    const { kinds, ids } = trace;
    let allocated = 0;
    let survivors = 0;
    kinds.forEach((kind, index) => {
      if (kind !== RELEASE) allocated++;
      else if (Math.floor((allocated - 1) / 3000) > Math.floor(ids[index]! / 3000)) survivors++;
    });
    expect(survivors).toBeGreaterThan(500);
  });
});

describe.each([
  ["binary", 64, 448, 2000],
  ["binary2", 16, 112, 2400],
] as const)("%s", (name, small, large, live) => {
  // A round: as many small, large and summed blocks as there are pairs.
  const pairs = live / 2;
  const steps = sizeStepsOf(WORKLOADS[name].make({ operations: 6 * pairs, live }));

  test("allocates small and large in turn, releases the large, and allocates as many of both together", () => {
    const alternating = Array.from({ length: live }, (_, index) => `+${index % 2 === 0 ? small : large}`);
    expect(steps.slice(0, live)).toEqual(alternating);
    expect(steps.slice(live, live + pairs)).toEqual(new Array(pairs).fill(`-${large}`));
    expect(steps.slice(live + pairs, live + 2 * pairs)).toEqual(new Array(pairs).fill(`+${small + large}`));
  });

  test("releases all at the end of a round, and starts again", () => {
    expect(steps.slice(live + 2 * pairs)).toEqual([
      ...new Array(pairs).fill(`-${small}`),
      ...new Array(pairs).fill(`-${small + large}`),
    ]);
    const twice = sizeStepsOf(WORKLOADS[name].make({ operations: 12 * pairs, live }));
    expect(twice).toEqual([...steps, ...steps]);
  });

  test("has its peak at the end of a round", () => {
    expect(WORKLOADS[name].make().header.peak).toBe(pairs * (2 * small + large));
  });
});

describe.each([
  ["turns", 8, 512, 20_000, 8192, 65_536],
  ["half-turns", 512, 1024, 10_000, 4096, 32_768],
] as const)("%s", (name, least, most, live, dense, sparse) => {
  const trace = WORKLOADS[name].make({ operations: 200_000, live });
  /** The blocks of each phase: allocations up to the next release of many. */
  const phases = [...trace.kinds].join("").split(/3+/).slice(0, -1);

  test(`has sizes of ${least} to ${most} bytes, one for each phase`, () => {
    const sizes = sizesOf(trace);
    expect([Math.min(...sizes) >= least, Math.max(...sizes) <= most]).toEqual([true, true]);
    const first = sizes.slice(0, phases[0]!.length);
    expect(new Set(first).size).toBe(1);
    expect(new Set(sizes).size).toBeGreaterThan(10);
  });

  test(`keeps one block in ${dense} to ${sparse} bytes of a phase`, () => {
    const count = phases[0]!.length;
    const size = sizesOf(trace)[0]!;
    const end = trace.kinds.indexOf(ALLOCATE, count);
    const kept = count - (end - count);
    expect((count * size) / kept).toBeGreaterThan(dense / 2);
    expect((count * size) / kept).toBeLessThan(sparse + size);
  });
});

describe("sawtooth", () => {
  const trace = WORKLOADS.sawtooth.make({ operations: 200_000, live: 2000 });

  test("has sizes that grow by a factor of 1.125 to 2, and start again at 16 to 64 bytes", () => {
    const sizes = sizesOf(trace);
    const steps = sizes.filter((size, index) => size !== sizes[index - 1]);
    const growth = steps.slice(1).map((size, index) => size / steps[index]!);
    expect(growth.filter((factor) => factor > 2.1)).toEqual([]);
    const starts = steps.slice(1).filter((_, index) => growth[index]! < 1);
    expect(starts.length).toBeGreaterThan(3);
    expect(starts.filter((size) => size < 16 || size > 64)).toEqual([]);
  });

  test("has at most 64 live bytes for each block of `live`, and what it keeps", () => {
    expect(trace.header.peak).toBeGreaterThan(64 * 1900);
    expect(trace.header.peak).toBeLessThan(64 * 2000 + 1000 * 8192);
  });
});

describe("uniforms", () => {
  const trace = WORKLOADS.uniforms.make({ operations: 40_000, live: 500 });
  const blocks = [...trace.kinds.keys()].filter((index) => trace.kinds[index] === ALLOCATE);

  test("has blocks at multiples of 128 and 256, as many of each", () => {
    const aligns = blocks.map((index) => trace.aligns[index]!);
    expect(new Set(aligns)).toEqual(new Set([128, 256]));
    expect(aligns.filter((align) => align === 128).length / blocks.length).toBeCloseTo(0.5, 1);
  });

  test("has sizes of one to four times the align, a third of them up to a quarter of the align smaller", () => {
    const less = blocks.map((index) => -trace.sizes[index]! & (trace.aligns[index]! - 1));
    expect(less.filter((bytes, index) => bytes >= trace.aligns[blocks[index]!]! / 4)).toEqual([]);
    expect(less.filter((bytes) => bytes > 0).length / blocks.length).toBeCloseTo(0.33, 1);
  });

  test("replaces blocks in a full table", () => {
    expect([...trace.kinds.subarray(0, 500)]).toEqual(new Array(500).fill(ALLOCATE));
    expect(trace.header.maxlive).toBe(500);
  });
});
