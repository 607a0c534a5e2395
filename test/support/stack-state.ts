import type { Recording, Registration } from "./record.ts";

/** A resource as `pulumi stack export --show-secrets` prints it. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What is recorded of a region that has nothing yet. */
export const nothingRecorded = {
  kubeconfig: undefined,
  caBundle: undefined,
  vaultAddress: undefined,
  vaultClusterId: undefined,
  vaultKeyShares: undefined,
} as const;

/** A stack's state with the components of a recording, or with those that are chosen. */
export function exportedState(
  { registrations }: Recording,
  choose: (registration: Registration) => boolean = () => true,
): { readonly deployment: { readonly resources: readonly ExportedResource[] } } {
  const resources = registrations.filter(choose).map(({ type, fullName, custom, inputs, outputs }) => ({
    urn: `urn:pulumi:hub::vault-federation::${type}::${fullName}`,
    type,
    custom,
    // What is not a component keeps its inputs among its outputs; the program's own dynamic resources do.
    outputs: Object.fromEntries(
      Object.entries(custom ? inputs : outputs).map(([name, value]) => [name, wrapped(value)]),
    ),
  }));
  return { deployment: { resources } };
}

/** A recording's secrets in the wrapping of a state. */
function wrapped(value: unknown): unknown {
  return typeof value === "object" && value !== null && "secret" in value
    ? {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        plaintext: JSON.stringify(value.secret),
      }
    : value;
}
