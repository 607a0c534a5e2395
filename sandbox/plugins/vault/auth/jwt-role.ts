import { isList, isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import { asTexts, endpointKind } from "../endpoint.ts";
import { ENTERPRISE } from "../resource.ts";
import { decodeTokenFields, TOKEN_FIELDS } from "./token-fields.ts";

const NAMES = { kind: "set", item: { kind: "text" } } as const;

const SECONDS = { kind: "whole number", minimum: 0 } as const;

/** `vault:jwt/authBackendRole:AuthBackendRole` */
export const JWT_ROLE = endpointKind({
  title: "JWT auth role",
  fields: {
    ...TOKEN_FIELDS,
    backend: { kind: "text", default: "jwt", canonical: (path) => path.replace(/^\/+|\/+$/g, "") },
    roleName: { kind: "text", required: true },
    roleType: { kind: "text", allowed: ["jwt", "oidc"], computed: true },
    userClaim: { kind: "text", required: true },
    userClaimJsonPointer: { kind: "boolean" },
    boundAudiences: NAMES,
    boundSubject: { kind: "text" },
    boundClaims: { kind: "map" },
    boundClaimsType: { kind: "text", allowed: ["string", "glob"], computed: true },
    disableBoundClaimsParsing: { kind: "boolean" },
    claimMappings: { kind: "map" },
    groupsClaim: { kind: "text" },
    allowedRedirectUris: NAMES,
    oidcScopes: NAMES,
    // Vault takes -1 for "none at all" in these three, and zero for its default.
    clockSkewLeeway: { kind: "whole number" },
    expirationLeeway: { kind: "whole number" },
    notBeforeLeeway: { kind: "whole number" },
    maxAge: SECONDS,
    verboseOidcLogging: { kind: "boolean" },
    namespace: ENTERPRISE,
  },
  id: "auth/{backend}/role/{roleName}",
  replaceOn: ["roleType"],
  apiNames: { disableBoundClaimsParsing: undefined },
  encode: (body, { disableBoundClaimsParsing }) =>
    disableBoundClaimsParsing === true ? body : { ...body, bound_claims: parsedClaims(body.bound_claims) },
  decode: (data, state) => ({
    ...decodeTokenFields(data, state),
    bound_claims: joinedClaims(data.bound_claims),
  }),
});

/** Several values of one claim are written with commas between them. */
function parsedClaims(claims: PropertyValue | undefined): Properties {
  const split = ([name, value]: [string, string]) => [name, value.split(",").map((item) => item.trim())];
  return Object.fromEntries(Object.entries(asTexts(claims)).map(split)) as Properties;
}

function joinedClaims(claims: PropertyValue | undefined): Properties {
  return isProperties(claims)
    ? asTexts(
        Object.fromEntries(
          Object.entries(claims).map(([name, value]) => [
            name,
            isList(value) ? value.map(textOf).join(",") : value,
          ]),
        ),
      )
    : {};
}

function textOf(value: PropertyValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
