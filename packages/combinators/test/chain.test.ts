import { chain, fallback, type Limit, limit, nullAllocator, segregate } from "@alloc/combinators";
import { type Allocator, ArgumentError, type Can, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
const list = (size: number) => freeList(size, { blocks: 1, parent });

/** A chain as its factory calls: `fallback(freeList, system)`. */
function written(allocator: Allocator): string {
  const { nodes, root } = allocator.describe();
  const text = (id: number): string => {
    const { kind, options, children } = nodes[id]!;
    const told = [options.threshold, options.blockSize, options.bytes].filter((option) => option !== undefined);
    return `${kind}(${[...told, ...children.map(text)].join(", ")})`;
  };
  return text(root);
}

test("a chain of one allocator is that allocator", () => {
  const heap = system({ parent });
  expect(chain(heap).build()).toBe(heap);
});

test("orElse nests to the right", () => {
  const built = chain(list(8)).orElse(list(16)).orElse(list(32)).orElse(system({ parent })).build();
  expect(written(built)).toBe("fallback(freeList(8), fallback(freeList(16), fallback(freeList(32), system())))");
});

test("routes by size nest to the right", () => {
  const built = segregate([8, list(8)], [16, list(16)], system({ parent }));
  expect(written(built)).toBe("segregate(8, freeList(8), segregate(16, freeList(16), system()))");
});

test("pipe applies to everything before it", () => {
  const built = chain(list(8))
    .orElse(list(16))
    .pipe(limit, 100)
    .orElse(nullAllocator(parent.memory))
    .pipe((inner) => fallback(inner, system({ parent })))
    .build();
  expect(written(built)).toBe(
    "fallback(fallback(limit(100, fallback(freeList(8), freeList(16))), nullAllocator()), system())",
  );
});

test("a chain serves requests as its parts do", () => {
  const built: Limit<Can<"owns">> = chain(list(64)).orElse(system({ parent })).pipe(limit, 200).build();
  const ptrs = [64, 64, 128].map((size) => built.allocate(Layout.of(size)));
  expect(ptrs.map((ptr) => ptr !== 0 && built.owns(ptr))).toEqual([true, true, false]);
});

test("later steps do not change a chain", () => {
  const start = chain(list(8));
  start.orElse(system({ parent }));
  expect(written(start.build())).toBe("freeList(8)");
});

test.each([0, 8, 7, 1.5])("a route up to %s bytes after one up to 8 is refused as a size out of bounds", (bytes) => {
  expect(codeThrown(() => segregate([8, list(8)], [bytes, list(16)], list(32)))).toBe("size");
});

test("a member without owns before another one is refused by name, for JavaScript callers", () => {
  const plain = Object.assign(system({ parent }), { owns: undefined }) as unknown as Can<"owns">;
  expect(() => chain(plain).orElse(list(8)).build()).toThrow(
    new ArgumentError(
      "fallback(primary, secondary) expects a primary that supports owns(ptr), got system, which does not: put it last, or give it an owns(ptr) where it is made",
    ),
  );
});
