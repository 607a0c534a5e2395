/** Where Vault records what is done with it. */
export interface AuditDevice {
  /** Name of the device; Vault's list has a slash behind it. */
  readonly path: string;
  readonly type: string;
  /** File that it writes to, or `stdout`. */
  readonly target: string;
}

/** The devices of every region. Vault refuses to work when it can't record; two fail independently of each other. */
export const auditDevices: readonly AuditDevice[] = [
  { path: "file", type: "file", target: "/vault/audit/audit.log" },
  { path: "stdout", type: "file", target: "stdout" },
];
