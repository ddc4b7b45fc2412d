export type { Counters } from "./counters.ts";
export { type Proxied, type ProxyLogger, proxy } from "./proxy.ts";
export { type Stats, stats } from "./stats.ts";
