import { execPath } from "node:process";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Children, End } from "./children.ts";
import { environmentWithNode, sdkEntry } from "./modules.ts";
import { runtimeOptions } from "./options.ts";
import type { RuntimeOptions } from "./options.ts";

/** Exit code by which Pulumi's SDK says that it has shown the error itself. */
const ERROR_SHOWN = 32;

/** How a program's run ended. */
export type Outcome =
  | { readonly kind: "done" }
  /** The program has shown its error. */
  | { readonly kind: "bail" }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Runs a Pulumi program to its end. Its output goes to this process's own, where the engine shows it.
 * @param engine Address of the engine, for log lines.
 */
export async function runProgram(
  request: RunRequest,
  engine: string | undefined,
  children: Children,
): Promise<Outcome> {
  const info = request.getInfo();
  const options = runtimeOptions(info);
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const args = [...options.nodeArguments, sdkEntry(directory, "run"), ...programArguments(request, engine)];
  const { end } = children.start(execPath, args, {
    cwd: request.getPwd(),
    env: { ...environmentWithNode(process.env), ...programEnvironment(request, options) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return outcomeOf(await end);
}

function outcomeOf({ exitCode, signal }: End): Outcome {
  if (exitCode === 0) {
    return { kind: "done" };
  }
  if (exitCode === ERROR_SHOWN) {
    return { kind: "bail" };
  }
  const how = signal === undefined ? `with exit code ${String(exitCode)}` : `by ${signal}`;
  return { kind: "failed", reason: `the program ended ${how}` };
}

function programArguments(request: RunRequest, engine: string | undefined): string[] {
  const named: Readonly<Record<string, string | undefined>> = {
    "--monitor": request.getMonitorAddress(),
    "--engine": engine,
    "--organization": request.getOrganization(),
    "--project": request.getProject(),
    "--root-directory": request.getInfo()?.getRootDirectory(),
    "--stack": request.getStack(),
    "--pwd": request.getPwd(),
    "--parallel": String(request.getParallel()),
  };
  const entryPoint = request.getInfo()?.getEntryPoint() ?? request.getProgram();
  return [
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [name, value],
    ),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    entryPoint === "" ? "." : entryPoint,
    ...request.getArgsList(),
  ];
}

function programEnvironment(request: RunRequest, options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}
