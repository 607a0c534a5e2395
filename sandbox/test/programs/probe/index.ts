import { Config, CustomResource, ProviderResource, output } from "@pulumi/pulumi";

const config = new Config();

class Probe extends ProviderResource {
  constructor(name: string, inputs: Record<string, unknown>) {
    super("probe", name, inputs, { version: "1.0.0" });
  }
}

const provider = new Probe("provider", { token: config.get("token") });

class Thing extends CustomResource {
  constructor(name: string, inputs: Record<string, unknown>) {
    const customTimeouts = { create: config.get("createTimeout") };
    super(
      "probe:index:Thing",
      name,
      { answer: undefined, ...inputs },
      { provider, version: "1.0.0", customTimeouts },
    );
  }
}

const inputs = config.getObject<Record<string, unknown>>("inputs") ?? {};
const thing = new Thing("thing", inputs);
export const answer = output(thing).apply((created) => (created as unknown as { answer: string }).answer);
