import { Allocator, type Layout, Memory, NULL, type Ptr, pages, type Shared } from "@alloc/core";
import { Arc, type ArcMessage, f64, isShared, struct, u32, type Weak } from "@alloc/owned";
import { sweepFailures } from "@alloc/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { counted, countsAsModel, held, MANY, root, thrown } from "./support.ts";
import { workshop } from "./worker.ts";

const shared = (): Shared => {
  const parent = root({ shared: true });
  if (!isShared(parent)) throw new Error("not shared");
  return parent;
};
const heap = shared();
const Point = struct({ x: f64, y: f64 });

describe("an Arc", () => {
  test("is counted, shown, cloned and downgraded, and drops its value once", () => {
    const { Counted, dropped } = counted();
    const parent = shared();
    const one = Arc.new(Counted, { id: 7 }, parent);
    const two = one.clone();
    const weak = two.downgrade();
    expect([one.strongCount, one.weakCount, two.value.id, one.ptrEq(two)]).toEqual([2, 1, 7, true]);
    one.dispose();
    one.dispose();
    const three = weak.upgrade()!;
    two.dispose();
    expect([dropped, three.get()]).toEqual([[], { id: 7 }]);
    three.dispose();
    expect([dropped, weak.upgrade(), held(parent) > 0]).toEqual([[7], undefined, true]);
    weak.dispose();
    expect(held(parent)).toBe(0);
  });

  test("lets its only owner write its value, and gives other owners a copy", () => {
    using one = Arc.new(Point, { x: 1, y: 2 }, heap);
    one.getMut()!.x = 5;
    using two = one.clone();
    expect(two.getMut()).toBe(undefined);
    two.makeMut().y = 9;
    expect([one.get(), two.get()]).toEqual([
      { x: 5, y: 2 },
      { x: 5, y: 9 },
    ]);
    using weak = one.downgrade();
    expect(one.getMut()).toBe(undefined);
    expect(weak.strongCount).toBe(1);
  });

  test("is refused in a memory that is not shared, also by the compiler", () => {
    const own = root();
    expect([isShared(own), isShared(heap)]).toEqual([false, true]);
    // @ts-expect-error: the memory is not known to be shared
    expect(thrown(() => Arc.new(u32, 1, own))).toBe("OwnedError: memory");
  });

  test("returns undefined or throws if there is no room", () => {
    const full = Allocator.from({ memory: heap.memory, allocate: () => 0, deallocate: () => {} });
    expect(Arc.tryNew(u32, 1, full)).toBe(undefined);
    expect(thrown(() => Arc.new(u32, 1, full))).toBe("AllocError: no-room");
  });

  test("every failing allocation of new, tryNew and makeMut leaks nothing, and keeps the old value", async () => {
    const memory = Memory.linear({ shared: true, maximum: 2 ** 20 });
    const report = await sweepFailures(
      (allocator) => {
        if (!isShared(allocator)) throw new Error("not shared");
        using one = Arc.new(Point, { x: 1, y: 2 }, allocator);
        using two = one.clone();
        try {
          one.makeMut().x = 5;
          using weak = one.downgrade();
          one.makeMut().y = 6;
          expect(weak.upgrade()).toBe(undefined);
          using three = Arc.tryNew(Point, { x: 7, y: 8 }, allocator);
          return three === undefined ? NULL : undefined;
        } finally {
          expect(two.get()).toEqual({ x: 1, y: 2 });
        }
      },
      { make: () => pages(memory) },
    );
    expect(report.ok, `${report}`).toBe(true);
    expect(report.requests).toBe(4);
  });

  test("throws after it was disposed of", () => {
    const arc = Arc.new(Point, { x: 1, y: 2 }, heap);
    arc.dispose();
    for (const use of [() => arc.value, () => arc.get(), () => arc.clone(), () => arc.share(), () => arc.makeMut()]) {
      expect(thrown(use)).toBe("MisuseError: disposed");
    }
  });
});

