import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { parseAllDocuments } from "yaml";

const run = promisify(execFile);

/**
 * Runs templates through Helm's engine, which has the same language and functions as that of External Secrets (Go's
 * text/template with sprig), each on each of the inputs. Answers the texts, by input and template. The program is that
 * of HELM_BINARY, or `helm`.
 */
export async function helmTemplate<T extends string>(
  templates: Readonly<Record<T, string>>,
  inputs: readonly object[],
): Promise<Record<T, string>[]> {
  const folder = await mkdtemp(join(tmpdir(), "vault-federation-helm-"));
  try {
    await mkdir(join(folder, "templates"));
    const names = Object.keys(templates) as T[];
    const definitions = names.map(
      (name) => `{{- define ${JSON.stringify(name)} }}${templates[name]}{{ end }}`,
    );
    const members = names.map((name) => `${name}: {{ include ${JSON.stringify(name)} $input | quote }}`);
    await Promise.all([
      writeFile(join(folder, "Chart.yaml"), "{ apiVersion: v2, name: templates, version: 0.0.0 }"),
      writeFile(join(folder, "values.yaml"), JSON.stringify({ inputs })),
      writeFile(
        join(folder, "templates", "all.yaml"),
        [...definitions, "{{ range $input := .Values.inputs }}\n---", ...members, "{{ end }}"].join("\n"),
      ),
    ]);
    const { stdout } = await run(process.env.HELM_BINARY ?? "helm", ["template", "test", folder], {
      maxBuffer: 256 * 1024 * 1024,
    });
    return parseAllDocuments(stdout).map((document) => document.toJS() as Record<T, string>);
  } finally {
    await rm(folder, { recursive: true });
  }
}
