import { describe, expect, test } from "vitest";
import { CallLog } from "../../src/command/calls.ts";

const MAKE = "const a = make();";

describe("CallLog", () => {
  test("another view of the same memory reads the lines", () => {
    const log = new CallLog();
    const other = new CallLog(log.shared);
    for (const line of [MAKE, "a.reset();", "a.trim();"]) log.write(line);
    expect(other.program()).toBe(`${MAKE}\na.reset();\na.trim();`);
    expect(other.calls).toBe(3);
  });

  test("make starts a new program, and the calls keep counting", () => {
    const log = new CallLog();
    for (const line of [MAKE, "a.reset();", MAKE, "a.trim();"]) log.write(line);
    expect(log.program()).toBe(`${MAKE}\na.trim();`);
    expect(log.calls).toBe(4);
  });

  test("keeps the last calls of a program that is too long, and says so", () => {
    const log = new CallLog();
    log.write(MAKE);
    for (let call = 0; call < 20_000; call++) log.write(`const b${call} = a.allocate(Layout.of(${call}, 8));`);
    const lines = log.program().split("\n");
    expect(lines[0]).toBe("// earlier calls omitted");
    expect(lines.at(-1)).toBe("const b19999 = a.allocate(Layout.of(19999, 8));");
    expect(log.calls).toBe(20_001);
  });

  test("before the first call there is no program", () => {
    expect(new CallLog().program()).toBe("");
  });
});
