/**
 * Modules and traces that print: nothing in them can control the terminal or flood it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isThorough } from "../../../../checks/support/runs.ts";
import { BuiltCommand, type Run } from "./command.ts";

const command = new BuiltCommand();
/** In the source of a module: clears the screen, sets the title, reverses text. */
const ESCAPES = String.raw`"\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e"`;
const TINY = "# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(command.folder, name);
  writeFileSync(path, bytes);
  return path;
}

beforeAll(() => command.build());
afterAll(() => command.remove());

function expectQuiet({ stdout, stderr }: Run): void {
  expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(stdout.length + stderr.length).toBeLessThan(50_000);
}

const allocating = (body: string) =>
  `export default () => ({ memory: new ArrayBuffer(2 ** 18), deallocate() {}, allocate({ size, align }) { ${body} } });`;
/** Characters of a huge text: at least twenty times the limit of the output. */
const MANY = isThorough ? 1e8 : 1e6;
const HUGE = `throw new Error(${ESCAPES} + "e".repeat(${MANY}))`;

const MODULES: Record<string, string> = {
  "throws while it is loaded": `${HUGE};`,
  "throws when an allocator is made": `export default () => { ${HUGE}; };`,
  "is rejected": `export default async () => { ${HUGE}; };`,
  "throws at a request": allocating(`${HUGE};`),
  "throws a value that cannot become a string": allocating("throw Object.create(null);"),
  "makes something else": `export default () => ({ [${ESCAPES} + "k".repeat(${MANY / 10})]: 1 });`,
  "exports other names": `export { x as ${ESCAPES} }; const x = 1;`,
  "hands out a string": allocating(`return ${ESCAPES};`),
  prints: `console.log(${ESCAPES}); console.error(${ESCAPES}); ${allocating("return 0;")}`,
};

describe("a module cannot print control characters or unbounded text", () => {
  const cases = Object.entries(MODULES);
  test.each(cases.slice(0, 2))("that %s", expectTamed);
  test.each(cases.slice(2))("that %s", { tags: ["thorough"] }, expectTamed);

  function expectTamed(what: string, source: string): void {
    const path = file(`${what.replaceAll(" ", "-")}.mjs`, source);
    for (const json of [[], ["--json"]]) {
      const run = command.run(path, "--programs", "2", "--seed", "1", "--time-limit", "20", ...json);
      expect(run.status).toBeGreaterThan(0);
      expectQuiet(run);
    }
  }
});

describe("a trace cannot either", { tags: ["thorough"] }, () => {
  const name = "na\u001b[2Jme\u202e.trace";
  const long = `# name: \u001b[2J${"n".repeat(60_000)}\n`;
  test.each([
    ["in its name", name, TINY],
    ["in its header", "header.trace", `# name: \u001b[2J\u009b\u202e\n${TINY}`],
    ["in an event", "event.trace", TINY.replace("f 0", "f 0\u001b[2J\u202e")],
    ["in a header of megabytes", "bomb.trace.gz", gzipSync(long.repeat(isThorough ? 1000 : 100) + TINY)],
  ])("%s", (_what, trace, bytes) => {
    for (const json of [[], ["--json"]])
      expectQuiet(command.run("replay", "./first-fit.js", file(trace, bytes), ...json));
  });

  test("above the limit is one line and exit code 2", () => {
    const bomb = file(
      "long.trace.gz",
      gzipSync(`${TINY.slice(0, -4)}${"r 0 40\n".repeat(200_000)}f 0\n`.replace("ops: 2", "ops: 200002")),
    );
    const { status, stderr } = command.run("replay", "./first-fit.js", bomb, "--max-trace", "1");
    expect(stderr).toMatch(/^error: .*it has more than 1048576 bytes uncompressed; raise maxBytes to allow more\n$/);
    expect(status).toBe(2);
    expect(command.run("replay", "./first-fit.js", bomb).status).toBe(0);
  });
});
