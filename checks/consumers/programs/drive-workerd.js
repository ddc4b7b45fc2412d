import { Miniflare } from "miniflare";

const miniflare = new Miniflare({ modules: true, scriptPath: "dist/worker.js", compatibilityDate: "2025-09-01" });
try {
  const response = await miniflare.dispatchFetch("http://localhost/");
  const text = await response.text();
  console.log(text.split("\n")[0]);
  process.exitCode = text === "ok" ? 0 : 1;
} finally {
  await miniflare.dispose();
}
