/**
 * Empties the registries of a realm before each test. A thread is kept over thousands of runs, and a test that a mutant fails leaves its
 * guards and ledgers in them: each later test would walk them all.
 *
 * @module
 */
import { beforeEach } from "vitest";
import { forgetRegistries } from "../../packages/proxy/test/support/registries.ts";

beforeEach(forgetRegistries);
