import { use } from "./use.js";

export default {
  fetch: () => new Response(use()),
};
