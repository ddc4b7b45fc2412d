import { Allocator, type Layout, Memory, type Ptr } from "@alloc/core";
import { array, f64, RawVec, u8, Vec } from "@alloc/owned";
import { describe, expect, test } from "vitest";
import { root, spied } from "./support.ts";

/** Returns the requested sizes. */
const sizes = (calls: readonly string[]) =>
  calls.filter((call) => call.startsWith("+")).map((call) => parseInt(call.slice(1), 10));

describe("twice the room", () => {
  test.each([
    ["push", (vec: Vec<number>) => vec.push(1)],
    ["insert", (vec: Vec<number>) => vec.insert(0, 1)],
    ["extend", (vec: Vec<number>) => vec.extend([1])],
    [
      "reserve",
      (vec: Vec<number>) => {
        vec.reserve(1);
        vec.push(1);
      },
    ],
  ])("is requested by %s", (_what, add) => {
    const { spy, calls } = spied();
    using vec = Vec.new(f64, spy);
    for (let i = 0; i < 100; i++) add(vec);
    expect(sizes(calls)).toEqual([32, 64, 128, 256, 512, 1024]);
  });

  test("is not requested by reserveExact", () => {
    const { spy, calls } = spied();
    using vec = Vec.new(f64, spy);
    for (let length = 0; length < 5; length++) {
      vec.reserveExact(1);
      vec.push(1);
    }
    expect(sizes(calls)).toEqual([8, 16, 24, 32, 40]);
  });
});

test("the first block has room for 8 bytes, for 4 elements of up to 1024 bytes, or for one larger element", () => {
  const first = (bytes: number) => {
    using buffer = RawVec.new(array(u8, bytes), root());
    buffer.reserve(0, 1);
    return buffer.capacity;
  };
  expect([1, 2, 1024, 1025].map(first)).toEqual([8, 4, 4, 1]);
});

/** An allocator without memory: it hands out blocks of up to `most` bytes, and records the requested sizes. */
function imagined(most: number): { heap: Allocator; asked: number[] } {
  const asked: number[] = [];
  const room = ({ size }: Layout) => {
    asked.push(size);
    return size <= most ? (64 as Ptr) : 0;
  };
  const grow = (_at: Ptr, _from: Layout, to: Layout) => room(to);
  const memory = Memory.linear({ maximum: 65536 });
  return { heap: Allocator.from({ memory, allocate: room, grow, deallocate: () => {} }), asked };
}

test("twice the room is not requested if no block can be that large", () => {
  const { heap, asked } = imagined(2 ** 32);
  using buffer = RawVec.withCapacity(u8, 2 ** 31, heap);
  buffer.reserve(2 ** 31, 1);
  expect(asked).toEqual([2 ** 31, 2 ** 31 + 1]);
});

test("the needed size is requested once if it equals twice the room", () => {
  const { heap, asked } = imagined(10);
  using buffer = RawVec.withCapacity(u8, 10, heap);
  expect([buffer.tryReserve(10, 10), asked]).toEqual([false, [10, 20]]);
  expect([buffer.tryReserve(10, 5), asked]).toEqual([false, [10, 20, 20, 15]]);
});
