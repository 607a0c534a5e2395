import { publish } from "./config/contract.ts";
import { loadSettings } from "./config/load.ts";
import { readPeers } from "./config/peer-outputs.ts";
import { edge } from "./stacks/edge.ts";
import { hub } from "./stacks/hub.ts";

const settings = await loadSettings();
const peers = await readPeers(settings.peers);
const outputs = settings.role === "hub" ? hub(settings, peers) : edge(settings, peers);

export default publish(outputs);
