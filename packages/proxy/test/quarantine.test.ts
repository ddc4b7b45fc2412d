/** The quarantine of a guard: what it holds, what it gives back, and what the inner allocator refuses. */
import { Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";
import { hooked, once, root } from "./support/hooked.ts";

const ROOM = 256;
const list = (blocks: number, quarantine: number) => {
  const inner = freeList(ROOM, { blocks, parent: root() });
  const one = guard(inner, { quarantine, stackDepth: 0 });
  return { one, released: vi.spyOn(inner, "deallocate") };
};
const refuse = () => {
  throw new Error("refused");
};

describe("of blocks as large as the quarantine", () => {
  test("one is kept", () => {
    const { one, released } = list(4, ROOM);
    one.deallocate(take(one, small), small);
    expect(released).not.toHaveBeenCalled();
  });

  test("the first is released when the second comes", () => {
    const { one, released } = list(4, ROOM);
    const [first, second] = [take(one, small), take(one, small)];
    one.deallocate(first, small);
    one.deallocate(second, small);
    expect(released.mock.calls.map(([ptr]) => ptr)).toEqual([first - 16]);
  });
});

describe("a block that is refused as it leaves the quarantine", () => {
  test("is released once more, and not a third time", () => {
    const { inner, before } = hooked();
    const one = guard(inner);
    one.deallocate(take(one, small), small);
    before.deallocate = refuse;
    expect([1, 2, 3].map(() => codeThrown(() => one.trim()))).toEqual([
      "Error: refused",
      "Error: refused",
      "nothing was thrown",
    ]);
  });

  test("is not released again if the inner allocator was reset before it refused", () => {
    const { inner, before } = hooked();
    const one = guard(inner);
    one.deallocate(take(one, small), small);
    before.deallocate = () => {
      inner.reset();
      refuse();
    };
    expect([1, 2].map(() => codeThrown(() => one.trim()))).toEqual(["Error: refused", "nothing was thrown"]);
  });

  test("takes the same room as before", () => {
    const { inner, before } = hooked();
    const room = Math.max(72, inner.usableSize(Layout.of(72)));
    const one = guard(inner, { quarantine: 2 * room });
    const ptrs = [1, 2, 3].map(() => take(one, small));
    for (const ptr of ptrs.slice(0, 2)) one.deallocate(ptr, small);
    before.deallocate = refuse;
    expect(() => one.trim()).toThrow();
    let released = 0;
    before.deallocate = () => released++;
    one.deallocate(ptrs[2]!, small);
    expect(released).toBe(1);
  });
});

test("blocks that leave while the quarantine is emptied leave it once", () => {
  const { inner, before } = hooked();
  const one = guard(inner);
  const [first, second] = [take(one, small), take(one, small)];
  for (const ptr of [first, second]) one.deallocate(ptr, small);
  once(before, "deallocate", () => one.trim());
  expect(codeThrown(() => one.trim())).toBe("nothing was thrown");
});

test("a fault found when room is needed is reported once, and the block was given back", () => {
  const { one } = list(1, 2 ** 20);
  const ptr = take(one, small);
  one.deallocate(ptr, small);
  one.memory.u8[ptr] = 1;
  expect(codeThrown(() => one.allocate(small))).toBe("write-after-free");
  expect(one.allocate(small)).not.toBe(NULL);
});

describe("without a quarantine, a refused block", () => {
  test("keeps its bytes, and so do its zones", () => {
    const { inner, before } = hooked();
    const one = guard(inner, { quarantine: 0 });
    const ptr = take(one, small);
    one.memory.fill(ptr, 40, 7);
    once(before, "deallocate", refuse);
    expect(() => one.deallocate(ptr, small)).toThrow("refused");
    expect([...one.memory.view(Uint8Array, ptr, 40)]).toEqual(Array(40).fill(7));
    expect(codeThrown(() => one.check())).toBe("nothing was thrown");
  });

  test("is reported with the error of the refusal, also in a memory without bytes", () => {
    const inner = system({ parent: pages(Memory.virtual(2 ** 20)) });
    const one = guard(inner, { quarantine: 0 });
    const ptr = take(one, Layout.of(40)) as Ptr;
    vi.spyOn(inner, "deallocate").mockImplementationOnce(refuse);
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("Error: refused");
  });
});
