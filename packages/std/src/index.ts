export * from "@alloc/combinators";
export * from "@alloc/core";
export * from "@alloc/freelist";
export * from "@alloc/global";
export * from "@alloc/proxy";
export * from "@alloc/scoped";
