import type { Reason } from "../judge.ts";

export const PROXY: readonly Reason[] = [];
