import { z } from "zod";

import { allowed } from "./rules.ts";

/** An address becomes the range that holds only it: the API does so too, and would show a change at every preview. */
function asRange(bits: number): (address: string) => string {
  return (address) => (address.includes("/") ? address : `${address}/${bits}`);
}

const ipv4Range = z
  .union([z.ipv4(), z.cidrv4()], allowed("an IPv4 address or range, such as 203.0.113.0/24"))
  .transform(asRange(32));
const ipv6Range = z
  .union([z.ipv6(), z.cidrv6()], allowed("an IPv6 address or range, such as 2001:db8::/32"))
  .transform(asRange(128));

/** Who may reach something: everybody, unless it is there. */
export const accessControl = z
  .strictObject(
    {
      ipv4: z.array(ipv4Range, allowed("a list of IPv4 addresses and ranges")).default([]),
      ipv6: z.array(ipv6Range, allowed("a list of IPv6 addresses and ranges")).default([]),
    },
    allowed("{ ipv4, ipv6 }, each a list; leave accessControl out to let everybody in"),
  )
  .refine(
    ({ ipv4, ipv6 }) => ipv4.length + ipv6.length > 0,
    allowed("at least one address; leave accessControl out to let everybody in"),
  );
