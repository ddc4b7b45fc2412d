// Prints the result of a vitest run: a line that counts the tests, and before it one that names the files with skipped tests.
//
//     node .ci/count.mjs report.json [exit code of the run]
//
// A missing report, or an exit code other than 0 although all tests passed, counts as one failure.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const [path, exitCode = "0"] = process.argv.slice(2);
let passed = 0;
let failed = 1;
try {
  const report = JSON.parse(readFileSync(path, "utf8"));
  passed = report.numPassedTests;
  // A file that could not be loaded has no failed test.
  failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0);
  const isSkipped = ({ status }) => status === "pending" || status === "skipped";
  const files = report.testResults.filter(({ assertionResults }) => assertionResults.some(isSkipped));
  const names = files.map(({ name }) => relative("", name)).join(", ");
  if (files.length > 0) console.log(`${report.numPendingTests} skipped: in ${names}`);
} catch {
  // The tests did not run: the failure is printed above.
}
if (exitCode !== "0" && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
