import { use } from "./use.js";

class Use extends AudioWorkletProcessor {
  process() {
    try {
      this.port.postMessage(use());
    } catch (error) {
      this.port.postMessage(`${error}`);
    }
    return false;
  }
}
registerProcessor("use", Use);
