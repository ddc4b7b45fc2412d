import { fallback } from "@alloc/combinators";
import { type Allocator, can, Layout, Memory, NULL, type Null, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import { failing, type SweepOptions, type Swept, sweepFailures } from "@alloc/testkit";
import { describe, expect, expectTypeOf, test } from "vitest";

type Program = (allocator: Allocator) => unknown;

const parent = pages(Memory.linear({ maximum: 2 ** 23 }));
const [small, large] = [Layout.of(24), Layout.of(400)];
const take = (allocator: Allocator, layout = small) => orThrow(allocator.allocate(layout), layout);

/** The findings of a sweep: the request that failed (0 for none), and the kind of fault. */
async function found(program: Program, options?: SweepOptions) {
  const { faults } = await sweepFailures(program, options);
  return faults.map(({ kind, failedRequest }) => `${failedRequest?.index ?? 0} ${kind}`);
}

describe("a program that handles every failure passes", () => {
  const programs: Record<string, [number, Program]> = {
    "it requests nothing": [0, () => {}],
    "it throws AllocError, after its releases": [
      3,
      (allocator) => {
        const blocks: Ptr[] = [];
        try {
          for (let count = 0; count < 3; count++) blocks.push(take(allocator));
        } finally {
          for (const ptr of blocks) allocator.deallocate(ptr, small);
        }
      },
    ],
    "it returns NULL": [
      2,
      (allocator) => {
        const ptr = allocator.allocate(small);
        if (ptr === NULL) return NULL;
        const grown = allocator.grow(ptr, small, large);
        if (grown === NULL) allocator.deallocate(ptr, small);
        else allocator.deallocate(grown, large);
        return grown;
      },
    ],
    "it throws an error whose cause is an AllocError": [
      1,
      (allocator) => {
        try {
          allocator.deallocate(take(allocator), small);
        } catch (cause) {
          throw new Error("cannot load the file", { cause: new Error("no room for its text", { cause }) });
        }
      },
    ],
    "it awaits between its requests": [
      2,
      async (allocator) => {
        const first = take(allocator);
        try {
          await Promise.resolve();
          allocator.deallocate(take(allocator), small);
          await Promise.resolve();
        } finally {
          allocator.deallocate(first, small);
        }
      },
    ],
    "it releases by every layout that fits": [
      2,
      (allocator) => {
        allocator.deallocate(take(allocator), Layout.of(allocator.usableSize(small)));
        const ptr = take(allocator);
        const size = can(allocator, "sizeAt") ? allocator.sizeAt(ptr) : 24;
        allocator.deallocate(ptr, can(allocator, "sizeAt") ? Layout.of(size, 1) : small);
      },
    ],
    "it forgets all blocks by a reset, if supported": [
      2,
      (allocator) => {
        const ptr = take(allocator);
        if (!can(allocator, "reset")) allocator.deallocate(ptr, small);
        try {
          const other = take(allocator);
          if (!can(allocator, "reset")) allocator.deallocate(other, small);
        } finally {
          if (can(allocator, "reset")) allocator.reset();
        }
      },
    ],
    "it lends the allocator to a chain, and disposes the chain": [
      2,
      (allocator) => {
        using heap = fallback(freeList(64, { blocks: 8, parent: allocator }), allocator.byRef());
        take(heap, small);
        heap.deallocate(take(heap, large), large);
      },
    ],
    "it disposes the allocator, which ends all blocks": [
      2,
      (allocator) => {
        using heap = failing(allocator, () => false);
        take(heap, small);
        take(heap, large);
      },
    ],
    "it shrinks, and keeps the block if that fails": [
      2,
      (allocator) => {
        const ptr = take(allocator, large);
        const shrunk = allocator.shrink(ptr, large, small);
        allocator.deallocate(shrunk || ptr, shrunk === NULL ? large : small);
        return shrunk;
      },
    ],
  };
  const makers = { "pages()": undefined, "system()": () => system({ parent }) };

  test.each(
    Object.entries(programs).flatMap(([name, [requests, program]]) =>
      Object.entries(makers).map(([of, make]) => ({ name, of, requests, program, make })),
    ),
  )("$name, of $of", async ({ requests, program, make }) => {
    const report = await sweepFailures(program, make && { make });
    expect(report).toEqual({ ok: true, runs: requests + 1, requests, faults: [], untried: undefined });
  });
});

describe("a program that does not has its fault reported, and nothing else", () => {
  const programs: Record<string, [string[], Program]> = {
    "it leaks the first block if the second request fails": [
      ["2 leak"],
      (allocator) => {
        const [first, second] = [take(allocator), take(allocator)];
        allocator.deallocate(first, small);
        allocator.deallocate(second, small);
      },
    ],
    "it leaks the block that did not grow": [
      ["2 leak"],
      (allocator) => {
        const grown = allocator.grow(take(allocator), small, large);
        if (grown !== NULL) allocator.deallocate(grown, large);
        return grown;
      },
    ],
    "it swallows a failure": [
      ["2 swallowed"],
      (allocator) => {
        const first = take(allocator);
        const second = allocator.allocate(small);
        if (second !== NULL) allocator.deallocate(second, small);
        allocator.deallocate(first, small);
      },
    ],
    "it swallows a failure, and always returns NULL": [
      ["1 swallowed"],
      (allocator) => {
        const ptr = allocator.allocate(small);
        if (ptr !== NULL) allocator.deallocate(ptr, small);
        return NULL;
      },
    ],
    "it swallows a failure, and leaks": [
      ["2 swallowed", "2 leak"],
      (allocator) => {
        const [first, second] = [take(allocator), allocator.allocate(small)];
        if (second === NULL) return;
        allocator.deallocate(first, small);
        allocator.deallocate(second, small);
      },
    ],
    "it releases NULL": [
      ["1 misuse"],
      (allocator) => {
        const ptr = allocator.allocate(small) as Ptr;
        allocator.memory.view(Uint8Array, ptr, 24).fill(1);
        allocator.deallocate(ptr, small);
      },
    ],
    "it grows NULL": [
      ["1 misuse"],
      (allocator) => {
        const ptr = allocator.allocate(small) as Ptr;
        const grown = allocator.grow(ptr, small, large);
        allocator.deallocate(grown || ptr, grown === NULL ? small : large);
        return grown;
      },
    ],
    "it releases twice on failure": [
      ["2 misuse"],
      (allocator) => {
        const first = take(allocator);
        try {
          allocator.deallocate(take(allocator), small);
        } catch (error) {
          allocator.deallocate(first, small);
          throw error;
        } finally {
          allocator.deallocate(first, small);
        }
      },
    ],
    "it catches the error of its second release": [
      ["2 misuse"],
      (allocator) => {
        const first = take(allocator);
        const second = allocator.allocate(small);
        allocator.deallocate(first, small);
        try {
          if (second === NULL) allocator.deallocate(first, small);
          else allocator.deallocate(second, small);
        } catch {}
        return second;
      },
    ],
    "it releases by the layout of the failed request": [
      ["2 misuse"],
      (allocator) => {
        const ptr = take(allocator);
        const grown = allocator.grow(ptr, small, Layout.of(70_000));
        allocator.deallocate(grown || ptr, Layout.of(70_000));
        return grown;
      },
    ],
    "it throws a TypeError": [
      ["1 threw"],
      (allocator) => {
        const ptr = allocator.allocate(small);
        const text = ptr === NULL ? undefined : "text";
        if (ptr !== NULL) allocator.deallocate(ptr, small);
        return text!.length;
      },
    ],
    "it throws a value that is not an error": [
      ["2 threw"],
      (allocator) => {
        allocator.deallocate(take(allocator), small);
        const ptr = allocator.allocate(small);
        if (ptr === NULL) throw "no room";
        allocator.deallocate(ptr, small);
      },
    ],
    "it throws a symbol": [
      ["1 threw"],
      (allocator) => {
        const ptr = allocator.allocate(small);
        if (ptr === NULL) throw Symbol("no room");
        allocator.deallocate(ptr, small);
      },
    ],
    "it throws an error that is its own cause": [
      ["1 threw"],
      (allocator) => {
        const ptr = allocator.allocate(small);
        const error = new Error("no room");
        error.cause = error;
        if (ptr === NULL) throw error;
        allocator.deallocate(ptr, small);
      },
    ],
    "it rejects, and leaks a block": [
      ["2 leak"],
      async (allocator) => {
        const first = take(allocator);
        await Promise.resolve();
        const second = take(allocator);
        await Promise.resolve();
        allocator.deallocate(second, small);
        allocator.deallocate(first, small);
      },
    ],
  };
  test.each(Object.entries(programs))("%s", async (_, [expected, program]) => {
    expect(await found(program)).toEqual(expected);
    expect(await found(program, { make: () => system({ parent }) })).toEqual(expected);
  });

  test("it requests other layouts each time", async () => {
    let runs = 0;
    const program = (allocator: Allocator) => {
      const layouts = [small, Layout.of(8 * ++runs), large];
      const blocks: Ptr[] = [];
      try {
        for (const layout of layouts) blocks.push(take(allocator, layout));
      } finally {
        for (const [index, ptr] of blocks.entries()) allocator.deallocate(ptr, layouts[index]!);
      }
    };
    const { faults } = await sweepFailures(program);
    expect(faults.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      "nondeterministic: request 2 is allocate Layout(24, align 8), but in the first run it was allocate Layout(8, align 8)",
      "nondeterministic: request 2 is allocate Layout(32, align 8), but in the first run it was allocate Layout(8, align 8)",
    ]);
  });

  test("it makes fewer requests the second time", async () => {
    let cache: Uint8Array | undefined;
    const program = (allocator: Allocator) => {
      allocator.deallocate(take(allocator), small);
      if (cache !== undefined) return;
      cache = new Uint8Array(8);
      allocator.deallocate(take(allocator), small);
    };
    const { faults } = await sweepFailures(program);
    expect(faults.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      "nondeterministic: it made only 1 of the 2 requests of the first run",
    ]);
    expect(faults[0]!.failedRequest).toBeUndefined();
  });

  test("it calls another method each time", async () => {
    let isZeroed = false;
    const program = (allocator: Allocator) => {
      isZeroed = !isZeroed;
      const ptr = isZeroed ? allocator.allocateZeroed(small) : allocator.allocate(small);
      if (ptr !== NULL) allocator.deallocate(ptr, small);
      return ptr;
    };
    expect(await found(program)).toEqual(["1 nondeterministic"]);
  });
});

