import { fallback } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const layout = Layout.of(64);

describe("invalid children", () => {
  test("children of two memories are refused with other-memory", () => {
    const elsewhere = pages(Memory.linear({ maximum: 2 ** 20 }));
    expect(codeThrown(() => fallback(freeList(64, { parent }), system({ parent: elsewhere })))).toBe("other-memory");
  });

  test("two wrappers of one memory are one memory", () => {
    const wasm = new WebAssembly.Memory({ initial: 8 });
    const [low, high] = [Memory.over(wasm, { from: 65536, to: 2 * 65536 }), Memory.over(wasm, { from: 4 * 65536 })];
    const both = fallback(
      freeList(64, { blocks: 1, parent: pages(low) }),
      freeList(64, { blocks: 1, parent: pages(high) }),
    );
    expect(both.allocate(layout)).not.toBe(NULL);
  });

  test("a primary from which the secondary takes its chunk is refused with misroute, at any depth", () => {
    const heap = system({ parent });
    const list = () => freeList(64, { blocks: 1, parent: heap });
    expect(codeThrown(() => fallback(heap, list()))).toBe("misroute");
    expect(codeThrown(() => fallback(heap.byRef(), list()))).toBe("misroute");
    expect(codeThrown(() => fallback(fallback(list(), heap.byRef()), list()))).toBe("misroute");
    expect(codeThrown(() => fallback(parent, system({ parent: heap })))).toBe("misroute");
  });

  test("a primary that takes its chunk from a secondary that supports reset is refused with shared-reset", () => {
    const heap = system({ parent });
    const list = freeList(64, { blocks: 1, parent: heap });
    expect(codeThrown(() => fallback(list, heap))).toBe("shared-reset");
    expect(can(fallback(list, heap.byRef()), "reset" as "owns")).toBe(false);
  });

  test("a child whose own members take their chunks from each other is not refused", () => {
    const heap = system({ parent });
    const list = freeList(64, { blocks: 1, parent: heap });
    /** Forgets only the blocks of the list. */
    class Both extends Allocator {
      override readonly memory = memory;
      constructor() {
        super(undefined, [list, heap]);
      }
      override allocate(layout: Layout) {
        return list.allocate(layout);
      }
      override deallocate(ptr: Ptr, layout: Layout) {
        list.deallocate(ptr, layout);
      }
      owns(ptr: Ptr) {
        return heap.owns(ptr);
      }
      reset() {
        list.reset();
      }
    }
    expect(fallback(new Both(), freeList(64, { blocks: 1, parent })).allocate(layout)).not.toBe(NULL);
  });

  test("a refused pair disposes neither child", () => {
    const heap = system({ parent });
    const list = freeList(64, { blocks: 1, parent: heap });
    expect(() => fallback(heap, list)).toThrow("swap the two");
    expect(list.allocate(layout)).not.toBe(NULL);
    expect(heap.allocate(layout)).not.toBe(NULL);
  });
});
