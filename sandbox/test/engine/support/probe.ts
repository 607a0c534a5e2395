import { once } from "node:events";
import { appendFile } from "node:fs/promises";
import { diffInputs } from "../../../plugins/frame/diff.ts";
import { PartialFailure } from "../../../plugins/frame/failures.ts";
import { serve } from "../../../plugins/frame/serve.ts";
import type { Provider, ResourceHandler } from "../../../plugins/frame/provider.ts";
import { UNKNOWN } from "../../../plugins/frame/values.ts";

/** Writes a line to the file that the variable PROBE_LOG names. */
async function note(line: string): Promise<void> {
  await appendFile(process.env.PROBE_LOG ?? "/dev/null", `${line}\n`);
}

/** A resource that fails in the way its input `mode` says, so that the engine's reaction can be seen. */
const THING: ResourceHandler = {
  check({ newInputs }) {
    const failures =
      newInputs.mode === "invalid" ? [{ property: "mode", reason: "is invalid on purpose" }] : [];
    return { inputs: newInputs, failures };
  },
  diff({ oldInputs, newInputs }) {
    return diffInputs(oldInputs, newInputs, ["place"]);
  },
  async create({ inputs, preview, signal, warn }) {
    if (preview) {
      return { id: "", outputs: { ...inputs, answer: UNKNOWN } };
    }
    switch (inputs.mode) {
      case "refuse":
        throw new Error("the thing can't be created on purpose");
      case "partial":
        warn("the thing is only half there");
        throw new PartialFailure({ id: "thing", inputs, outputs: inputs, reasons: ["one half is missing"] });
      case "hang": {
        // Whoever reads the note may cancel before it is known here that it was written.
        const aborted = once(signal, "abort");
        await note("hanging");
        await aborted;
        await note(String(signal.reason));
        throw signal.reason;
      }
    }
    return { id: "thing", outputs: { ...inputs, answer: "42" } };
  },
  read({ id, inputs, outputs }) {
    return { id, inputs, outputs };
  },
  update({ inputs }) {
    return { ...inputs, answer: "43" };
  },
  delete() {
    // Nothing exists.
  },
};

const PROBE: Provider = {
  name: "probe",
  resources: new Map([["probe:index:Thing", THING]]),
  async configure({ token }) {
    await note(`configured with ${JSON.stringify(token)}`);
    if (token === "wrong") {
      throw new Error("the token is refused on purpose");
    }
  },
};

await serve(PROBE);
