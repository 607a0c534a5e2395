import { delimiter, dirname } from "node:path";

/** Where a run of the Pulumi CLI finds everything. All paths are absolute. */
export interface PulumiSettings {
  /** Folder with the CLI and the language host, as `installPlugins` reports it. */
  readonly bin: string;
  /** PULUMI_HOME, with the plugins. */
  readonly pulumiHome: string;
  /** Folder that keeps the stacks' state. */
  readonly state: string;
  /** File that holds the passphrase for secrets in the state. */
  readonly passphraseFile: string;
  /** Further variables, such as `LINODE_TOKEN`; they win over everything else. Defaults to none. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Builds the environment for the Pulumi CLI. Nothing is downloaded, nothing of the user's own Pulumi set-up is touched:
 * inherited variables that begin with `PULUMI_` are left out.
 * @param inherited Defaults to this process's environment.
 */
export function pulumiEnvironment(
  { bin, pulumiHome, state, passphraseFile, variables }: PulumiSettings,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const kept = Object.entries(inherited).filter(([name]) => !name.startsWith("PULUMI_"));
  const path = [bin, dirname(process.execPath), inherited.PATH].filter((entry) => entry !== undefined);
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    PULUMI_HOME: pulumiHome,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Plugins on the user's PATH would win over those of PULUMI_HOME.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...variables,
  };
}
