/**
 * Blocks of one memory released in the heap of another: their addresses are numbers, and may equal those of other blocks.
 */
import { type Allocator, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const HEAPS: Record<string, (parent: Allocator) => Allocator> = {
  "system()": (parent) => system({ parent }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
  "freeList(256)": (parent) => freeList(256, { blocks: 64, parent }),
};
const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));

describe.each(Object.entries(HEAPS))("two guards of %s in two memories", (_name, make) => {
  test("a foreign block is named, with the stack of its allocation", () => {
    const [one, other] = [guard(make(root())), guard(make(root()))];
    const ptr = (function allocatesIt() {
      take(other, small);
      return take(other, small);
    })();
    const message = messageOf(() => one.deallocate(ptr, small));
    expect(message).toMatch(
      /^\d+ is not a block of this allocator but #2 \(.*\) of (another guard|one of \d+ other guards): release a block/,
    );
    expect(message).toContain("allocatesIt");
  });

  test("a foreign block with the number and layout of a live one: the owner gets the stack of the wrong release, and the memory is not reused", () => {
    const [one, other] = [guard(make(root())), guard(make(root()))];
    const [mine, theirs] = [take(one, small), take(other, small)];
    expect(theirs).toBe(mine);
    const releasesIt = () => one.deallocate(theirs, small);
    releasesIt();
    expect(take(one, small)).not.toBe(mine);
    const message = messageOf(() => one.deallocate(mine, small));
    expect(message).toContain("after it was released");
    expect(message).toContain("releasesIt");
  });

  test("red zones of different lengths make such collisions rare", () => {
    const [one, other] = [guard(make(root()), { redZone: 16 }), guard(make(root()), { redZone: 24 })];
    const blocks = Array.from({ length: 60 }, () => [take(one, small), take(other, small)] as const);
    const own = new Set<number>(blocks.map(([ptr]) => ptr));
    const strange = blocks.map(([, ptr]) => ptr).filter((ptr) => !own.has(ptr));
    expect(strange.length).toBeGreaterThan(45);
    for (const ptr of strange) {
      expect(codeThrown(() => one.deallocate(ptr, small))).toMatch(/foreign-pointer|interior-pointer/);
    }
  });
});

function messageOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