describe("a program that is faulty while every request is served is not swept", () => {
  const programs: Record<string, [string, Program]> = {
    "it leaks": ["leak", (allocator) => void allocator.allocate(small)],
    "it throws": [
      "threw",
      (allocator) => {
        allocator.deallocate(take(allocator), small);
        throw new RangeError("too late");
      },
    ],
    "it releases twice": [
      "misuse",
      (allocator) => {
        const ptr = take(allocator);
        allocator.deallocate(ptr, small);
        allocator.deallocate(ptr, small);
      },
    ],
    "it needs more room than there is": ["threw", (allocator) => void take(allocator, Layout.of(2 ** 30))],
  };
  test.each(Object.entries(programs))("%s", async (_, [kind, program]) => {
    const report = await sweepFailures(program, { make: () => system({ parent }) });
    expect(report.faults.map((fault) => [fault.kind, fault.failedRequest])).toEqual([[kind, undefined]]);
    expect(report).toMatchObject({ ok: false, runs: 1, requests: 1 });
    expect(report.untried).toEqual({
      first: 1,
      last: 1,
      reason: "the program is faulty even with every request served",
    });
  });
});

/** Falls back to a small block, and forgets to check whether it got one. */
function halfProvident(allocator: Allocator) {
  const wide = allocator.allocate(large);
  const layout = wide === NULL ? small : large;
  allocator.deallocate(wide || (allocator.allocate(layout) as Ptr), layout);
}

