export { system } from "./system.ts";
export { System } from "./the-system.ts";
