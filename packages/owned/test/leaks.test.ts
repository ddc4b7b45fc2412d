// @module-tag alone
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Box, f64, type Leak, Rc, reportLeaks, struct, Vec } from "@alloc/owned";
import { afterEach, expect, test, vi } from "vitest";
import { root } from "./support.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const heap = root();
let stop = () => {};
afterEach(() => stop());

/** Collects garbage until `count` reports came, and then once more, so that unexpected reports would have arrived. */
async function reported(leaks: readonly Leak[], count: number): Promise<void> {
  for (let round = 0; round < 50 && leaks.length < count; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve));
  }
  collect();
  await new Promise((resolve) => setTimeout(resolve));
}

function leakPoint(): number {
  const box = Box.new(struct({ x: f64 }), { x: 1 }, heap);
  const ptr = box.intoRaw();
  return Box.fromRaw(struct({ x: f64 }), ptr, heap) && ptr;
}

test("a handle that is collected without being disposed of is reported with the stack that made it", async () => {
  const leaks: Leak[] = [];
  stop = reportLeaks((leak) => leaks.push(leak));
  const ptr = leakPoint();
  await reported(leaks, 1);
  expect(leaks).toEqual([{ kind: "Box", type: "struct { x }", ptr, stack: expect.stringContaining("leakPoint") }]);
});

test("a handle that was disposed of, given away or is still reachable is not reported", async () => {
  const leaks: Leak[] = [];
  stop = reportLeaks((leak) => leaks.push(leak));
  const kept = Vec.new(f64, heap);
  (() => {
    Box.new(f64, 1, heap).dispose();
    Box.new(f64, 1, heap).take();
    Box.new(f64, 1, heap).leak();
    Rc.new(f64, 1, heap).dispose();
  })();
  leakPoint();
  await reported(leaks, 1);
  expect(leaks.map(({ kind }) => kind)).toEqual(["Box"]);
  kept.dispose();
});

test("without a listener the report goes to the console, and after the end nothing is reported", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  stop = reportLeaks();
  leakPoint();
  for (let round = 0; round < 50 && warn.mock.calls.length === 0; round++) await reported([], 0);
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(
      /^a Box of struct \{ x \} at \d+ was collected without being disposed of; it was made here:\n/,
    ),
  ]);
  stop();
  leakPoint();
  await reported([], 0);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test("a listener that is no function is refused, and the error shows how to write one", () => {
  expect(() => reportLeaks(5 as never)).toThrow("reportLeaks((leak) => console.warn(leak))");
});
