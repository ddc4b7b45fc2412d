/**
 * Loaded before each test file: in an ordinary run, properties are tried with fewer values (see runs.ts).
 *
 * @module
 */
import fc from "fast-check";
import { runs } from "./runs.ts";

fc.configureGlobal({ numRuns: runs(100) });
