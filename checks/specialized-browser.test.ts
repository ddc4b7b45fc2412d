/**
 * Specialised chains in a browser: where generated code is allowed, under a strict Content-Security-Policy, and under Trusted
 * Types. Needs Chromium on the path, as Debian's `chromium` package provides it; without it these tests are skipped with a message.
 *
 * @module-tag built
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROGRAM, runModule, type Told } from "./support/specialized.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "alloc-browser-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chromium = await found(["chromium", "chromium-browser", "google-chrome"]);
if (chromium === undefined)
  console.warn("no chromium: specialised chains are not tried in a browser; install it (apt-get install chromium)");

/** Returns the first program that prints its version. */
async function found(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    try {
      await run(program, ["--version"]);
      return program;
    } catch {
      // Try the next one.
    }
  }
  return undefined;
}

/** The page's result: the program's, and the policy's violations. */
type Page = Told & { readonly violations: readonly string[] };

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let script: string;
  let plain: Told;

  beforeAll(async () => {
    const entry = join(folder, "program.mjs");
    const report = `
document.body.textContent = JSON.stringify({ ...told, violations });
document.body.id = "done";`;
    const listen = `const violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));`;
    writeFileSync(
      entry,
      `${PROGRAM}\nspecialized(chain);\nawait new Promise((done) => setTimeout(done, 100));${report}`,
    );
    const bundle = { bundle: true, format: "esm", target: "es2022", write: false, logLevel: "error" } as const;
    const { outputFiles } = await build({ entryPoints: [entry], banner: { js: listen }, ...bundle });
    script = outputFiles[0]!.text;
    const node = join(folder, "node.mjs");
    writeFileSync(node, `${PROGRAM}\nconsole.log(JSON.stringify(told));`);
    plain = runModule(node);
  });

  /** Opens the page under a policy, and returns its result. */
  async function open(policy?: string): Promise<Page> {
    const server = createServer(({ url }, response) => {
      const isScript = url === "/program.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      if (policy !== undefined) response.setHeader("content-security-policy", policy);
      response.end(isScript ? script : '<!doctype html><body><script type="module" src="/program.js"></script>');
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const { port } = server.address() as AddressInfo;
      const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"];
      const profile = `--user-data-dir=${mkdtempSync(join(folder, "profile-"))}`;
      const { stdout } = await run(chromium!, [...flags, profile, `http://127.0.0.1:${port}/`], { timeout: 300_000 });
      const text = /<body id="done">(.*)<\/body>/s.exec(stdout)?.[1];
      if (text === undefined) throw new Error(`the page did not finish: ${stdout}`);
      return JSON.parse(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")) as Page;
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  test("without a policy the chain is specialised as in Node", async () => {
    expect(await open()).toEqual({ ...plain, violations: [] });
  });

  test.each([
    ["a strict Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'", "script-src"],
    ["Trusted Types", "require-trusted-types-for 'script'", "require-trusted-types-for"],
  ])(
    "under %s everything is shared, the results are the same, and the policy is asked once",
    { tags: ["thorough"] },
    async (_, policy, directive) => {
      const told = await open(policy);
      expect(told.names.join()).not.toContain("<");
      expect(told.specialised).toEqual(plain.shared);
      expect(told.handled).toEqual(plain.shared);
      expect(told.violations).toEqual([directive]);
    },
  );
});
