import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { progressOf } from "../../src/command/progress.ts";

const write = vi.spyOn(process.stderr, "write");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  write.mockReset().mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("progress without a terminal", () => {
  test("is a line at most every five seconds", () => {
    const progress = progressOf(false, false);
    for (let second = 0; second < 12; second++) {
      progress.show("checking", second, 100);
      vi.advanceTimersByTime(1000);
    }
    expect(write.mock.calls.map(([line]) => line)).toEqual(["checking: 5 of 100\n", "checking: 10 of 100\n"]);
  });

  test("is silent in quiet mode", () => {
    const progress = progressOf(true, false);
    vi.advanceTimersByTime(60_000);
    progress.show("checking", 1, 100);
    expect(write).not.toHaveBeenCalled();
  });
});
