// @module-tag alone
import { Layout } from "@alloc/core";
import { handleAllocError, setAllocErrorHook } from "@alloc/global";
import { takeAllocErrorHook } from "@alloc/global/compat";
import { beforeEach, describe, expect, test } from "vitest";
import { errorOf } from "./realm.ts";

const layout = Layout.of(64, 16);
const fail = () => handleAllocError(layout);
const failed = { name: "AllocError", code: "no-room", message: "memory allocation of 64 bytes failed", layout };

beforeEach(() => {
  takeAllocErrorHook();
});

describe("handleAllocError", () => {
  test("throws an AllocError with the number of bytes", () => {
    expect(errorOf(fail)).toMatchObject(failed);
  });

  test("passes the failed layout to the hook, once", () => {
    const seen: Layout[] = [];
    setAllocErrorHook((layout) => seen.push(layout));
    errorOf(fail);
    expect(seen).toEqual([layout]);
    expect(seen[0]).toBe(layout);
  });

  test("throws even if the hook returns", () => {
    setAllocErrorHook(() => "there, there");
    expect(errorOf(fail)).toMatchObject(failed);
  });

  test("passes on the error of the hook unchanged", () => {
    const own = new Error("restart the program");
    setAllocErrorHook(() => {
      throw own;
    });
    expect(errorOf(fail)).toBe(own);
  });

  test.each([
    ["returned", () => {}],
    ["threw", () => JSON.parse("")],
    ["ran out of memory", () => handleAllocError(Layout.of(8))],
  ])("runs the hook again the next time, after it %s", (_, end) => {
    let runs = 0;
    setAllocErrorHook(() => {
      runs++;
      end();
    });
    errorOf(fail);
    errorOf(fail);
    expect(runs).toBe(2);
  });
});

describe("a hook that runs out of memory itself", () => {
  test("does not run again: its own failure is thrown", () => {
    let runs = 0;
    setAllocErrorHook(() => {
      runs++;
      handleAllocError(Layout.of(8));
    });
    expect(errorOf(fail).message).toBe("memory allocation of 8 bytes failed");
    expect(runs).toBe(1);
  });

  test("may catch that failure, and the first failure is thrown", () => {
    setAllocErrorHook(() => void errorOf(() => handleAllocError(Layout.of(8))));
    expect(errorOf(fail)).toMatchObject(failed);
  });

  test("ends, also if it sets another hook that runs out of memory", () => {
    let runs = 0;
    const again = () => {
      runs++;
      setAllocErrorHook(again);
      handleAllocError(Layout.of(8));
    };
    setAllocErrorHook(() => {
      setAllocErrorHook(again);
      handleAllocError(Layout.of(16));
    });
    expect(errorOf(fail).message).toBe("memory allocation of 16 bytes failed");
    expect(errorOf(fail).message).toBe("memory allocation of 8 bytes failed");
    expect(runs).toBe(1);
  });
});

describe("setAllocErrorHook", () => {
  test("replaces the previous hook", () => {
    const seen: string[] = [];
    setAllocErrorHook(() => seen.push("first"));
    setAllocErrorHook(() => seen.push("second"));
    errorOf(fail);
    expect(seen).toEqual(["second"]);
  });

  test("refuses at once a hook that could not run", () => {
    const hook = () => {};
    setAllocErrorHook(hook);
    const error = errorOf(() => setAllocErrorHook("log" as never));
    expect(`${error}`).toBe(
      'TypeError: setAllocErrorHook expects a function, got "log": write setAllocErrorHook((layout) => { … })',
    );
    expect(takeAllocErrorHook()).toBe(hook);
  });
});

describe("takeAllocErrorHook", () => {
  test("returns the hook, which then no longer runs", () => {
    const seen: Layout[] = [];
    const hook = (layout: Layout) => void seen.push(layout);
    setAllocErrorHook(hook);
    expect(takeAllocErrorHook()).toBe(hook);
    expect(errorOf(fail)).toMatchObject(failed);
    expect(seen).toEqual([]);
  });

  test("returns the default hook if none was set, which does nothing and can be set", () => {
    const hook = takeAllocErrorHook();
    expect(hook(layout)).toBeUndefined();
    setAllocErrorHook(hook);
    expect(errorOf(fail)).toMatchObject(failed);
    expect(takeAllocErrorHook()).toBe(hook);
    expect(takeAllocErrorHook()).toBe(hook);
  });

  test("inside a hook removes that hook for good", () => {
    let runs = 0;
    setAllocErrorHook(() => {
      runs++;
      takeAllocErrorHook();
    });
    errorOf(fail);
    errorOf(fail);
    expect(runs).toBe(1);
  });
});
