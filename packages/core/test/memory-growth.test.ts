import { ArgumentError, Memory, NULL } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GETTERS, shown, wholeElements } from "./support/views.ts";

const PAGE = 65536;
const growable = (pages: number, shared: boolean) =>
  new WebAssembly.Memory({ initial: pages, maximum: Math.max(pages, 64), shared });

/** Expects every getter to show all bytes in whole elements. */
function expectFresh(memory: Memory, bytes: number): void {
  expect(memory.byteLength).toBe(bytes);
  expect(shown(memory)).toEqual(wholeElements(bytes));
}

describe("views", () => {
  test.each([true, false])("are fresh after the memory has grown by itself, shared: %s", (shared) => {
    const memory = Memory.linear({ initial: PAGE, maximum: 4 * PAGE, shared });
    for (let pages = 2; pages <= 4; pages++) {
      memory.grow(1);
      expectFresh(memory, pages * PAGE);
    }
  });

  test.each([true, false])("are fresh after a guest has grown the memory, shared: %s", (shared) => {
    const wasm = growable(1, shared);
    const memory = Memory.over(wasm);
    expectFresh(memory, PAGE);
    wasm.grow(3);
    expectFresh(memory, 4 * PAGE);
  });

  test("are views of the current buffer, also if an empty memory grew by nothing", () => {
    const wasm = new WebAssembly.Memory({ initial: 0 });
    const memory = Memory.over(wasm);
    wasm.grow(0);
    expect(memory.u8.buffer).toBe(wasm.buffer);
  });

  test("kept over a growth become empty if unshared, and stay short if shared", () => {
    for (const shared of [false, true]) {
      const memory = Memory.linear({ initial: PAGE, maximum: 2 * PAGE, shared });
      const old = memory.u8;
      memory.grow(PAGE);
      expect(old.length).toBe(shared ? PAGE : 0);
      expect(memory.u8.length).toBe(2 * PAGE);
    }
  });

  test("are the same objects while the memory does not grow", () => {
    for (const shared of [false, true]) {
      const memory = Memory.linear({ maximum: PAGE, shared });
      for (const name of GETTERS) expect(memory[name]).toBe(memory[name]);
    }
  });

  test("show bytes from before the growth", () => {
    const memory = Memory.linear({ initial: PAGE, maximum: 2 * PAGE });
    memory.u32[5] = 42;
    memory.grow(PAGE);
    expect(memory.u32[5]).toBe(42);
  });

  test("made with `view` are fresh as well, above the old end", () => {
    for (const shared of [false, true]) {
      const wasm = growable(1, shared);
      const memory = Memory.over(wasm);
      wasm.grow(1);
      memory.view(Uint8Array, memory.toPtr(PAGE), 1)[0] = 7;
      expect(new Uint8Array(wasm.buffer)[PAGE]).toBe(7);
    }
  });

  test("hold only whole elements of 1003 bytes", () => {
    expectFresh(Memory.over(new ArrayBuffer(1003)), 1003);
  });

  test("of a full 4 GiB have 2 ** 32 bytes, and 2 ** 32 after growing to it", () => {
    expectFresh(Memory.linear({ initial: 2 ** 32 }), 2 ** 32);
    const memory = Memory.linear({ initial: PAGE });
    memory.grow(2 ** 32 - PAGE);
    expectFresh(memory, 2 ** 32);
  });
});

describe("grow", () => {
  test("returns the start of the added bytes, whichever wrapper grew in between, and NULL exactly beyond the maximum", () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 20 * PAGE }), byGuest: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), fc.nat(3), fc.boolean(), (steps, initial, shared) => {
        const wasm = growable(initial, shared);
        const memory = Memory.over(wasm);
        let end = initial * PAGE;
        for (const { bytes, byGuest } of steps) {
          const added = Math.ceil(bytes / PAGE) * PAGE;
          if (byGuest) {
            if (end + added > 64 * PAGE) continue;
            wasm.grow(added / PAGE);
            end += added;
          } else {
            // In an empty memory the first 16 bytes are lost to NULL.
            const start = Math.max(end, 16);
            const longer = Math.ceil((start + bytes) / PAGE) * PAGE;
            const room = longer <= 64 * PAGE;
            expect(memory.grow(bytes)).toBe(room ? start : NULL);
            if (room) end = longer;
          }
          expectFresh(memory, end);
        }
      }),
    );
  });

  test.each([
    [1, PAGE],
    [PAGE - 16, PAGE],
    [PAGE - 15, 2 * PAGE],
    [PAGE, 2 * PAGE],
  ])(
    "of an empty memory by %d bytes returns 16, because NULL is not an address, followed by that many bytes",
    (bytes, length) => {
      const memory = Memory.over(new WebAssembly.Memory({ initial: 0 }));
      expect([memory.grow(bytes), memory.byteLength]).toEqual([16, length]);
    },
  );

  test("returns addresses above 2 GiB unsigned", () => {
    const memory = Memory.linear({ initial: 3 * 2 ** 30 });
    expect(memory.grow(PAGE)).toBe(3 * 2 ** 30);
  });

  test("reaches 4 GiB and returns NULL for one byte more", () => {
    const memory = Memory.linear({ initial: 2 ** 32 - PAGE });
    expect(memory.grow(PAGE + 1)).toBe(NULL);
    expect(memory.grow(PAGE)).toBe(2 ** 32 - PAGE);
    expect(memory.grow(1)).toBe(NULL);
    expect(memory.byteLength).toBe(2 ** 32);
  });

  test.each([
    ["an ArrayBuffer", () => Memory.over(new ArrayBuffer(PAGE))],
    ["a SharedArrayBuffer", () => Memory.over(new SharedArrayBuffer(PAGE))],
    ["addresses alone", () => Memory.virtual(PAGE)],
  ])("returns NULL over %s", (_, make) => {
    const memory = make();
    expect(memory.grow(1)).toBe(NULL);
    expect(memory.byteLength).toBe(PAGE);
  });

  test.each([0, -1, 0.5, NaN, Infinity, 2 ** 32 + 1])("refuses to add %d bytes", (bytes) => {
    expect(() => Memory.linear().grow(bytes)).toThrow(ArgumentError);
  });
});