describe("options", () => {
  test("a program that recovers may finish although a request failed, but must not leak", async () => {
    expect(await found(halfProvident)).toEqual(["1 swallowed"]);
    expect(await found(halfProvident, { recovers: true })).toEqual([]);
    const leaky: Program = (allocator) => {
      const [first, second] = [take(allocator), allocator.allocate(small)];
      if (second === NULL) return;
      allocator.deallocate(first, small);
      allocator.deallocate(second, small);
    };
    expect(await found(leaky, { recovers: true })).toEqual(["2 leak"]);
  });

  test("with allLater the recovery fails too", async () => {
    expect(await found(halfProvident, { recovers: true, allLater: true })).toEqual(["1 misuse"]);
  });

  const hundred: Program = (allocator) => {
    for (let count = 0; count < 100; count++) allocator.deallocate(take(allocator), small);
  };

  test("a sweep cut short by maxRuns is not ok, and names the untried requests", async () => {
    const report = await sweepFailures(hundred, { maxRuns: 8 });
    expect(report).toEqual({
      ok: false,
      runs: 8,
      requests: 100,
      faults: [],
      untried: { first: 8, last: 100, reason: "maxRuns is 8" },
    });
    expect((await sweepFailures(hundred, { maxRuns: 101 })).ok).toBe(true);
  });

  test.each([0, 1.5, NaN])("maxRuns of %s is refused", async (maxRuns) => {
    await expect(sweepFailures(hundred, { maxRuns })).rejects.toMatchObject({ code: "argument" });
  });

  test("ten faults end a sweep", async () => {
    const swallows: Program = (allocator) => {
      for (let count = 0; count < 100; count++) {
        const ptr = allocator.allocate(small);
        if (ptr !== NULL) allocator.deallocate(ptr, small);
      }
    };
    const { faults, runs, untried } = await sweepFailures(swallows);
    expect([faults.length, runs]).toEqual([10, 11]);
    expect(untried).toEqual({ first: 11, last: 100, reason: "10 faults were found" });
  });
});

