import { z } from "zod";

import { allowed, duration, memberRule, seconds } from "./rules.ts";

/** Longer lives Vault cuts short by default (`max_lease_ttl`). */
const longestLifeSeconds = 768 * 3600;

/** How this region lets its peers in, and how often what they share is brought up to date. */
export const linkSchema = z
  .strictObject(
    {
      auth: z.enum(["token", "jwt"], allowed("token or jwt")).default("token"),
      tokenLifetime: duration
        .refine(
          (value) => seconds(value) <= longestLifeSeconds,
          allowed("at most 768h, beyond which no token of Vault lives"),
        )
        .default("768h"),
      rotationInterval: duration.default("24h"),
      refreshInterval: duration.default("1m"),
    },
    allowed("{ auth, tokenLifetime, rotationInterval, refreshInterval }"),
  )
  .superRefine(
    memberRule(
      "tokenLifetime",
      ({ tokenLifetime, rotationInterval }) => seconds(tokenLifetime) >= 2 * seconds(rotationInterval),
      "at least twice the rotationInterval: a token must outlive a rotation that fails",
    ),
  )
  .prefault({});

/** The part of the configuration that describes how regions reach each other. */
export type LinkSettings = z.infer<typeof linkSchema>;
