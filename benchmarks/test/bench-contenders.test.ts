import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { encodeColumns } from "../src/bench/columns.ts";
import { type Contender, chosen, contenders } from "../src/bench/contenders.ts";
import { EMPTY } from "../src/bench/empty.ts";
import { compileNative, type Native } from "../src/bench/native.ts";
import { measure } from "../src/bench/rounds.ts";
import { lifo } from "../src/bench/workloads.ts";

const SOURCE = join(import.meta.dirname, "../native/replay.c");
const folder = mkdtempSync(join(tmpdir(), "alloc-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());
const native = await compileNative(SOURCE, folder);

describe("contenders", () => {
  test("without a compiler, every native contender is missing for that reason, and no JavaScript one is", async () => {
    vi.stubEnv("CC", "no-such-compiler");
    const none = await compileNative(SOURCE, folder);
    expect(none).toMatch(/there is no compiler no-such-compiler|for Linux/);
    const all = await contenders("worker.js", none);
    const missing = all.filter((it) => it.missing !== undefined);
    expect(missing.map(({ name }) => name)).toEqual([
      "glibc",
      "glibc never trimming",
      "mimalloc",
      "jemalloc",
      "tcmalloc",
    ]);
    expect(new Set(missing.map((it) => it.missing))).toEqual(new Set([none]));
    expect(all.some(({ name }) => name === EMPTY.C)).toBe(false);
  });

  test("a library that the loader does not find is missing, and its name is given", async () => {
    const nothing = { find: () => Promise.resolve(undefined), under: () => ({}), empty: {} } as unknown as Native;
    const all = await contenders("worker.js", nothing);
    expect(all.find(({ name }) => name === "jemalloc")!.missing).toBe("the loader finds no libjemalloc.so.2");
    expect(all.find(({ name }) => name === "glibc")!.missing).toBeUndefined();
  });

  test("selected contenders come with the empty loop of their language, and no other", async () => {
    const all = await contenders("worker.js", "why");
    expect(chosen(all, ["system"]).map(({ name }) => name)).toEqual([EMPTY.JavaScript, "system"]);
    expect(() => chosen(all, ["system", "nothing"])).toThrow(/no contender "nothing": expected one of .*"system"/);
  });
});

describe.skipIf(typeof native === "string")("the replayer in C", () => {
  const { find, under, empty } = native as Native;
  const file = join(folder, "lifo.columns");
  writeFileSync(file, encodeColumns(lifo(100_000, 100, 2)));
  const asked = { contender: "", file, align: 8 };

  test("returns a time for each repeat, also of the empty loop", async () => {
    const { times } = await under({}).time({ ...asked, warmUp: 1, measured: 5 });
    expect(times.length).toBeGreaterThan(0);
    expect(times.every(Number.isFinite)).toBe(true);
    expect((await empty.time({ ...asked, warmUp: 1, measured: 5 })).times.length).toBeGreaterThan(0);
  });

  test("returns the live bytes as in use at the peak, and the steps on the way there", async () => {
    const { peak, held } = await under({ REPLAY_NEVER_TRIM: "1" }).memory({ ...asked, samples: 4 });
    expect(peak).toBeGreaterThanOrEqual(100 * 100_000);
    expect(peak).toBeLessThan(1.1 * 100 * 100_000);
    expect(held).toHaveLength(4);
  });

  test("does not report the end as the peak after glibc gave memory back", async () => {
    const { peak } = await under({}).memory({ ...asked, samples: 4 });
    expect(peak).toBeGreaterThan(0.9 * 100 * 100_000);
  });

  test("aligns blocks that need more than malloc's 16", async () => {
    const aligned = await under({ REPLAY_NEVER_TRIM: "1" }).memory({ ...asked, align: 65536, samples: 4 });
    expect(aligned.peak).toBeGreaterThan(1.2 * 100 * 100_000);
  });

  test("refuses another kind of file", async () => {
    const right = encodeColumns(lifo(8, 1, 1));
    const wrong = [right.map((byte, at) => (at === 0 ? 0 : byte)), right.subarray(0, -1), new Uint8Array(10)];
    for (const bytes of wrong) {
      writeFileSync(join(folder, "wrong"), bytes);
      const run = under({}).time({ ...asked, file: join(folder, "wrong"), warmUp: 1, measured: 1 });
      await expect(run).rejects.toThrow("this is no file of columns");
    }
  });

  test("does not find a missing library", async () => {
    expect(await find(["libno-such-malloc.so.7"])).toBeUndefined();
  });
});

describe("measure", () => {
  const staged = { name: "w", file: "", peak: 50, operations: 10, live: [] };
  const settings = { rounds: 3, align: 8, warmUp: 1, measured: 1 };
  const order: string[] = [];
  /** A contender whose time grows by one in each round. */
  function fake(name: string, first: number, failsIn?: number): Contender {
    let round = 0;
    return {
      name,
      language: "JavaScript",
      about: "",
      memory: () => Promise.resolve({ peak: 100, held: [], end: 0 }),
      async time() {
        order.push(name);
        if (++round === failsIn) throw new Error("no room");
        return { times: [first + round, 50 + first + round, 1 + first + round] };
      },
    };
  }
  const run = (all: readonly Contender[]) => measure(all, staged, settings, () => {});

  test("takes the median of a process, without the empty loop of the round, and starts each round with a different contender", async () => {
    order.length = 0;
    const [, own] = await run([fake(EMPTY.JavaScript, 0), fake("a", 10), fake("b", 20)]);
    expect(own).toMatchObject({ net: { median: 10, least: 10, most: 10 }, quickest: 10, utilisation: 0.5 });
    expect(own!.gross).toEqual({ median: 13, least: 12, most: 14 });
    expect([order[0], order[3], order[6]]).toEqual(["a", "b", EMPTY.JavaScript]);
  });

  test("reports the fault of a contender that fails in any round, does not try it again, and goes on with the others", async () => {
    order.length = 0;
    const [, bad, good] = await run([fake(EMPTY.JavaScript, 0), fake("bad", 10, 2), fake("good", 20)]);
    expect(bad).toEqual({ workload: "w", contender: "bad", fault: "no room" });
    expect(good!.fault).toBeUndefined();
    expect(order.filter((name) => name === "bad")).toHaveLength(2);
  });

  test("skips missing contenders", async () => {
    const results = await run([fake(EMPTY.JavaScript, 0), { ...fake("a", 10), missing: "it is not there" }]);
    expect(results.map(({ contender }) => contender)).toEqual([EMPTY.JavaScript]);
  });
});
