import type { Provider } from "../frame/provider.ts";
import { BYTES, ID, UUID } from "./bytes.ts";
import { RandomResource } from "./resource.ts";
import { PASSWORD, STRING } from "./text.ts";

/** Stands in for the official plugin `random`: the types that programs take names and passwords from. */
export const RANDOM: Provider = {
  name: "random",
  configure() {
    // The package has no configuration.
  },
  resources: new Map([
    ["random:index/randomBytes:RandomBytes", new RandomResource(BYTES)],
    ["random:index/randomId:RandomId", new RandomResource(ID)],
    ["random:index/randomPassword:RandomPassword", new RandomResource(PASSWORD)],
    ["random:index/randomString:RandomString", new RandomResource(STRING)],
    ["random:index/randomUuid:RandomUuid", new RandomResource(UUID)],
  ]),
};
