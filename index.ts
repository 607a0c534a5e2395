import { publish } from "./config/contract.ts";
import { loadSettings } from "./config/load.ts";
import { edge } from "./stacks/edge.ts";
import { hub } from "./stacks/hub.ts";

const settings = await loadSettings();
const outputs = settings.role === "hub" ? hub(settings) : edge(settings);

export default publish(outputs);