describe("a message", () => {
  test("is plain data, owns a share, and is adopted once", () => {
    const { Counted, dropped } = counted();
    const arc = Arc.new(Counted, { id: 1 }, heap);
    const message = structuredClone(arc.share());
    arc.dispose();
    expect(dropped).toEqual([]);
    const theirs = Arc.adopt(Counted, message, heap);
    expect(thrown(() => Arc.adopt(Counted, message, heap))).toBe("MisuseError: double-free");
    expect(theirs.strongCount).toBe(1);
    theirs.dispose();
    expect(dropped).toEqual([1]);
  });

  test("is refused for a type of another layout, and for an address without a block", () => {
    using arc = Arc.new(Point, { x: 1, y: 2 }, heap);
    const message = arc.share();
    expect(thrown(() => Arc.adopt(u32, message as ArcMessage, heap))).toBe("OwnedError: type");
    expect(thrown(() => Arc.adopt(Point, { ...message, "@alloc/Arc": 64 as Ptr }, heap))).toBe(
      "MisuseError: foreign-pointer",
    );
    expect(thrown(() => Arc.adopt(Point, { ...message, "@alloc/Arc": NaN as Ptr }, heap))).toBe(
      "MisuseError: out-of-bounds",
    );
    for (const none of [undefined, null, 5, {}, { "@alloc/Arc": "64", size: 16, align: 8 }]) {
      expect(thrown(() => Arc.adopt(Point, none as unknown as ArcMessage, heap))).toBe("OwnedError: type");
    }
    Arc.adopt(Point, message, heap).dispose();
  });
});

test("any sequence of clones, downgrades, upgrades and ends counts like a model, and drops each value once", () => {
  countsAsModel(shared, (type, value, parent) => Arc.new(type, value, parent));
});

const shop = workshop();
afterAll(() => shop.end());

/** The program of each worker: many clones and drops of the adopted Arc. Words 0 and 1 count dropped values and freed blocks. */
const WORKER = `
import { parentPort, workerData } from "node:worker_threads";
import { Allocator, Memory } from "@alloc/core";
import { Arc, struct, u32 } from "@alloc/owned";
const { wasm, words, message, rounds, weakly } = workerData;
const memory = Memory.over(wasm);
const allocator = Allocator.from({
  memory,
  allocate: () => 0,
  deallocate: () => void Atomics.add(words, 1, 1),
});
const Value = struct({ id: u32 }, { drop: ({ id }) => void Atomics.add(words, 0, id) });
const arc = Arc.adopt(Value, message, allocator);
let seen = 0;
for (let i = 0; i < rounds; i++) {
  const clone = arc.clone();
  if (weakly) {
    const weak = clone.downgrade();
    const again = weak.upgrade();
    weak.dispose();
    again.dispose();
    if (clone.getMut() !== undefined) seen = -1e9;
  }
  seen += clone.value.id;
  clone.dispose();
}
arc.dispose();
parentPort.postMessage(seen);
`;

describe("across two workers", () => {
  const setting = () => {
    const wasm = new WebAssembly.Memory({ initial: 4, maximum: 16, shared: true });
    const words = new Int32Array(new SharedArrayBuffer(8));
    const parent = pages(Memory.over(wasm, { from: 65536, owner: true }));
    const allocator = Allocator.from({
      memory: parent.memory,
      allocate: (layout: Layout) => parent.allocate(layout),
      deallocate: () => void Atomics.add(words, 1, 1),
    }) as Shared;
    const Value = struct({ id: u32 }, { drop: ({ id }) => void Atomics.add(words, 0, id) });
    return { wasm, words, arc: Arc.new(Value, { id: 3 }, allocator) };
  };

  test("after many clones and drops on each, the counts are right, the value was dropped once and the block freed once", async () => {
    const { wasm, words, arc } = setting();
    const rounds = MANY;
    const runs = [1, 2].map(() => shop.run(WORKER, { wasm, words, message: arc.share(), rounds, weakly: false }));
    expect(await Promise.all(runs)).toEqual([3 * rounds, 3 * rounds]);
    expect([arc.strongCount, arc.weakCount, ...words]).toEqual([1, 0, 0, 0]);
    arc.dispose();
    expect([...words]).toEqual([3, 1]);
  });

  test("the last owner drops the value, while Weaks come and go", async () => {
    const { wasm, words, arc } = setting();
    const rounds = 20_000;
    const runs = [1, 2].map(() => shop.run(WORKER, { wasm, words, message: arc.share(), rounds, weakly: true }));
    arc.dispose();
    expect(await Promise.all(runs)).toEqual([3 * rounds, 3 * rounds]);
    expect([...words]).toEqual([3, 1]);
  });
});

