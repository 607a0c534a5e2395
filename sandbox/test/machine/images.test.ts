import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { before, test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { buildImages } from "../../images/build.ts";
import { images } from "../../images/catalogue.ts";
import { imageRegistry } from "../../images/registry.ts";
import { acquireTools } from "../../tools/acquire.ts";
import { runCommand, type CommandResult } from "../../tools/command.ts";
import { prepareHost } from "../../tools/host.ts";
import type { HostPrograms } from "../../tools/host-programs.ts";
import type { Toolbox } from "../../tools/toolbox.ts";
import { listen, temporaryFolder } from "../unit/tools/support.ts";

type Ctr = (...ctrArguments: string[]) => Promise<CommandResult>;

let programs: HostPrograms;
let toolbox: Toolbox;

before(async () => {
  programs = await prepareHost();
  toolbox = await acquireTools([
    ...new Set(["containerd" as const, ...images.map(({ layer }) => layer.tool)]),
  ]);
});

/** Starts a containerd of its own whose only registry is the one over the images; gives its command line. */
async function startContainerd(context: TestContext): Promise<Ctr> {
  const folder = await temporaryFolder(context);
  await buildImages(join(folder, "images"), { toolbox, busybox: programs.busybox });
  const url = await listen(context, imageRegistry(join(folder, "images")));
  const hosts = join(folder, "hosts", "_default");
  await mkdir(hosts, { recursive: true });
  await writeFile(
    join(hosts, "hosts.toml"),
    `server = "${url}"\n[host."${url}"]\ncapabilities = ["pull", "resolve"]\n`,
  );
  const socket = join(folder, "containerd.sock");
  const configuration = join(folder, "config.toml");
  await writeFile(
    configuration,
    `version = 3\nroot = "${folder}/root"\nstate = "${folder}/state"\n` +
      `[grpc]\naddress = "${socket}"\n[ttrpc]\naddress = "${socket}.ttrpc"\n`,
  );
  const path = [toolbox.bin("containerd"), process.env.PATH].join(delimiter);
  const containerd = spawn(toolbox.program("containerd"), ["--config", configuration], {
    stdio: "ignore",
    env: { ...process.env, PATH: path },
  });
  const ended = once(containerd, "close");
  context.after(async () => {
    containerd.kill();
    await ended;
  });
  const ctr: Ctr = (...ctrArguments) =>
    runCommand(toolbox.program("ctr"), ["--address", socket, ...ctrArguments], {
      env: { ...process.env, PATH: path },
    });
  while ((await ctr("version")).code !== 0) {
    assert.equal(containerd.exitCode, null, "containerd has ended");
    await setTimeout(50);
  }
  return async (...ctrArguments) =>
    ctrArguments[0] === "pull"
      ? ctr("images", "pull", "--hosts-dir", join(folder, "hosts"), ...ctrArguments.slice(1))
      : ctr(...ctrArguments);
}

test("containerd pulls every image from the registry, and their programs run", async (context) => {
  const ctr = await startContainerd(context);
  for (const { reference } of images) {
    const { code, stderr } = await ctr("pull", reference);
    assert.equal(code, 0, `${reference}: ${stderr}`);
  }
  const [ctl, coredns, pause, vaultSecretsOperator, kubeRbacProxy, externalSecrets] = [
    "cert-manager-ctl",
    "coredns",
    "pause",
    "vault-secrets-operator",
    "kube-rbac-proxy",
    "external-secrets",
  ].map((name) => images.find(({ reference }) => reference.includes(`/${name}:`))?.reference ?? "");
  const run = async (reference = "", ...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ctr("run", "--rm", reference, "test", ...command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.equal(
    await run(ctl, "/app/cmd/ctl/ctl", "version", "--client", "--short"),
    "Client Version: v1.11.5\n",
  );
  assert.match(await run(coredns, "/coredns", "-version"), /^CoreDNS-1\.14\.6\n/);
  assert.equal(await run(pause, "/pause", "-v"), "pause 3.10\n");
  assert.equal(
    await run(ctl, "sh", "-c", "id -u && touch /tmp/file && wc -l < /etc/passwd && ls /etc/ssl"),
    "1000\n2\ncerts\n",
  );
  assert.match(
    await run(vaultSecretsOperator, "/vault-secrets-operator", "--version", "--output=json"),
    /"gitVersion": "0\.10\.0"/,
  );
  assert.match(
    await run(
      vaultSecretsOperator,
      "sh",
      "-c",
      "ls /scripts/crds | wc -l; /scripts/upgrade-crds 2>&1 || id -u",
    ),
    /^9\nfailed to upgrade CRDs, err=[^]*\n65532\n$/,
    "without a cluster the program must have tried to replace its definitions",
  );
  assert.equal(
    await run(kubeRbacProxy, "/usr/local/bin/kube-rbac-proxy", "--version"),
    "kube-rbac-proxy v0.18.1\n",
  );
  assert.equal(
    await run(externalSecrets, "/bin/external-secrets", "--version"),
    "external-secrets v0.20.4\n",
  );
  for (const command of ["webhook", "certcontroller"]) {
    assert.match(
      await run(externalSecrets, "/bin/external-secrets", command, "--help"),
      new RegExp(`^Usage:\\n {2}external-secrets ${command} `, "m"),
    );
  }
});

test("containerd is told that an image doesn't exist", async (context) => {
  const ctr = await startContainerd(context);
  const { code, stderr } = await ctr("pull", "quay.io/jetstack/missing:v1");
  assert.equal(code, 1);
  assert.match(stderr, /quay\.io\/jetstack\/missing:v1: not found/);
});
