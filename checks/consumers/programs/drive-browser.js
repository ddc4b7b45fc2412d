/**
 * Serves the page, starts a browser, waits for the page's result, which starts with "ok" if all went well, and ends the browser.
 *
 *     node drive.js <place> <programs of the browser, the first existing one is used>
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [place, ...programs] = process.argv.slice(2);
const browser = programs.find((program) => spawnSync(program, ["--version"]).status === 0);
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  ...(place === "strict" && {
    "content-security-policy":
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; require-trusted-types-for 'script'",
  }),
};

const profile = mkdtempSync(join(tmpdir(), "alloc-browser-"));
const told = Promise.withResolvers?.() ?? {};
told.promise ??= new Promise((resolve) => {
  told.resolve = resolve;
});
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/done") {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end();
    return told.resolve(body);
  }
  if (pathname === "/favicon.ico") return response.writeHead(404).end();
  const isPage = pathname === "/";
  response.writeHead(200, { ...HEADERS, "content-type": isPage ? "text/html" : "text/javascript" });
  response.end(
    isPage ? '<!doctype html><body><script type="module" src="/page.js"></script>' : readFileSync(`dist${pathname}`),
  );
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}/?place=${place}`;
const flags = browser.includes("firefox")
  ? ["--headless", "--no-remote", "--profile", profile, url]
  : ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`, url];
// In its own process group, so that the browser's child processes end with it.
const child = spawn(browser, flags, { stdio: "ignore", detached: true });
const late = setTimeout(() => told.resolve("the page sent no result within 250 s"), 250_000);
const text = await told.promise;
clearTimeout(late);
process.kill(-child.pid, "SIGKILL");
server.close();
server.closeAllConnections();
await new Promise((done) => setTimeout(done, 300));
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
console.log(text);
process.exitCode = /^ok\b/.test(text) ? 0 : 1;
