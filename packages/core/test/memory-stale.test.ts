import { Memory, type Ptr, type WebAssemblyMemory } from "@alloc/core";
import { afterAll, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { workshop } from "../../../checks/support/workshop.ts";
import { resizable } from "./support/resizable.ts";
import { GETTERS } from "./support/views.ts";

const PAGE = 65536;

/** A shared memory of this many pages, whose source counts how often it is asked, and may learn late that it has grown. */
class Source implements WebAssemblyMemory {
  readonly inner: WebAssembly.Memory;
  seen: ArrayBufferLike;
  reads = 0;
  grows = 0;

  constructor(initial: number, maximum: number) {
    this.inner = new WebAssembly.Memory({ initial, maximum, shared: true });
    this.seen = this.inner.buffer;
  }
  get buffer(): ArrayBufferLike {
    this.reads++;
    return this.seen;
  }
  grow(pages: number): number {
    this.grows++;
    const before = this.inner.grow(pages);
    this.seen = this.inner.buffer;
    return before;
  }
}

function memoryOf(initial: number, maximum: number): [Memory, Source] {
  const source = new Source(initial, maximum);
  return [Memory.over(source, { maximum: maximum * PAGE }), source];
}

describe("a shared memory of its full length", () => {
  test("is not asked for its buffer in a thousand accesses of each kind", () => {
    const [memory, source] = memoryOf(2, 2);
    const ptr = memory.toPtr(PAGE);
    source.reads = 0;
    for (let count = 0; count < 1000; count++) {
      memory.store(Uint32Array, ptr, memory.u32[4]! + memory.load(Uint32Array, ptr));
      memory.view(Uint8Array, ptr, 8);
      memory.fill(ptr, 8);
      memory.copy(ptr, memory.toPtr(64), 8);
    }
    expect([source.reads, source.grows]).toEqual([0, 0]);
  });

  test("is asked no more once it has grown to it", () => {
    const [memory, source] = memoryOf(1, 3);
    memory.grow(2 * PAGE);
    expect(memory.u8.length).toBe(3 * PAGE);
    source.reads = 0;
    for (const name of GETTERS) expect(memory[name].byteLength).toBe(3 * PAGE);
    expect(source.reads).toBe(0);
  });

  test("refuses what lies outside, without growing by nothing", () => {
    const [memory, source] = memoryOf(2, 2);
    expect(codeThrown(() => memory.load(Uint8Array, (2 * PAGE) as Ptr))).toBe("out-of-bounds");
    expect(source.grows).toBe(0);
  });

  test("is what linear makes if threads share it, up to 1 GiB", () => {
    const lengthOf = (options: { initial?: number; maximum?: number }) => {
      const { byteLength, maximum } = Memory.linear({ ...options, shared: true });
      return [byteLength, maximum];
    };
    expect(lengthOf({})).toEqual([2 ** 30, 2 ** 30]);
    expect(lengthOf({ maximum: 100_000 })).toEqual([2 * PAGE, 2 * PAGE]);
    expect(lengthOf({ maximum: 2 ** 31 })).toEqual([2 ** 30, 2 ** 31]);
    expect(lengthOf({ initial: PAGE, maximum: 2 ** 20 })).toEqual([PAGE, 2 ** 20]);
    expect(Memory.linear({ maximum: 100_000 }).byteLength).toBe(PAGE);
  });
});

describe("a shared memory that another thread has grown, of which this one has not heard", () => {
  const behind = (2 * PAGE) as Ptr;
  const accesses: [string, (memory: Memory) => unknown][] = [
    ["load", (memory) => memory.load(Uint32Array, behind)],
    ["store", (memory) => memory.store(Float64Array, behind, 0.5)],
    ["view", (memory) => memory.view(Uint8Array, behind, 100)],
    ["fill", (memory) => memory.fill(behind, 100, 1)],
    ["copy to it", (memory) => memory.copy(behind, 64 as Ptr, 100)],
    ["copy from it", (memory) => memory.copy(64 as Ptr, behind, 100)],
    ["encode", (memory) => memory.encode("text", behind, 100)],
    ["decode", (memory) => memory.decode(behind, 100)],
    ["toPtr", (memory) => memory.toPtr(behind)],
    ["at", (memory) => memory.at(64 as Ptr, behind)],
  ];

  test.each(accesses)("hears of it in %s behind the old end", (_, access) => {
    const [memory, source] = memoryOf(2, 4);
    expect(memory.u8.length).toBe(2 * PAGE);
    source.inner.grow(1);
    expect(memory.u8.length).toBe(2 * PAGE);
    access(memory);
    expect([memory.u8.length, source.grows]).toEqual([3 * PAGE, 1]);
    // A view of the new bytes.
    memory.view(Uint8Array, behind, 1)[0] = 7;
    expect(new Uint8Array(source.inner.buffer)[behind]).toBe(7);
  });

  test("refuses what lies behind the new end too, after one try", () => {
    const [memory, source] = memoryOf(2, 4);
    source.inner.grow(1);
    expect(() => memory.load(Uint8Array, (3 * PAGE) as Ptr)).toThrow(`a memory of ${3 * PAGE} bytes`);
    expect(source.grows).toBe(2);
  });

  test("is not asked to grow for what lies in the bounds it knows", () => {
    const [memory, source] = memoryOf(2, 4);
    source.inner.grow(1);
    memory.view(Uint8Array, 64 as Ptr, 2 * PAGE - 64);
    memory.store(Uint32Array, 64 as Ptr, 7);
    memory.copy(64 as Ptr, 128 as Ptr, 8);
    expect(source.grows).toBe(0);
  });
});

test("a memory of this thread alone does not grow by nothing before it refuses", () => {
  const inner = new WebAssembly.Memory({ initial: 1, maximum: 4 });
  let grows = 0;
  const memory = Memory.over({
    get buffer() {
      return inner.buffer;
    },
    grow: (pages: number) => inner.grow(pages + 0 * grows++),
  });
  expect(codeThrown(() => memory.load(Uint8Array, PAGE as Ptr))).toBe("out-of-bounds");
  expect(grows).toBe(0);
});

test("a growable buffer that another thread has made longer is longer here too", () => {
  const buffer = resizable(SharedArrayBuffer, PAGE, 4 * PAGE);
  const memory = Memory.over(buffer);
  expect(memory.u8.length).toBe(PAGE);
  buffer.grow(2 * PAGE);
  expect(memory.load(Uint8Array, PAGE as Ptr)).toBe(0);
  buffer.grow(4 * PAGE);
  expect(memory.u8.length).toBe(4 * PAGE);
});

describe("two threads", () => {
  const { run, end } = workshop("core");
  afterAll(end);

  test("hand over the last byte 300 times, each time after one of them has grown the memory", async () => {
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 512, shared: true });
    const turn = new Int32Array(new SharedArrayBuffer(4));
    const text = (first: number) => `
      import { parentPort, workerData } from "node:worker_threads";
      import { Memory } from "@alloc/core";
      const { wasm, turn } = workerData;
      const memory = Memory.over(wasm);
      let misses = 0;
      for (let round = ${first}; round < 300; round += 2) {
        for (let now; (now = Atomics.load(turn, 0)) !== round; ) Atomics.wait(turn, 0, now);
        const last = round * 65536 + 65535;
        try {
          if (memory.load(Uint8Array, last) !== round % 256) misses++;
        } catch {
          misses++;
        }
        memory.grow(65536);
        memory.store(Uint8Array, last + 65536, (round + 1) % 256);
        Atomics.store(turn, 0, round + 1);
        Atomics.notify(turn, 0);
      }
      parentPort.postMessage(misses);`;
    expect(await Promise.all([0, 1].map((first) => run(text(first), { wasm, turn })))).toEqual([0, 0]);
    expect(wasm.buffer.byteLength).toBe(301 * PAGE);
  });
});