/** Runs a call, and before each of its atomic operations the steps of another thread. */
function interleaved<R>(call: () => R, others: readonly (() => void)[], turns: readonly number[]): R {
  const names = ["load", "add", "compareExchange", "store", "sub", "exchange"] as const;
  let operation = 0;
  let next = 0;
  let isOther = false;
  const spies = names.map((name) => {
    const real = Atomics[name] as (...args: unknown[]) => unknown;
    return vi.spyOn(Atomics, name as "load").mockImplementation(((...args: unknown[]) => {
      if (!isOther) {
        while (turns[next] === operation) {
          isOther = true;
          others[next++]!();
          isOther = false;
        }
        operation++;
      }
      return real(...args);
    }) as never);
  });
  try {
    return call();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe("the check for a single owner", () => {
  const own = shared();

  test("writes no byte, so a thread that dies during it blocks no other", () => {
    using arc = Arc.new(u32, 7, own);
    const { block } = arc as unknown as { block: Ptr };
    const words = () => [...own.memory.view(Int32Array, block, 5)];
    const before = words();
    const seen: number[][] = [];
    const look = () => void seen.push(words());
    expect(interleaved(() => arc.getMut(), [look, look, look, look], [0, 1, 2, 3])).toBe(7);
    expect(seen).toEqual([before, before, before, before]);
  });

  test("never succeeds while another thread has a share, whatever that thread does", () => {
    // Another thread has a strong share or a Weak. Between any two reads it may turn one into the other, and back.
    const kinds = ["strong", "weak"] as const;
    for (const kind of kinds) {
      for (let turns = 0; turns < 5 ** 4; turns++) {
        const at = [turns % 5, Math.floor(turns / 5) % 5, Math.floor(turns / 25) % 5, Math.floor(turns / 125)];
        if (at.some((turn, index) => index > 0 && turn < at[index - 1]!)) continue;
        const mine = Arc.new(u32, 7, own);
        let strong: Arc<number> | undefined = mine.clone();
        let weak: Weak<Arc<number>> | undefined = kind === "weak" ? strong.downgrade() : undefined;
        if (kind === "weak") {
          strong.dispose();
          strong = undefined;
        }
        const turn = () => {
          if (strong !== undefined) {
            weak = strong.downgrade();
            strong.dispose();
            strong = undefined;
          } else {
            strong = weak!.upgrade()!;
            weak!.dispose();
            weak = undefined;
          }
        };
        expect(
          interleaved(() => mine.getMut(), [turn, turn, turn, turn], at),
          `${kind} ${at}`,
        ).toBe(undefined);
        for (const handle of [strong, weak, mine] as ((Disposable & { dispose(): void }) | undefined)[])
          handle?.dispose();
      }
    }
    expect(held(own)).toBe(0);
  });
});

test("a count that would wrap is an error, and stays unchanged", () => {
  const own = shared();
  const arc = Arc.new(u32, 7, own);
  const { block } = arc as unknown as { block: Ptr };
  const { i32 } = own.memory;
  const most = 2 ** 31 - 1;
  i32[block / 4] = most;
  for (const use of [() => arc.clone(), () => arc.share()]) expect(thrown(use)).toBe("OwnedError: count");
  i32[block / 4 + 1] = most;
  const weakly = [() => arc.downgrade(), () => arc.downgrade()];
  for (const use of weakly) expect(thrown(use)).toBe("OwnedError: count");
  expect([i32[block / 4], i32[block / 4 + 1], i32[block / 4 + 2], arc.strongCount]).toEqual([most, most, 0, most]);
  i32[block / 4] = 1;
  i32[block / 4 + 1] = 1;
  const weak = arc.downgrade();
  i32[block / 4] = most;
  expect(thrown(() => weak.upgrade())).toBe("OwnedError: count");
  i32[block / 4] = 1;
  weak.dispose();
  arc.dispose();
  expect(held(own)).toBe(0);
});
