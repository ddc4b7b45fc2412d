import {
  AllocError,
  ArgumentError,
  fromMalloc,
  Layout,
  LayoutError,
  type Malloc,
  Memory,
  type MisuseCode,
  MisuseError,
  NULL,
  orThrow,
  type Ptr,
  pages,
} from "@alloc/core";
import { invariant } from "@alloc/core/author";
import { describe, expect, test } from "vitest";
import { requireParts } from "../src/base/arguments.ts";

const CODES: readonly MisuseCode[] = [
  "double-free",
  "interior-pointer",
  "foreign-pointer",
  "wrong-layout",
  "overflow",
  "write-after-free",
  "closed-scope",
  "open-scope",
  "disposed",
  "no-bytes",
  "other-memory",
  "misroute",
  "shared-reset",
  "out-of-bounds",
  "misaligned",
  "reentrant",
  "owned",
  "detached",
  "too-small",
];

describe("an AllocError", () => {
  test("has the number of bytes", () => {
    expect(`${new AllocError(Layout.of(64))}`).toBe("AllocError: memory allocation of 64 bytes failed");
    expect(new AllocError(Layout.of(2 ** 32 - 8)).message).toBe("memory allocation of 4294967288 bytes failed");
  });

  test("takes a hint", () => {
    const { message } = new AllocError(Layout.of(64), " for the words of a test");
    expect(message).toBe("memory allocation of 64 bytes failed for the words of a test");
  });

  test("has the code no-room and the requested layout", () => {
    const layout = Layout.of(64, 16);
    const error = new AllocError(layout);
    expect({ name: error.name, code: error.code }).toEqual({ name: "AllocError", code: "no-room" });
    expect(error.layout).toBe(layout);
    expect(error).toBeInstanceOf(Error);
  });
});

describe("a MisuseError", () => {
  test.each(CODES)("has the code %s beside its name and message", (code) => {
    const error = new MisuseError(code, "what was wrong");
    expect({ name: error.name, code: error.code, text: `${error}` }).toEqual({
      name: "MisuseError",
      code,
      text: "MisuseError: what was wrong",
    });
    expect(error).toBeInstanceOf(Error);
  });
});

describe("an error of this package", () => {
  const errors = [
    new LayoutError("size", "why"),
    new AllocError(Layout.of(8)),
    new MisuseError("disposed", "why"),
  ] as const;

  test.each(errors)("has its own name and code, and a stack that starts where it was made: $name", (error) => {
    expect(Object.keys(error)).toEqual(expect.arrayContaining(["name", "code"]));
    expect(error.stack).toContain("errors.test.ts");
    expect(error.stack).toContain(error.message);
  });
});

describe("orThrow", () => {
  const layout = Layout.of(48);

  test("returns an address unchanged, also above 2 GiB", () => {
    for (const ptr of [1, 2 ** 31, 2 ** 32 - 65537]) expect(orThrow(ptr as Ptr, layout)).toBe(ptr);
  });

  test("throws an AllocError with the layout for NULL", () => {
    expect(() => orThrow(NULL, layout)).toThrow(
      expect.objectContaining({ name: "AllocError", code: "no-room", layout, message: new AllocError(layout).message }),
    );
  });
});

describe("invariant", () => {
  test("does nothing if it holds, and describes itself if broken", () => {
    expect(() => invariant(true, () => "one is one")).not.toThrow();
    expect(() => invariant(false, () => "one is two")).toThrow(new Error("broken invariant: one is two"));
  });
});

describe("requireParts", () => {
  const parts = { a: () => 0, b: () => 1, c: null, d: undefined, e: 64 };

  test("names the first missing part", () => {
    expect(() => requireParts("it", parts, ["a", "b"])).not.toThrow();
    const missing = (names: string) => new ArgumentError(`it needs ${names}`);
    expect(() => requireParts("it", parts, ["a", "c", "d"])).toThrow(missing("a, c, d; c is missing"));
    expect(() => requireParts("it", parts, ["b", "d"])).toThrow(missing("b, d; d is missing"));
  });

  test("names a part that is no function, also if it may be missing", () => {
    const wrong = new ArgumentError("it expects a function as e, got 64");
    expect(() => requireParts("it", parts, ["a", "e"])).toThrow(wrong);
    expect(() => requireParts("it", parts, ["a"], ["b", "d", "e"])).toThrow(wrong);
  });
});

describe("the text of an error", () => {
  const bytes = () => Memory.over(new ArrayBuffer(64));
  /** Its granules have 32 bytes. */
  const root = () => pages(Memory.over(new ArrayBuffer(3 * 65536)));
  const page = Layout.of(4096);
  const twice = () => {
    const parent = root();
    const ptr = orThrow(parent.allocate(page), page);
    parent.deallocate(ptr, page);
    return { parent, ptr };
  };
  const said: [message: string, call: () => unknown][] = [
    [
      "Float64Array needs a multiple of 8 as its address, got 12: allocate with an align of 8",
      () => bytes().view(Float64Array, 12 as Ptr, 1),
    ],
    ["57 bytes at 8 do not lie in a memory of 64 bytes", () => bytes().fill(8 as Ptr, 57)],
    ["an address must not be NULL", () => bytes().toPtr(0)],
    [
      "this memory has no bytes: use ptr - base as an offset, or pass copy and fill to Memory.virtual",
      () => Memory.virtual(64).fill(8 as Ptr, 8),
    ],
    ["a count must be an integer from 0, got -1", () => Layout.of(8).repeat(-1)],
    ["maximum must be an integer from 1 to 4294967296 bytes, got 0", () => Memory.linear({ maximum: 0 })],
    ["initial must be an integer from 1 to 65536 bytes, got 0", () => Memory.linear({ initial: 0, maximum: 1 })],
    ["to must be an integer from 0 to 64 bytes, got 65", () => Memory.over(new ArrayBuffer(64), { to: 65 })],
    ["from must be an integer from 0 to 8 bytes, got 9", () => Memory.over(new ArrayBuffer(64), { from: 9, to: 8 })],
    ["bytes must be an integer from 1 to 4294967296 bytes, got 0.5", () => Memory.virtual(0.5)],
    ["bytes must be an integer from 1 to 4294967296 bytes, got 0", () => Memory.linear().grow(0)],
    [
      "no block is live at 32",
      () => {
        const { parent, ptr } = twice();
        parent.deallocate(ptr, page);
      },
    ],
    [
      "no block is live at 32",
      () => {
        const { parent, ptr } = twice();
        parent.grow(ptr, page, Layout.of(4096, 16));
      },
    ],
    [
      "this fromMalloc was disposed; make a new one",
      () => {
        const lent = fromMalloc({ memory: bytes(), malloc: () => 0, free: () => {} });
        lent.dispose();
        lent.allocate(page);
      },
    ],
    ["fromMalloc needs memory, malloc, free; memory is missing", () => fromMalloc({} as Malloc)],
  ];

  test.each(said)("%s", (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
