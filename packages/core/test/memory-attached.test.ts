import { Layout, Memory, pages } from "@alloc/core";
import { partsOf, placeOf } from "@alloc/core/author";
import { afterAll, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { workshop } from "../../../checks/support/workshop.ts";

const { run, end } = workshop("core");
afterAll(end);

/** Makes a root over posted bytes and takes a block of it. Posts its address, or the code of the error. */
const TAKE = `
  import { parentPort, workerData } from "node:worker_threads";
  import { Layout, Memory, pages } from "@alloc/core";
  try {
    parentPort.postMessage(pages(Memory.over(workerData.source, workerData.range)).allocate(Layout.of(64)));
  } catch (error) {
    parentPort.postMessage(error.code);
  }`;

const SOURCES: [string, () => SharedArrayBuffer | WebAssembly.Memory][] = [
  ["a SharedArrayBuffer", () => new SharedArrayBuffer(65536)],
  ["a shared Wasm memory", () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })],
];

describe.each(SOURCES)("%s that is posted to two workers", (_, make) => {
  test("is refused by both, instead of serving the same bytes twice", async () => {
    const source = make();
    expect(await Promise.all([1, 2].map(() => run(TAKE, { source, range: { from: 0 } })))).toEqual([
      "unattached",
      "unattached",
    ]);
  });

  test("serves each in the range that it claims", async () => {
    const source = make();
    const ranges = [
      { from: 4096, to: 32768, owner: true },
      { from: 32768, to: 65536, owner: true },
    ];
    expect(await Promise.all(ranges.map((range) => run(TAKE, { source, range })))).toEqual([4096, 32768]);
  });
});

test("a worker that gets the parts of a memory twice has one memory, one root, and the words of this thread", async () => {
  const memory = Memory.linear({ maximum: 2 ** 20, shared: true, words: 2 ** 20 });
  const root = pages(memory);
  const first = root.allocate(Layout.of(1000));
  const parts = partsOf(memory);
  const nodes = root.describe().nodes.map((node) => ({
    ...node,
    state: Object.fromEntries(Object.entries(node.state).map(([name, words]) => [name, placeOf(memory, words)])),
  }));
  const text = `
    import { parentPort, workerData } from "node:worker_threads";
    import { Layout, pages } from "@alloc/core";
    import { attachDescription, fromParts, wordsAt } from "@alloc/core/author";
    const [memory, again] = workerData.parts.map(fromParts);
    const nodes = workerData.nodes.map((node) => ({
      ...node,
      state: Object.fromEntries(Object.entries(node.state).map(([name, place]) => [name, wordsAt(memory, place)])),
    }));
    const [root, other] = [1, 2].map(() => attachDescription(memory, { nodes, root: 0 }, []));
    parentPort.postMessage([memory === again, root === other, root === pages(again), root.allocate(Layout.of(1000))]);`;
  const posted = await run(text, { parts: [structuredClone(parts), structuredClone(parts)], nodes });
  expect(posted).toEqual([true, true, true, (first as number) + 1024]);
  expect(root.allocate(Layout.of(1000))).toBe((first as number) + 2048);
});

describe("shared bytes that this thread has not claimed", () => {
  test("serve no words, and have no root", () => {
    const memory = Memory.over(new SharedArrayBuffer(65536));
    expect(codeThrown(() => memory.words(Int32Array, 1))).toBe("unattached");
    expect(() => pages(memory)).toThrow(
      "this memory is shared, and another thread may allocate in it: attach a handle of that thread, by attach(handle, kinds) of @alloc/shared; or write Memory.over(buffer, { owner: true }) in the one thread that starts",
    );
    expect(codeThrown(() => pages(memory))).toBe("unattached");
  });

  test("can be read and written", () => {
    const buffer = new SharedArrayBuffer(65536);
    const memory = Memory.over(buffer);
    memory.store(Uint32Array, memory.toPtr(64), 7);
    memory.fill(memory.toPtr(128), 4, 1);
    const other = Memory.over(buffer);
    expect([other.u32[16], other.load(Uint32Array, other.toPtr(128))]).toEqual([7, 0x01010101]);
  });

  test("serve nothing either where the range says that it is not the owner", () => {
    expect(codeThrown(() => pages(Memory.over(new SharedArrayBuffer(4096), { owner: false })))).toBe("unattached");
  });
});

test("a claim that is neither true nor false is refused", () => {
  expect(() => Memory.over(new SharedArrayBuffer(64), { owner: 1 as never })).toThrow(
    "Memory.over expects true or false as owner, got 1: write Memory.over(buffer, { owner: true })",
  );
});

test("a wrapper without a claim has the root of one with it, in the same thread", () => {
  const buffer = new SharedArrayBuffer(65536);
  const root = pages(Memory.over(buffer, { owner: true }));
  expect(pages(Memory.over(buffer))).toBe(root);
  expect(root.allocate(Layout.of(64))).not.toBe(0);
});

test("bytes of this thread alone need no claim, and a memory made by linear neither", () => {
  for (const memory of [
    Memory.over(new ArrayBuffer(4096)),
    Memory.over(new WebAssembly.Memory({ initial: 1 }), { from: 0 }),
    Memory.virtual(4096),
    Memory.linear({ maximum: 65536, shared: true }),
  ]) {
    expect(memory.words(Int32Array, 3).length).toBe(3);
  }
});
