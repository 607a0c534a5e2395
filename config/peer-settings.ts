import { z } from "zod";

import { allowed, text } from "./rules.ts";

/** A region's name is that of its stack, and becomes part of names in Kubernetes and Vault. */
const regionName = text(/^[a-z][a-z0-9-]{0,30}$/, "the name of a peer's stack, such as edge");

const peer = z.strictObject(
  {
    stack: text(/^[\w.-]+\/[\w.-]+\/[\w.-]+$/, "a stack's full name: organization/project/stack").optional(),
  },
  allowed("{ stack }, or {} for a stack of this organization and project"),
);

/** The regions that this one exchanges secrets with, by the names of their stacks. */
export const peersSchema = z
  .record(regionName, peer, allowed("peers by name"))
  .superRefine((peers, context) => {
    for (const [name, { stack }] of Object.entries(peers)) {
      const stackName = stack?.split("/").at(-1) ?? name;
      if (stackName !== name) {
        context.addIssue({
          code: "custom",
          // The peer itself knows no other name: by that of its stack it writes its tokens and its parts of secrets.
          message: `a stack that is called ${name} like the peer; name the peer ${stackName} where this is the right stack`,
          path: [name, "stack"],
          input: stack,
        });
      }
    }
  })
  .default({});

/** The part of the configuration that names the region's peers. */
export type PeerSettings = z.infer<typeof peersSchema>;
