/**
 * Guards, call by call: the facts in their errors, what they leave unchanged, and what they forward.
 */
import { Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { large, small, take } from "./support/fixtures.ts";
import { hooked, root, thrownBy } from "./support/hooked.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

function held() {
  const one = guard(tinyHeap({ parent: root() }));
  return { one, ptr: take(one, small) };
}
const noLayout = 40 as unknown as Layout;

test("an error about an invalid layout names the call that got it", () => {
  const { one, ptr } = held();
  const calls: [string, () => unknown][] = [
    ["allocate", () => one.allocate(noLayout)],
    ["allocateZeroed", () => one.allocateZeroed(noLayout)],
    ["deallocate", () => one.deallocate(ptr, noLayout)],
    ["deallocate", () => one.deallocate(ptr, { size: 0 } as Layout)],
    ["grow", () => one.grow(ptr, small, noLayout)],
    ["grow", () => one.grow(ptr, noLayout, small)],
    ["growZeroed", () => one.growZeroed(ptr, small, noLayout)],
    ["shrink", () => one.shrink(ptr, small, noLayout)],
    ["resizeInPlace", () => one.resizeInPlace(ptr, small, noLayout)],
    ["resizeInPlace", () => one.resizeInPlace(ptr, noLayout, small)],
  ];
  expect(calls.map(([, call]) => thrownBy(call).message.split(" expects a Layout")[0])).toEqual(
    calls.map(([name]) => name),
  );
});

describe("an error says", () => {
  test("for a released block where it was allocated and where it was released", () => {
    const { one, ptr } = held();
    one.deallocate(ptr, small);
    const { message, block } = thrownBy(() => one.deallocate(ptr, small));
    expect(message.split("\n").filter((line) => line.startsWith("  it "))).toEqual([
      "  it was allocated",
      "  it was released",
    ]);
    expect(message.endsWith(block!.released!)).toBe(true);
  });

  test("for a block moved by a resize that it moved", () => {
    const { one, ptr } = held();
    one.grow(ptr, small, large);
    expect(() => one.deallocate(ptr, small)).toThrow("after it moved");
  });

  test.each([
    ["grow", 8],
    ["growZeroed", 8],
    ["shrink", 41],
  ] as const)("for a %s in the wrong direction the requested size", (how, size) => {
    const { one, ptr } = held();
    expect(() => one[how](ptr, small, Layout.of(size))).toThrow(
      `tried to ${how} #1 (40 bytes, align 8, at ${ptr}) to ${size} bytes`,
    );
  });
});

describe("resizeInPlace is false, and the block unchanged,", () => {
  test.each<[string, Layout]>([
    ["to size 0", Layout.of(0)],
    ["to another align", Layout.of(40, 16)],
    ["to more than is possible with the zones", Layout.of(2 ** 32 - 16)],
  ])("%s", (_, to) => {
    const { one, ptr } = held();
    expect(one.resizeInPlace(ptr, small, to)).toBe(false);
    expect(one.sizeAt(ptr)).toBe(40);
    one.deallocate(ptr, small);
  });

  test("from size 0, at any address", () => {
    const { one } = held();
    expect(one.resizeInPlace(8 as Ptr, Layout.of(0), small)).toBe(false);
  });
});

describe("the bytes gained by a resize", () => {
  test.each([
    ["grow", 0xaa],
    ["growZeroed", 0],
  ] as const)("by %s are %i, if the block moves", (how, byte) => {
    const { one, ptr } = held();
    one.memory.fill(ptr, 40, 7);
    const moved = one[how](ptr, small, large) as Ptr;
    expect([...one.memory.view(Uint8Array, (moved + 39) as Ptr, 361)]).toEqual([7, ...Array(360).fill(byte)]);
  });

  test.each([
    ["grow", 0xaa],
    ["growZeroed", 0],
  ] as const)("by %s are %i, if there is no room to move", (how, byte) => {
    const { inner, before } = hooked();
    const one = guard(inner);
    const ptr = take(one, small);
    one.memory.fill(ptr, 40, 7);
    before.allocate = () => NULL;
    expect(one[how](ptr, small, Layout.of(64))).toBe(ptr);
    expect([...one.memory.view(Uint8Array, (ptr + 39) as Ptr, 26)]).toEqual([7, ...Array(24).fill(byte), 0xfd]);
  });
});

test("a resize in place whose bytes cannot be filled leaves the block, its zones and the inner block unchanged", () => {
  const { heap, inner, before } = hooked();
  const one = guard(inner);
  const ptr = take(one, small);
  const size = heap.sizeAt((ptr - 16) as Ptr);
  before.allocate = () => NULL;
  const fill = vi.spyOn(one.memory, "fill").mockImplementationOnce(() => {
    throw new Error("no bytes");
  });
  expect(() => one.growZeroed(ptr, small, large)).toThrow("no bytes");
  fill.mockRestore();
  expect([one.sizeAt(ptr), heap.sizeAt((ptr - 16) as Ptr)]).toEqual([40, size]);
  one.deallocate(ptr, small);
});

test("a resize without room in a memory without bytes returns NULL, and the block is unchanged", () => {
  const inner = system({ parent: pages(Memory.virtual(2 ** 20)) });
  const one = guard(Object.assign(inner, { grow: () => NULL }));
  const ptr = take(one, small);
  expect(one.grow(ptr, small, large)).toBe(NULL);
  expect([one.sizeAt(ptr), one.bytesLive]).toEqual([40, 40]);
});

describe("trim", () => {
  test("keeps a fault found in the quarantine for the next call to report", () => {
    const { one, ptr } = held();
    one.deallocate(ptr, small);
    one.memory.u8[ptr] = 1;
    const calls = [() => one.trim(), () => one.check(), () => one.check()];
    expect(calls.map(codeThrown)).toEqual(["write-after-free", "write-after-free", "nothing was thrown"]);
  });

  test("trims the inner allocator", () => {
    const inner = system({ parent: root() });
    const trim = vi.spyOn(inner, "trim");
    guard(inner).trim();
    expect(trim).toHaveBeenCalledOnce();
  });
});

test("a reset that the inner allocator refuses has ended all blocks, which are released one by one", () => {
  const heap = tinyHeap({ parent: root() });
  const refuse = () => {
    throw new Error("refused");
  };
  const one = guard(Object.assign(heap, { reset: refuse }));
  const ptr = take(one, small);
  take(one, large);
  const released = vi.spyOn(heap, "deallocate");
  expect(() => one.reset()).toThrow("refused");
  expect([released.mock.calls.length, codeThrown(() => one.sizeAt(ptr))]).toEqual([2, "double-free"]);
});

test("a block is attributed to its guard among a hundred", () => {
  const guards = Array.from({ length: 100 }, () =>
    guard(tinyHeap({ parent: root() }), { redZone: 2000, stackDepth: 0 }),
  );
  const sizes = guards.map((one, index) => take(one, Layout.of(40 + 8 * index)));
  const other = guard(tinyHeap({ parent: root() }));
  expect(() => other.deallocate(sizes[0]!, small)).toThrow("of one of 100 other guards: ");
  for (const one of guards) one.dispose();
});
