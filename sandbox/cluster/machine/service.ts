/** A program that a machine keeps running. */
export interface Service {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Socket that must exist before the program starts. */
  readonly after?: string;
  /** Command that has to succeed before the program starts. */
  readonly prepare?: readonly string[];
}

/** Writes a service as the shell script that becomes the program. */
export function renderService(service: Service): string {
  return [
    "#!/bin/sh",
    ...(service.after === undefined ? [] : [`until [ -S ${quote(service.after)} ]; do sleep 0.1; done`]),
    ...(service.prepare === undefined ? [] : [`${service.prepare.map(quote).join(" ")} || exit`]),
    ...Object.entries(service.environment ?? {}).map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${[service.program, ...service.args].map(quote).join(" \\\n  ")}`,
    "",
  ].join("\n");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
