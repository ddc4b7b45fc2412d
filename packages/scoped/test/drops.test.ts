import { Layout, NULL } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const region = () => scoped(1024, { parent: root() });
const fail = (message: string) => () => {
  throw new Error(message);
};
/** Returns the error of a call. */
const caught = (call: () => unknown): unknown => {
  try {
    return call() ?? "nothing was thrown";
  } catch (error) {
    return error;
  }
};

test("each of 100 bombs in a scope goes off once at its end, the last one first, and can still be read", () => {
  const lines: string[] = [];
  const bomb = Layout.of(1, 1);
  region().scope((inner) => {
    for (let i = 0; i < 100; i++) {
      const ptr = take(inner, bomb.size, bomb.align);
      inner.memory.u8[ptr] = i;
      inner.defer(() => lines.push(`Boom! ${inner.memory.u8[ptr]}`));
    }
    expect(lines).toEqual([]);
    // Watch the bombs go off!
  });
  expect(lines).toEqual(Array.from({ length: 100 }, (_, i) => `Boom! ${99 - i}`));
});

describe("drops run once", () => {
  test.each<[string, (outer: Scoped, use: (scope: Scoped) => void) => void]>([
    ["a body that returns", (outer, use) => outer.scope(use)],
    [
      "a body that throws",
      (outer, use) =>
        caught(() =>
          outer.scope((inner) => {
            use(inner);
            fail("body")();
          }),
        ),
    ],
    [
      "dispose of a frame",
      (outer, use) => {
        const frame = outer.frame();
        use(frame);
        frame.dispose();
        frame.dispose();
      },
    ],
    [
      "reset of a frame, and not again at its end",
      (outer, use) => {
        using frame = outer.frame();
        use(frame);
        frame.reset();
      },
    ],
    [
      "reset of the region, and not again at its end",
      (outer, use) => {
        use(outer);
        outer.reset();
        outer.dispose();
      },
    ],
    [
      "dispose of the region",
      (outer, use) => {
        use(outer);
        outer.dispose();
        outer.dispose();
      },
    ],
  ])("at %s", (_end, run) => {
    const order: number[] = [];
    run(region(), (scope) => {
      for (const index of [1, 2, 3]) scope.defer(() => order.push(index));
    });
    expect(order).toEqual([3, 2, 1]);
  });

  test("in an inner scope when it ends, in the outer one later", () => {
    const outer = region();
    const order: string[] = [];
    outer.defer(() => order.push("outer"));
    outer.scope((inner) => inner.defer(() => order.push("inner")));
    expect(order).toEqual(["inner"]);
    outer.dispose();
    expect(order).toEqual(["inner", "outer"]);
  });
});

describe("errors", () => {
  test("a drop that throws does not keep others from running, and the memory is released", () => {
    const outer = region();
    const order: string[] = [];
    const error = caught(() =>
      outer.scope((inner) => {
        inner.defer(() => order.push("first"));
        inner.defer(fail("second"));
        inner.defer(() => order.push("third"));
        take(inner, 1024);
      }),
    );
    expect(order).toEqual(["third", "first"]);
    expect(error).toEqual(new Error("second"));
    expect([outer.isScoped, outer.allocate(Layout.of(1024)) !== NULL]).toEqual([false, true]);
  });

  test("several are one AggregateError: the body's first, then those of the drops in order", () => {
    const error = caught(() =>
      region().scope((inner) => {
        inner.defer(fail("outer drop"));
        inner.frame().defer(fail("drop of an open frame"));
        fail("body")();
      }),
    ) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map(({ message }) => message)).toEqual(["body", "drop of an open frame", "outer drop"]);
  });

  test("are thrown by dispose and reset after the work is done", () => {
    const parent = root();
    const outer = scoped(1024, { parent });
    const first = take(outer, 8);
    outer.defer(fail("at reset"));
    expect(() => outer.reset()).toThrow("at reset");
    expect(take(outer, 1024)).toBe(first);
    outer.defer(fail("at dispose"));
    expect(() => outer.dispose()).toThrow("at dispose");
    expect([parent.footprint().held, codeThrown(() => outer.reset())]).toEqual([0, "disposed"]);
  });
});

describe("a drop may", () => {
  test("read, release and allocate blocks of its scope, which is still open", () => {
    const outer = region();
    outer.scope((inner) => {
      const ptr = take(inner, 1000);
      inner.memory.view(Uint8Array, ptr, 1000).fill(9);
      inner.defer(() => {
        expect(inner.memory.view(Uint8Array, ptr, 1000).every((byte) => byte === 9)).toBe(true);
        expect(inner.allocate(Layout.of(1000))).toBe(NULL);
        inner.deallocate(ptr, Layout.of(1000));
        expect(take(inner, 1000)).toBe(ptr);
      });
    });
    expect(outer.allocate(Layout.of(1024))).not.toBe(NULL);
  });

  test("not use the outer scope, which is still locked", () => {
    const outer = region();
    const error = caught(() => outer.scope((inner) => inner.defer(() => outer.allocate(Layout.of(8)))));
    expect(error).toMatchObject({ code: "open-scope" });
  });

  test("defer another drop, which runs next", () => {
    const order: string[] = [];
    region().scope((inner) => {
      inner.defer(() => order.push("first"));
      inner.defer(() => {
        order.push("second");
        inner.defer(() => order.push("deferred by second"));
      });
    });
    expect(order).toEqual(["second", "deferred by second", "first"]);
  });

  test("leave a frame open, which ends before the next drop", () => {
    const order: string[] = [];
    region().scope((inner) => {
      inner.defer(() => order.push("first"));
      inner.defer(() => inner.frame().defer(() => order.push("frame")));
    });
    expect(order).toEqual(["frame", "first"]);
  });

  test.each<[string, (outer: Scoped, inner: Scoped) => void]>([
    ["its own scope", (_outer, inner) => inner.dispose()],
    ["the region", (outer) => outer.dispose()],
    ["its own scope, and open another one in its place", (outer, inner) => [inner.dispose(), outer.frame().frame()]],
  ])("end %s", (_what, endIt) => {
    const parent = root();
    const outer = scoped(1024, { parent });
    const order: string[] = [];
    outer.defer(() => order.push("outer"));
    outer.scope((inner) => {
      inner.defer(() => order.push("first"));
      inner.defer(() => {
        endIt(outer, inner);
        order.push("second");
      });
    });
    expect(order.filter((name) => name !== "outer")).toEqual(["first", "second"]);
    outer.dispose();
    expect(order.filter((name) => name === "outer")).toEqual(["outer"]);
    expect(parent.footprint().held).toBe(0);
  });

  test("end its scope during a reset, which stops there", () => {
    const parent = root();
    const outer = scoped(1024, { parent });
    const inner = outer.frame();
    inner.defer(() => inner.dispose());
    inner.reset();
    expect(outer.allocate(Layout.of(1024))).not.toBe(NULL);
    outer.defer(() => outer.dispose());
    outer.reset();
    expect([parent.footprint().held, codeThrown(() => outer.reset())]).toEqual([0, "disposed"]);
  });

  test("open frames in place of its own scope, which stay open", () => {
    const outer = region();
    const opened: Scoped[] = [];
    outer.scope((inner) => {
      inner.defer(() => {
        inner.dispose();
        opened.push(outer.frame());
        opened.push(opened[0]!.frame());
      });
    });
    expect([outer.isScoped, opened[0]!.isScoped, take(opened[1]!, 8) > 0]).toEqual([true, true, true]);
  });
});
