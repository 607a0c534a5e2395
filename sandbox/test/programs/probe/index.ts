import { Config, CustomResource, ProviderResource } from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";

const config = new Config();

class Probe extends ProviderResource {
  constructor(name: string, inputs: Record<string, unknown>) {
    super("probe", name, inputs, { version: "1.0.0" });
  }
}

const provider = new Probe("provider", { token: config.get("token") });

class Thing extends CustomResource {
  declare readonly answer: Output<string>;

  constructor(name: string, inputs: Record<string, unknown>, provider: ProviderResource) {
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
const thing = new Thing("thing", inputs, provider);
export const answer = thing.answer;

if (config.getBoolean("chained")) {
  new Thing("chained", { of: thing.answer }, new Probe("late-provider", { token: thing.answer }));
}
