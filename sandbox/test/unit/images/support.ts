import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageDefinition } from "../../../images/catalogue.ts";
import type { ImageSources } from "../../../images/build.ts";

/** Two images that share a layer with two programs. */
export const twoImages: readonly ImageDefinition[] = ["controller", "webhook"].map((program) => ({
  reference: `quay.io/example/${program}:v1`,
  layer: { tool: "cert-manager", programs: { controller: "/app/controller", webhook: "/app/webhook" } },
  entrypoint: [`/app/${program}`],
  user: "1000",
}));

/** Sources of images whose programs are small files in a folder: all of them the same file. */
export async function smallSources(folder: string): Promise<ImageSources> {
  const program = join(folder, "program");
  await writeFile(program, "a program\n");
  const busybox = join(folder, "busybox");
  await writeFile(busybox, "#!/bin/sh\necho sh\necho busybox\necho ls\n", { mode: 0o755 });
  return { toolbox: { program: () => program }, busybox, images: twoImages };
}
