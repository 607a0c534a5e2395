import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { parseCgroupMounts } from "../../../cluster/machine/cgroups.ts";
import { findMachines, parseMachineProcess } from "../../../cluster/machine/processes.ts";
import { renderService } from "../../../cluster/machine/service.ts";

describe("the search for machines", () => {
  const status = (ids: string): string => `Name:\tsh\nNSpid:\t${ids}\nThreads:\t1\n`;
  const cmdline = (...args: readonly string[]): string => `${args.join("\0")}\0`;
  const init = cmdline("sh", "/src/cluster/machine/init.sh", "vfed-0a1b2c3d", "lke1-control-plane", "/state");

  for (const [description, ids, command, expected] of [
    ["finds process 1 of a PID namespace with the sandbox's mark", "4711\t1", init, "lke1-control-plane"],
    ["finds it from inside a container", "4711\t120\t1", init, "lke1-control-plane"],
    ["leaves out the program that started it", "4710", init, undefined],
    ["leaves out its children, which have the same arguments", "4712\t17", init, undefined],
    ["leaves out process 1 itself", "1", init, undefined],
    ["leaves out other sandboxes", "4711\t1", init.replace("vfed-0a1b2c3d", "vfed-ffffffff"), undefined],
    ["leaves out other programs", "4711\t1", cmdline("sh", "/bin/other", "vfed-0a1b2c3d", "x"), undefined],
    ["leaves out what has no arguments any more", "4711\t1", "", undefined],
  ] as const) {
    it(description, () => {
      assert.equal(parseMachineProcess("vfed-0a1b2c3d", status(ids), command), expected);
    });
  }

  it("finds nothing of a sandbox that doesn't run", async () => {
    assert.deepEqual(await findMachines("vfed-unit-test"), []);
  });
});

describe("a service's script", () => {
  it("waits, prepares, sets the environment and becomes the program", () => {
    assert.equal(
      renderService({
        program: "/opt/kubelet",
        args: ["--config=/run/machine/kubelet.yaml", "--name=it's"],
        environment: { GOGC: "50" },
        after: "/run/some.sock",
        prepare: ["nft", "-f", "/run/rules"],
      }),
      [
        "#!/bin/sh",
        "until [ -S /run/some.sock ]; do sleep 0.1; done",
        "nft -f /run/rules || exit",
        "export GOGC=50",
        "exec /opt/kubelet \\",
        "  --config=/run/machine/kubelet.yaml \\",
        "  '--name=it'\\''s'",
        "",
      ].join("\n"),
    );
  });

  it("hands over every argument as it is", () => {
    const args = ["plain", "two words", "it's", "$HOME", "`id`", "a\\b", ""];
    const script = renderService({ program: "/usr/bin/printf", args: ["[%s]", ...args] });
    assert.equal(
      execFileSync("sh", ["-c", script], { encoding: "utf8" }),
      args.map((arg) => `[${arg}]`).join(""),
    );
  });

  it("does not become the program if the preparation fails", () => {
    const script = renderService({ program: "/bin/echo", args: ["started"], prepare: ["false"] });
    assert.throws(() => execFileSync("sh", ["-c", script]), { status: 1 });
  });
});

it("finds control groups of both versions among the mounts", () => {
  const mountinfo = [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "30 29 0:26 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu",
    "31 29 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup rw",
    "",
  ].join("\n");
  assert.deepEqual(parseCgroupMounts(mountinfo), [
    { path: "/sys/fs/cgroup/cpu", type: "cgroup" },
    { path: "/sys/fs/cgroup/unified", type: "cgroup2" },
  ]);
});
