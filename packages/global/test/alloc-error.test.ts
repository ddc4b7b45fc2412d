import { Layout } from "@alloc/core";
import { handleAllocError, setAllocErrorHook, takeAllocErrorHook } from "@alloc/global";
import { beforeEach, describe, expect, test } from "vitest";
import { errorOf } from "./realm.ts";

const layout = Layout.of(64, 16);
const fail = () => handleAllocError(layout);
const failed = { name: "AllocError", code: "no-room", message: "memory allocation of 64 bytes failed", layout };

beforeEach(() => {
  takeAllocErrorHook();
});

describe("handleAllocError", () => {
  test("throws an AllocError that says how many bytes could not be had", () => {
    expect(errorOf(fail)).toMatchObject(failed);
  });

  test("passes the failed layout to the hook, once", () => {
    const seen: Layout[] = [];
    setAllocErrorHook((layout) => seen.push(layout));
    errorOf(fail);
    expect(seen).toEqual([layout]);
    expect(seen[0]).toBe(layout);
  });

  test("throws although the hook returns", () => {
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
  test("does not run again: its own failure is what is thrown", () => {
    let runs = 0;
    setAllocErrorHook(() => {
      runs++;
      handleAllocError(Layout.of(8));
    });
    expect(errorOf(fail).message).toBe("memory allocation of 8 bytes failed");
    expect(runs).toBe(1);
  });

  test("may catch that, and the first failure is thrown", () => {
    setAllocErrorHook(() => void errorOf(() => handleAllocError(Layout.of(8))));
    expect(errorOf(fail)).toMatchObject(failed);
  });

  test("ends, also where it sets another hook that does", () => {
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
  test("replaces the hook that was set before", () => {
    const seen: string[] = [];
    setAllocErrorHook(() => seen.push("first"));
    setAllocErrorHook(() => seen.push("second"));
    errorOf(fail);
    expect(seen).toEqual(["second"]);
  });

  test("refuses now what could not run then", () => {
    const hook = () => {};
    setAllocErrorHook(hook);
    const error = errorOf(() => setAllocErrorHook("log" as never));
    expect(`${error}`).toBe('TypeError: setAllocErrorHook needs a function, got "log"');
    expect(takeAllocErrorHook()).toBe(hook);
  });
});

describe("takeAllocErrorHook", () => {
  test("answers the hook that was set, which then no longer runs", () => {
    const seen: Layout[] = [];
    const hook = (layout: Layout) => void seen.push(layout);
    setAllocErrorHook(hook);
    expect(takeAllocErrorHook()).toBe(hook);
    expect(errorOf(fail)).toMatchObject(failed);
    expect(seen).toEqual([]);
  });

  test("answers the default hook if none was set, which does nothing and can be set", () => {
    const hook = takeAllocErrorHook();
    expect(hook(layout)).toBeUndefined();
    setAllocErrorHook(hook);
    expect(errorOf(fail)).toMatchObject(failed);
    expect(takeAllocErrorHook()).toBe(hook);
    expect(takeAllocErrorHook()).toBe(hook);
  });

  test("inside a hook takes that hook away for good", () => {
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
