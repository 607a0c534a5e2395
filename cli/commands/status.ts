import process from "node:process";

import type { Command } from "commander";

import { Failure, exitCodes, reasonOf } from "../failure.ts";
import { stackNames, VaultNotOperated } from "../region/pulumi-stack.ts";
import { Region } from "../region/region.ts";
import { judge, statusExitCode, type Judgement } from "../status/judge.ts";
import { renderStatus } from "../status/render.ts";
import { regionStatus, type RegionStatus } from "../status/status.ts";
import type { Terminal } from "../terminal.ts";
import { baseCommand, environmentToken, type SharedOptions } from "./options.ts";

/** What was found of one stack. */
export interface Finding {
  readonly stack: string;
  /** Absent if the region could not be looked at. */
  readonly status?: RegionStatus;
  /** Why there is nothing to look at, where nobody asked for this very stack. */
  readonly remark?: string;
  readonly judgement: Judgement;
}

/** `vfed status` */
export function statusCommand(terminal: Terminal): Command {
  return baseCommand({
    name: "status",
    summary: "show whether Vault is healthy, and what is to be done",
    description:
      "Shows whether each region's Vault is healthy, and what is to be done if it is not. " +
      "With a token in VAULT_TOKEN it looks at audit devices and autopilot's own words too.",
    examples: ["vfed status", "vfed status hub", "vfed status hub edge --json"],
  })
    .argument("[stacks...]", "stacks to look at; all of the project if none is named")
    .action(async (stacks: readonly string[], { cwd, json }: SharedOptions) => {
      const named = stacks.length > 0 ? stacks : await stackNames(cwd);
      if (named.length === 0) {
        throw new Failure(
          exitCodes.actionNeeded,
          `the project in ${cwd} has no stacks. Run \`pulumi stack init hub\`.`,
        );
      }
      const isAsked = stacks.length > 0;
      const findings = await Promise.all(named.map((stack) => look(stack, cwd, isAsked)));
      terminal.result(
        json === true
          ? JSON.stringify(findings.map(toJson), undefined, 2)
          : findings.map(render).join("\n\n"),
      );
      process.exitCode = statusExitCode(findings.map(({ judgement }) => judgement));
    });
}

/** One region that can't be looked at does not hide the others. */
async function look(stack: string, folder: string, isAsked: boolean): Promise<Finding> {
  try {
    const region = await Region.open(stack, folder);
    try {
      const status = await regionStatus(region, environmentToken(), Date.now());
      return { stack, status, judgement: judge(status) };
    } finally {
      region.close();
    }
  } catch (error) {
    return notSeen(stack, error, isAsked);
  }
}

/**
 * What is found of a region that can't be looked at. One without a Vault to operate is as it should be.
 * @param isAsked Whether the stack was named: then somebody expects that there is a Vault to operate.
 */
export function notSeen(stack: string, error: unknown, isAsked: boolean): Finding {
  const reason = reasonOf(error);
  if (error instanceof VaultNotOperated && !isAsked) {
    return { stack, remark: reason, judgement: { problems: [], unknowns: [] } };
  }
  const known = error instanceof Failure && error.exitCode === exitCodes.actionNeeded;
  return {
    stack,
    judgement: known ? { problems: [reason], unknowns: [] } : { problems: [], unknowns: [reason] },
  };
}

function toJson({ stack, status, remark, judgement }: Finding): object {
  return { ...(status ?? { stack, remark }), ...judgement, exitCode: statusExitCode([judgement]) };
}

/** What `vfed status` says of a region. */
export function render({ stack, status, remark, judgement }: Finding): string {
  return status === undefined
    ? [stack, ...(remark === undefined ? [] : [remark]), ...judgement.problems, ...judgement.unknowns].join(
        "\n  ",
      )
    : renderStatus(status, judgement);
}
