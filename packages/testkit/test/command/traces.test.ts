import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltCommand } from "./command.ts";

const command = new BuiltCommand();
const TINY = "# ids: 3\n# ops: 7\n# peak: 1240\n# maxlive: 3\na 0 40\na 1 200\nr 0 80\nc 2 960\nf 1\nf 0\nf 2\n";

/** Writes a trace beside the command. */
function file(name: string, bytes: Uint8Array | string): string {
  const path = join(command.folder, name);
  writeFileSync(path, bytes);
  return path;
}
const tiny = file("tiny.trace", TINY);
const packed = file("packed.trace.gz", gzipSync(TINY));
const lab = file("lab.rep", "20000\n2\n4\n1\na 0 512\na 1 128\nr 0 640\nf 1\n");
const damaged = file("damaged.trace", TINY.replace("f 1", "nonsense"));
const huge = file("huge.trace", "# ids: 1\n# ops: 2\n# peak: 900000\n# maxlive: 1\na 0 900000\nf 0\n");

beforeAll(() => command.build());
afterAll(() => command.remove());

describe("replay", () => {
  test("prints a row per trace: plain, compressed, and of the malloc lab", () => {
    const { status, stdout } = command.run("replay", "./first-fit.js", tiny, packed, lab);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^trace +operations +verified +peak live +footprint +util +leaks$/);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ["tiny", "7", "4", "1,240", "–", "–", "0"],
      ["packed", "7", "4", "1,240", "–", "–", "0"],
      ["lab.rep", "5", "3", "768", "–", "–", "0"],
    ]);
    expect(status).toBe(0);
  });

  test("prints the utilisation of an allocator with a footprint", () => {
    const { status, stdout } = command.run("replay", join(command.folder, "ours.js"), tiny, "--json");
    const { ok, replays } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(replays).toMatchObject([{ trace: tiny, ok: true, fault: "", report: { operations: 7, leaks: 0 } }]);
    const { utilisation, peakLive, footprint } = replays[0].report;
    expect(utilisation).toBeCloseTo(peakLive / footprint.peak);
    expect(status).toBe(0);
  });

  test("a larger align is requested", { tags: ["thorough"] }, () => {
    const rounding = file("rounding.mjs", ALIGNED);
    expect(command.run("replay", rounding, tiny).status).toBe(1);
    expect(command.run("replay", rounding, tiny, "--align", "64").status).toBe(0);
  });

  test.each([
    ["damages a block", "./damages.js", tiny, /^fault: tiny: trace line 9: block 1 of 200 bytes at 65\d+: byte 0/m],
  ])("an allocator that %s has a fault, and the exit code is 1", expectFault);

  test.each([
    ["has no room", "./first-fit.js", huge, /^fault: huge: trace line 5: no room for block 0/m],
    ["hangs", "./hangs.js", tiny, /^fault: tiny: not finished after \d+\.\d s: /m],
    ["ends the process", "./exits-early.js", tiny, /^fault: tiny: its thread ended/m],
  ])("an allocator that %s has a fault, and the exit code is 1", { tags: ["thorough"] }, expectFault);

  function expectFault(_what: string, module: string, trace: string, message: RegExp): void {
    const { status, stdout } = command.run("replay", module, trace, "--time-limit", "8");
    expect(stdout).toMatch(message);
    expect(status).toBe(1);
  }

  test("a fault in one trace does not hide the others", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("replay", "./first-fit.js", huge, tiny);
    expect(stdout).toMatch(/^tiny +7 /m);
    expect(stdout).toMatch(/^fault: huge: /m);
    expect(status).toBe(1);
  });

  const refused: [what: string, args: string[], message: RegExp][] = [
    ["a missing trace", ["./first-fit.js", "nothing.trace"], /got nothing\.trace, which does not exist/],
    ["a folder", ["./first-fit.js", "."], /got \., which is not a file/],
    ["no trace", ["./first-fit.js"], /missing required argument 'trace'/],
    ["a damaged trace", ["./first-fit.js", damaged], /damaged\.trace: trace line 9: expected .*got "nonsense"/],
    ["a module that throws", ["./throws.js", tiny], /cannot load \.\/throws\.js: Error: no licence/],
    ["an invalid align", ["./first-fit.js", tiny, "--align", "3"], /Expected a power of two/],
  ];
  test.each(refused.slice(0, 1))("%s is one line on stderr and exit code 2", expectRefused);
  test.each(refused.slice(1))("%s is one line on stderr and exit code 2", { tags: ["thorough"] }, expectRefused);

  function expectRefused(_what: string, args: string[], message: RegExp): void {
    const { status, stdout, stderr } = command.run("replay", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  }
});

describe("compare", () => {
  const FEW = ["--programs", "5", "--seed", "1", "--rounds", "3"];

  test("prints both checks, and both lanes of a trace", () => {
    const { status, stdout } = command.run("compare", "./first-fit.js", "./c-shape.js", tiny, ...FEW);
    const [checks, lanes] = stdout.trimEnd().split("\n\n");
    expect(checks).toMatch(
      /^module +check\n\.\/first-fit\.js +kept every rule .*\n\.\/c-shape\.js +kept every rule .*$/,
    );
    const rows = lanes!.split("\n").map((row) => row.split(/ {2,}/));
    expect(rows[0]).toEqual(["trace", "through", "peak live", "footprint", "util", "ns/op", "ratio"]);
    expect(rows.slice(1).map(([trace, through]) => [trace, through])).toEqual([
      ["tiny", "./first-fit.js"],
      ["tiny", "./c-shape.js"],
    ]);
    expect(status).toBe(0);
  });

  test("the ratio is the time divided by that of the first", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("compare", "./first-fit.js", "./c-shape.js", tiny, ...FEW, "--json");
    const { ok, lanes } = JSON.parse(stdout);
    expect(lanes.map(({ module }: { module: string }) => module)).toEqual(["./first-fit.js", "./c-shape.js"]);
    expect(lanes[0].ratio).toBe(1);
    expect(lanes[1].ratio).toBeCloseTo(lanes[1].time / lanes[0].time);
    expect(ok).toBe(true);
    expect(status).toBe(0);
  });

  test("a rule that one of them breaks makes the exit code 1", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("compare", "./first-fit.js", "./overlaps.js", ...FEW);
    expect(stdout).toMatch(/^\.\/first-fit\.js +kept every rule/m);
    expect(stdout).toMatch(/^\.\/overlaps\.js +broke 1\.3/m);
    expect(status).toBe(1);
  });

  test("a trace that one of them fails is not timed, and the fault is printed", { tags: ["thorough"] }, () => {
    const { status, stdout } = command.run("compare", "./first-fit.js", "./damages.js", tiny, ...FEW);
    expect(stdout).toMatch(/^tiny +\.\/first-fit\.js +1,240 +– +– +– +–$/m);
    expect(stdout).toMatch(/^fault: tiny through \.\/damages\.js: trace line 9: /m);
    expect(status).toBe(1);
  });
});

/** Correct if every request has an align of 64; otherwise all blocks have one address. */
const ALIGNED = `
export default () => {
  let top = 65536;
  return {
    memory: new ArrayBuffer(2 ** 20),
    allocate: ({ size, align }) => (align === 64 ? (top += Math.ceil(size / 64) * 64 + 64) - Math.ceil(size / 64) * 64 : 65536),
    deallocate() {},
  };
};
`;