describe("the allocator of a sweep", () => {
  test("has the capabilities of the one made, except resizeInPlace", async () => {
    const capabilities = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
    let seen: readonly string[] = [];
    const program = (allocator: Allocator) => {
      seen = capabilities.filter((capability) => can<Allocator, typeof capability>(allocator, capability));
    };
    await sweepFailures(program, { make: () => system({ parent }) });
    expect(seen).toEqual(["owns", "reset", "sizeAt", "check", "trim"]);
    await sweepFailures(program);
    expect(seen).toEqual(["owns", "check"]);
    expectTypeOf<Swept<SystemHeap>>().toHaveProperty("sizeAt");
    expectTypeOf<Swept<SystemHeap>>().not.toHaveProperty("resizeInPlace");
    await sweepFailures((allocator) => expectTypeOf(allocator).toHaveProperty("owns"));
  });

  test("is made for each run and disposed after it", async () => {
    const made: SystemHeap[] = [];
    const make = () => {
      made.push(system({ parent }));
      return made.at(-1)!;
    };
    const { runs } = await sweepFailures((allocator) => allocator.deallocate(take(allocator), small), { make });
    expect(made.length).toBe(runs);
    for (const heap of made) expect(() => heap.allocate(small)).toThrow("disposed");
  });

  test("releases leaked blocks, so that an allocator lent to every run stays clean", async () => {
    const list = freeList(64, { blocks: 2, parent });
    const leaky: Program = (allocator) => {
      const [first, second] = [take(allocator), take(allocator)];
      allocator.deallocate(second, small);
      allocator.deallocate(first, small);
    };
    expect(await found(leaky, { make: () => list.byRef() })).toEqual(["2 leak"]);
    expect([take(list), take(list)].every((ptr) => list.owns(ptr))).toBe(true);
  });

  test("is unusable for a program that outlives its run", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let late: Promise<void> | undefined;
    const program = (allocator: Allocator) => {
      const ptr = take(allocator);
      late ??= gate.then(() => allocator.deallocate(ptr, small));
    };
    expect(await found(program)).toEqual(["0 leak"]);
    open();
    await expect(late).rejects.toThrow("disposed");
  });
});

function load(allocator: Allocator): Ptr | Null {
  const ptr = allocator.allocate(small);
  if (ptr === NULL) return NULL;
  const grown = allocator.grow(ptr, small, large);
  if (grown !== NULL) allocator.deallocate(grown, large);
  return grown;
}

