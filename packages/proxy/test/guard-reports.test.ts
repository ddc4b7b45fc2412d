/** What the error of a guard says of a block: its heap, the guard it belongs to, and both faults where there are two. */
import { fallback } from "@alloc/combinators";
import { Allocator, Layout, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { type GuardError, type GuardOptions, guard } from "@alloc/proxy";
import { beforeEach, describe, expect, test } from "vitest";
import { small, take } from "./support/fixtures.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const heap = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });

/** Returns the error of a call that must throw one. */
function thrown(call: () => unknown): GuardError {
  try {
    call();
  } catch (error) {
    return error as GuardError;
  }
  throw new Error("nothing was thrown");
}

/** Returns a guard over a heap that refuses every release once `refuses.now` is set. */
function refusing(options: GuardOptions = {}) {
  const [inner, refuses] = [heap(), { now: false }];
  const watched = Allocator.from({
    memory: inner.memory,
    allocate: (layout) => inner.allocate(layout),
    deallocate(ptr, layout) {
      if (refuses.now) throw new Error("refused");
      inner.deallocate(ptr, layout);
    },
    usableSize: (layout) => inner.usableSize(layout),
  });
  return { one: guard(watched, options), refuses };
}

describe("the block of an error", () => {
  test("has the name of its guard", () => {
    const one = guard(heap(), { name: "nodes" });
    const ptr = take(one, small);
    const { block, message } = thrown(() => one.deallocate(ptr, Layout.of(41)));
    expect(block).toMatchObject({ heap: "nodes", ordinal: 1, ptr, size: 40 });
    expect(message).toContain("nodes");
  });

  test("has no name if the guard has none", () => {
    const one = guard(heap());
    const ptr = take(one, small);
    expect(Object.keys(thrown(() => one.deallocate(ptr, Layout.of(41))).block!)).not.toContain("heap");
  });

  test("of another guard is followed by its stack, on lines of their own", () => {
    const [owner, other] = [guard(heap()), guard(heap())];
    const ptr = take(owner, small);
    expect(thrown(() => other.deallocate(ptr, small)).message).toMatch(/came from\n {2}it was allocated\n +at /);
  });
});

describe("a block of another guard is named", () => {
  test("if a third guard, used last, has no block there", () => {
    const [owner, other, third] = [guard(heap()), guard(heap()), guard(heap())];
    take(owner, small);
    const ptr = take(owner, small);
    take(third, small);
    const { message } = thrown(() => other.deallocate(ptr, small));
    expect(message).toContain(`${ptr} is not a block of this allocator but #2`);
    expect(message).toContain("of another guard:");
  });

  test("with a thousand guards in use", () => {
    const parent = pages(Memory.linear({ maximum: 2 ** 24 }));
    const all = Array.from({ length: 1000 }, () => guard(freeList(80, { blocks: 1, parent })));
    const [ptr] = all.map((one) => take(one, small));
    expect(thrown(() => guard(heap()).deallocate(ptr!, small)).message).toContain("of another guard:");
  });

  test("if a guard that was used before is gone", () => {
    const [owner, other] = [guard(heap()), guard(heap())];
    take(owner, small);
    const gone = { deref: () => undefined };
    const home = globalThis as unknown as { [key: symbol]: Set<unknown> };
    home[Symbol.for("@alloc/proxy:guards:1")]!.add(gone);
    const ptr = take(owner, small);
    expect(thrown(() => other.deallocate(ptr, small)).message).toContain("of another guard:");
  });
});

test.each([
  ["a text", "here", '"here" is not a block'],
  ["an object", {}, "object is not a block"],
  ["undefined", undefined, "undefined is not a block"],
])("%s as an address is shown as what it is", (_name, wrong, expected) => {
  expect(thrown(() => guard(heap()).sizeAt(wrong as never)).message).toContain(expected);
});

test("a late write into a block and the refusal of its release are both reported", () => {
  const { one, refuses } = refusing();
  const ptr = take(one, small);
  one.deallocate(ptr, small);
  one.memory.u8[ptr] = 1;
  refuses.now = true;
  const texts: string[] = [];
  const collect = (error: unknown): void => {
    const { errors, message } = error as AggregateError;
    if (errors === undefined) texts.push(message);
    else errors.forEach(collect);
  };
  collect(thrown(() => one.dispose()));
  expect(texts.filter((text) => text.includes("after it was released")).length).toBe(1);
});

describe.each([8, 32])("a block that leaves %d bytes below 4 GiB, too few for its zones", (rest) => {
  const huge = Layout.of(2 ** 32 - rest);

  test("is NULL", () => {
    expect(guard(heap()).allocate(huge)).toBe(0);
  });

  test("has no usable size", () => {
    expect(guard(heap()).usableSize(huge)).toBe(0);
  });
});

test("a late write into a block and the refusal of its eviction are both reported", () => {
  const { one, refuses } = refusing({ quarantine: 200 });
  const first = take(one, small);
  one.deallocate(first, small);
  one.memory.u8[first] = 1;
  const second = take(one, Layout.of(120));
  refuses.now = true;
  const { errors } = thrown(() => one.deallocate(second, Layout.of(120))) as unknown as AggregateError;
  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("after it was released"), "refused"]);
});

test.each([
  ["redZone", "a red zone"],
  ["quarantine", "a quarantine"],
])("an option %s that is no number of bytes is named", (option, name) => {
  expect(thrown(() => guard(heap(), { [option]: -1 })).message).toBe(
    `${name} must be an integer of at least 0 bytes, got -1`,
  );
});

test("a block in a leaf without owns is live after another leaf was reset by its owner", () => {
  const parent = pages(Memory.linear({ maximum: 2 ** 20 }));
  const list = freeList(96, { blocks: 4, parent });
  const inner = system({ parent });
  const plain = Allocator.from({
    memory: parent.memory,
    allocate: (layout) => inner.allocate(layout),
    deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
    usableSize: (layout) => inner.usableSize(layout),
  });
  const one = guard(fallback(list.byRef(), plain));
  const [first, second] = [take(one, small), take(one, Layout.of(200))];
  list.reset();
  expect(one.sizeAt(second)).toBe(200);
  expect(thrown(() => one.sizeAt(first)).code).toBe("double-free");
});

test("describe reports the options of a guard", () => {
  const options = { redZone: 32, quarantine: 4096, stackDepth: 3 };
  expect(guard(heap(), options).describe().nodes[0]).toMatchObject({ kind: "guard", options });
});
