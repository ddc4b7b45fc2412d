export {
  type CheckOptions,
  type CheckReport,
  checkAllocator,
  type RuleViolation,
} from "./conformance/check-allocator.ts";
export {
  type CombinatorReport,
  type CombinatorViolation,
  checkCombinator,
} from "./conformance/check-combinator.ts";
export { CHAPTERS, type Chapter, RULES, type Rule, type RuleId } from "./conformance/rules.ts";
export { type Failing, failing } from "./faults/failing.ts";
export type { FaultKind, SweepFault, SweptRequest } from "./faults/judge.ts";
export type { AllocRequest, FaultPolicy, RequestCall } from "./faults/policy.ts";
export { type SweepOptions, type SweepReport, type Swept, sweepFailures, type Untried } from "./faults/sweep.ts";
export { printable } from "./printable.ts";
export { restless } from "./restless.ts";
export { TraceBuilder } from "./trace/builder.ts";
export {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  type Events,
  RELEASE,
  RESIZE,
  type ReadOptions,
  type Trace,
  type TraceBytes,
  TraceError,
  type TraceHeader,
  type TraceSource,
} from "./trace/format.ts";
export { type MinimiseOptions, minimiseTrace } from "./trace/minimise.ts";
export { parseTrace } from "./trace/parse.ts";
export { readTrace } from "./trace/read.ts";
export { type Recorded, record } from "./trace/record.ts";
export { parseRep } from "./trace/rep.ts";
export { ReplayError, type ReplayOptions, type ReplayReport, replay } from "./trace/replay.ts";
export { type WriteOptions, writeTrace } from "./trace/write.ts";
export type { Workload, WorkloadOptions } from "./workloads/workload.ts";
export { WORKLOADS } from "./workloads/workloads.ts";
