export {
  type CheckOptions,
  type CheckReport,
  checkAllocator,
  type RuleViolation,
} from "./conformance/check-allocator.ts";
export { reportText } from "./conformance/report-text.ts";
export { CHAPTERS, type Chapter, RULES, type Rule, type RuleId } from "./conformance/rules.ts";
export {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  type Events,
  RELEASE,
  RESIZE,
  TraceError,
  type TraceHeader,
  type TraceSource,
} from "./trace/format.ts";
export { parseTrace, type Trace } from "./trace/parse.ts";
export { readTrace } from "./trace/read.ts";
export { ReplayError, type ReplayOptions, type ReplayReport, replay } from "./trace/replay.ts";
