import { z } from "zod";

import { allowed, text } from "./rules.ts";

// What LKE takes, which is a little less than Kubernetes does: no empty values, shorter keys of labels. Both are in
// techdocs.akamai.com, "Labels and taints"; the rest is "Syntax and character set" at kubernetes.io, "Labels and Selectors".
const word = "[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?";
const subdomain = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*";
const plainKey = `(?=[^/]{1,63}$)${word}`;

const labelKey = text(
  new RegExp(`^(${plainKey}|(?=.{1,128}$)${subdomain}/(?=[^/]{1,62}$)${word})$`),
  "a label's key: 1 to 63 letters, digits, hyphens, dots and underscores that begin and end with a letter or digit, such as " +
    "workload; with a domain before, such as example.com/workload, up to 128 characters, 62 of them after the slash",
);

const taintKey = text(
  new RegExp(`^(${plainKey}|(?=.{1,253}$)${subdomain}/${plainKey})$`),
  "a taint's key: 1 to 63 letters, digits, hyphens, dots and underscores that begin and end with a letter or digit, such as " +
    "workload; with a domain before, such as example.com/workload, up to 253 characters",
);

const value = (what: string): z.ZodString =>
  text(
    new RegExp(`^(?=.{1,63}$)${word}$`),
    `${what}: 1 to 63 letters, digits, hyphens, dots and underscores that begin and end with a letter or digit; ` +
      "numbers and booleans in quotes",
  );

/** Labels of a pool's nodes, by key; none by default. */
export const labelsSchema = z
  .record(labelKey, value("a label's value"), allowed("labels by name"))
  .default({});

/** Taints of a pool's nodes; none by default. */
export const taintsSchema = z
  .array(
    z.strictObject(
      {
        key: taintKey,
        value: value("a taint's value"),
        effect: z.enum(
          ["NoSchedule", "PreferNoSchedule", "NoExecute"],
          allowed("NoSchedule, PreferNoSchedule or NoExecute"),
        ),
      },
      allowed("{ key, value, effect }"),
    ),
    allowed("a list of { key, value, effect }"),
  )
  .default([]);