describe("a report", () => {
  test("names the failed request and its caller, and for a leak the caller that requested the block", async () => {
    const { faults } = await sweepFailures(load);
    expect(faults).toMatchObject([
      { kind: "leak", message: "the block of request 1, allocate Layout(24, align 8), was not released" },
    ]);
    expect(faults[0]!.failedRequest).toMatchObject({ index: 2, call: "grow", layout: large });
    const [failed, leaked] = [faults[0]!.failedRequest!.stack!, faults[0]!.stack!];
    for (const stack of [failed, leaked]) expect(stack).toMatch(/^at load \(.*sweep\.test\.ts:\d+:\d+\)\n/);
    const [lineOfGrow, lineOfAllocate] = [failed, leaked].map((stack) => Number(/:(\d+):/.exec(stack)![1]));
    expect(lineOfGrow! - lineOfAllocate!).toBe(2);
  });

  test("names the place of the throw", async () => {
    const { faults } = await sweepFailures((allocator: Allocator) => {
      function broken(ptr: Ptr | Null) {
        if (ptr === NULL) throw new TypeError("ptr is not an address");
        allocator.deallocate(ptr, small);
      }
      broken(allocator.allocate(small));
    });
    expect(faults[0]!.message).toBe("TypeError: ptr is not an address, instead of an AllocError");
    expect(faults[0]!.stack).toMatch(/^at broken /);
  });

  test.each<[string, Program]>([
    [
      "foreign-pointer: deallocate of NULL: the request was not checked for failure",
      (allocator) => allocator.deallocate(allocator.allocate(small) as Ptr, small),
    ],
    [
      "double-free: shrink of the block of request 1, which is no longer live",
      (allocator) => {
        const ptr = take(allocator, large);
        allocator.deallocate(ptr, large);
        allocator.shrink(ptr, large, small);
      },
    ],
    [
      "interior-pointer: deallocate of 4104, which is 8 bytes inside the block of request 1",
      (allocator) => allocator.deallocate(allocator.memory.at(take(allocator), 8), small),
    ],
    [
      "foreign-pointer: grow of 4096, which no request returned",
      (allocator) => allocator.grow(4096 as Ptr, small, large),
    ],
    [
      "wrong-layout: deallocate of the block of request 1 with Layout(23, align 8); it was requested with Layout(24, align 8)",
      (allocator) => allocator.deallocate(take(allocator), Layout.of(23)),
    ],
    [
      "out-of-bounds: 1000000000 bytes at 4096 do not lie in a memory of 67108864 bytes",
      (allocator) => allocator.memory.view(Uint8Array, take(allocator), 1e9),
    ],
  ])("%s", async (message, program) => {
    const { faults } = await sweepFailures(program);
    expect(faults.map((fault) => `${fault.kind} ${fault.message}`)).toEqual([`misuse ${message}`]);
  });

  const shown = async (program: Program, options?: SweepOptions) =>
    `${await sweepFailures(program, options)}`.replaceAll(/at (\w+) \(.*\)/g, "at $1 (…)");

  test("prints the request, its caller and the fault", async () => {
    const text = await shown(load);
    expect(text).toBe(
      `with request 2 failed, grow Layout(400, align 8)
    at load (…)
  leak: the block of request 1, allocate Layout(24, align 8), was not released
    at load (…)

1 fault in 3 runs: each request failed once, 2 in all`,
    );
  });

  test("prints the faults of one request below each other", async () => {
    const text = await shown(function twice(allocator) {
      const [first, second] = [take(allocator), allocator.allocate(small)];
      if (second === NULL) return;
      allocator.deallocate(first, small);
      allocator.deallocate(second, small);
    });
    expect(text).toBe(
      `with request 2 failed, allocate Layout(24, align 8)
    at twice (…)
  swallowed: it finished as if nothing had failed, without throwing an AllocError or returning NULL
  leak: the block of request 1, allocate Layout(24, align 8), was not released
    at take (…)

2 faults in 3 runs: each request failed once, 2 in all`,
    );
  });

  test("prints faults of the run without failures, and that the rest was not tried", async () => {
    expect(
      await shown(function leaky(allocator) {
        allocator.allocate(small);
      }),
    ).toBe(`with no request failed
  leak: the block of request 1, allocate Layout(24, align 8), was not released
    at leaky (…)

1 fault in 1 run: requests 1 to 1 were not failed: the program is faulty even with every request served`);
  });

  test("prints that nothing was tried if nothing was requested", async () => {
    expect(await shown(() => {})).toBe("no faults in 1 run: the program made no requests");
  });

  test("prints the same if the engine has no stacks", async () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      expect(await shown(load)).not.toMatch(/^ +at /m);
    } finally {
      Error.stackTraceLimit = limit;
    }
  });
});
