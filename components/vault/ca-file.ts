import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";

/** Folder of the files, in the Pulumi project's; Git ignores it. */
const folderName = ".vault-ca";

/**
 * Writes CA certificates into a file for the Vault provider, which takes neither their text nor an environment of its
 * own, and answers the file's path.
 *
 * The path is part of the provider's inputs. So it counts from the program's folder, in which the engine starts the
 * plugin too, and follows from the content: it is the same for everybody who works on the project, and changes with the
 * certificates alone. The file stays, as `pulumi destroy` and `pulumi refresh` start the plugin without the program.
 * It is in the project's folder, and not among temporary files, where another user of the machine could be first
 * to make a file of that name, and so choose whom Pulumi hands its login to.
 * @param caBundle CA certificates (PEM).
 * @param projectFolder Folder of Pulumi.yaml.
 */
export function caFile(caBundle: string, projectFolder: string): string {
  const digest = createHash("sha256").update(caBundle).digest("hex").slice(0, 16);
  const folder = join(projectFolder, folderName);
  const file = join(folder, `ca-${digest}.pem`);
  if (!existsSync(file) || readFileSync(file, "utf8") !== caBundle) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Another stack's run with the same certificates never sees half of them.
    const draft = join(folder, randomUUID());
    writeFileSync(draft, caBundle, { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  }
  return relative(process.cwd(), file);
}
