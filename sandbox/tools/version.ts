import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillTemplate, type VersionCheck } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { templateValues, type Recipe } from "./recipe.ts";

/**
 * Runs programs to see whether they work on this machine and have the version that they should.
 * @param programs Folder of the programs.
 * @throws Error that says what a program printed instead.
 */
export async function checkVersions(
  recipe: Recipe,
  programs: string,
  checks: readonly VersionCheck[],
): Promise<void> {
  // Some programs keep settings in the home folder as soon as they run; what they find there must not matter either.
  const home = await mkdtemp(join(tmpdir(), "version-check-"));
  try {
    for (const check of checks) {
      const expected = fillTemplate(check.prints, templateValues(recipe.tool));
      const result = await runCommand(join(programs, check.program), check.arguments, {
        cwd: home,
        env: { HOME: home, PATH: process.env.PATH, PULUMI_SKIP_UPDATE_CHECK: "true" },
      });
      const output = `${result.stdout}${result.stderr}`.trim();
      if (!output.includes(expected)) {
        throw new Error(
          `${[check.program, ...check.arguments].join(" ")} should print ${expected}; it printed ${JSON.stringify(output.slice(0, 200))}`,
        );
      }
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
