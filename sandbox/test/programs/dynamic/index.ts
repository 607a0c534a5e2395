import { dynamic, secret } from "@pulumi/pulumi";
import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";

class Greeting extends dynamic.Resource {
  declare readonly text: Output<string>;

  constructor(name: string, args: { who: Input<string> }, options: CustomResourceOptions) {
    const provider: dynamic.ResourceProvider = {
      async create(inputs: { who: string }) {
        const { greet } = await import("./greet.ts");
        return { id: "greeting", outs: { ...inputs, text: await greet(inputs.who) } };
      },
    };
    super(provider, name, { ...args, text: undefined }, options);
  }
}

const greeting = new Greeting("greeting", { who: secret("world") }, { additionalSecretOutputs: ["text"] });
export const text = greeting.text;
