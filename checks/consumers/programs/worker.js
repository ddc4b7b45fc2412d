import { use } from "./use.js";

let told;
try {
  told = use();
} catch (error) {
  told = `${error}`;
}
postMessage(told);
