import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type NodeStatus, status } from "../../local";
import { diskOf } from "../../local/node/layout";
import { checkout } from "../../local/paths";
import { run } from "../../local/run";
import { waitFor } from "../../local/waitFor";
import { added, type Traces, traces } from "../support/machine";
import { TestNode, webServer } from "../support/node";
import { everything } from "./support/shared";

const node = new TestNode("test-a");
const neighbour = new TestNode("test-b");
const cli = ["-r", "ts-node/register", "local/cli.ts"];
const httpGet = (url: string) => `wget -q -O - ${url}`;
const opens = (address: string, port: number | string) => `nc -w 2 ${address} ${port} </dev/null`;

describe("the embedded cluster", function () {
  this.timeout(300_000);
  let traceless: Traces;
  let running: NodeStatus;
  let pod: string;

  before(async () => {
    for (const one of [node, neighbour]) await one.destroy();
    traceless = await traces([node, neighbour]);
  });
  after(async () => {
    for (const one of [node, neighbour]) await one.destroy();
  });

  describe("a node", () => {
    it("is Ready once it is up", async () => {
      running = await node.up();
      assert.equal(running.state, "running");
      assert.match(await node.kubectl(["get", "nodes", "--no-headers"]), /^test-a +Ready .* v1\.34\.\d+$/);
    });

    it("is seen by the check for what it leaves", async () => {
      const kinds = Object.keys(added(traceless, await traces([node, neighbour])));
      for (const kind of ["processes", "interfaces", "routes", "namespaces", "cgroups"])
        assert.ok(kinds.includes(kind), kind);
    });

    it("gives a pod a volume that belongs to its group", async () => {
      await node.apply(...webServer("web"));
      pod = await node.addressOf("web");
      await node.shell("web", "umask 027; echo kept > /data/file");
      assert.equal(await node.shell("web", "stat -c %g /data /data/file"), "1000\n1000");
    });

    it("resolves names and routes Services", async () => {
      assert.equal(await node.shell("web", httpGet("http://web.default.svc.cluster.local/file")), "kept");
    });

    it("gives a claim the size it asks for, and more when it asks for more", async () => {
      const capacity = () => node.kubectl(["get", "pvc", "web", "-o", "jsonpath={.status.capacity.storage}"]);
      assert.equal(await capacity(), "1Gi");
      await node.kubectl(["patch", "pvc", "web", "-p", '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}']);
      await waitFor("the claim to grow", 10, async () => (await capacity()) === "2Gi");
    });

    it("deletes the volume of a claim that is deleted, and no other", async () => {
      const volumes = () => readdir(join(diskOf(node.name), "lib/volumes"));
      const kept = await volumes();
      await node.apply(...webServer("short"));
      await node.addressOf("short");
      assert.equal((await volumes()).length, kept.length + 1);
      await node.kubectl(["delete", "pod/short", "pvc/short", "service/short"]);
      await waitFor("its folder to go", 20, async () => (await volumes()).length === kept.length);
      assert.deepEqual(await volumes(), kept);
      assert.equal(await node.shell("web", "cat /data/file"), "kept");
    });

    it("shows the host its pods and node ports", async () => {
      const port = await node.kubectl(["get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}"]);
      for (const server of [`${pod}:8080`, `${running.address}:${port}`]) {
        assert.equal(await (await fetch(`http://${server}/file`)).text(), "kept\n");
      }
    });

    it("has a kubectl that takes all its arguments and gives its exit code", async () => {
      const kubectl = (...args: string[]) =>
        run(process.execPath, [...cli, "--node", node.name, "kubectl", ...args], { cwd: checkout });
      assert.equal(await kubectl("get", "node", "-o", "name"), "node/test-a\n");
      await assert.rejects(kubectl("exec", "web", "--", "sh", "-c", "exit 7"), /exited with 7/);
    });

    it("has a pulumi with a backend on this disk", async () => {
      const pulumi = (...args: string[]) =>
        run(process.execPath, [...cli, "--node", node.name, "pulumi", ...args], { cwd: checkout });
      assert.match(await pulumi("whoami", "-v"), new RegExp(`file://${checkout}/.local/state`));
      await assert.rejects(pulumi("stack", "select", "no-such-stack"), /no stack named 'no-such-stack'/);
    });

    it("lets no pod reach the host, or anything beyond", async () => {
      const { server, port } = await listenEverywhere();
      try {
        const gateway = (running.address ?? "").replace(/\d+$/, "1");
        await node.shell("web", opens("10.43.0.1", 443));
        for (const address of [...hostAddresses(), gateway]) {
          await connects(address, port);
          await assert.rejects(node.shell("web", opens(address, port)), `a pod reached the host at ${address}`);
        }
        await assert.rejects(node.shell("web", opens("1.1.1.1", 53)));
      } finally {
        server.close();
      }
    });

    it("is left alone by another up", async () => {
      const processes = await node.processes();
      await node.up();
      assert.deepEqual(await node.processes(), processes);
    });

    it("runs beside another, which sees it as any machine of the network would", async () => {
      await neighbour.up();
      await neighbour.apply(...webServer("web"));
      const other = await neighbour.addressOf("web");
      assert.notEqual(other, pod);
      const port = await node.kubectl(["get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}"]);
      assert.equal(await neighbour.shell("web", httpGet(`http://${running.address}:${port}/file`)), "kept");
      await assert.rejects(neighbour.shell("web", opens(pod, 8080)), "pods of one cluster reach those of another");
      await neighbour.down();
      assert.equal((await status(node.name)).state, "running");
    });
  });

  describe("a node that was", () => {
    const comesBack = async () => {
      assert.equal((await node.up()).state, "running");
      await waitFor("the pod's file", 60, async () => {
        const address = await node.addressOf("web");
        return (await (await fetch(`http://${address}:8080/file`)).text()) === "kept\n";
      });
      assert.equal(await node.shell("web", httpGet("http://web.default.svc.cluster.local/file")), "kept");
    };

    it("stopped comes back with its objects and volumes", async () => {
      await node.down();
      assert.equal((await status(node.name)).state, "stopped");
      await comesBack();
    });

    const rob = async (component: string) => {
      const robbed = (await node.processes()).find(({ name }) => name === component);
      assert.ok(robbed);
      process.kill(robbed.pid, "SIGKILL");
      await waitFor("the loss to show", 5, async () => (await status(node.name)).state === "broken");
    };

    it("robbed of a component comes back", async () => {
      await rob("kubelet");
      await comesBack();
    });

    it("robbed of what enforces NetworkPolicies lets nothing through, and comes back", async () => {
      const address = await node.addressOf("web");
      await connects(address, 8080);
      await rob("network-policies");
      await assert.rejects(fetch(`http://${address}:8080/file`, { signal: AbortSignal.timeout(2000) }));
      await comesBack();
    });

    it("killed altogether comes back", async () => {
      for (const { pid } of await node.processes()) kill(pid);
      await waitFor("everything to end", 10, async () => (await node.processes()).length === 0);
      await comesBack();
    });

    for (const seconds of everything ? [1, 3, 6] : [3]) {
      it(`being started by an up that is killed after ${seconds} s comes back`, async () => {
        await node.down();
        const child = spawn(process.execPath, [...cli, "up", "--node", node.name], { cwd: checkout, stdio: "ignore" });
        const ended = new Promise((resolve) => child.once("exit", resolve));
        await sleep(seconds * 1000);
        child.kill("SIGKILL");
        await ended;
        await comesBack();
      });
    }
  });

  describe("another checkout on the same machine", () => {
    let elsewhere: string;
    const local = (...args: string[]) =>
      run(process.execPath, [...cli, ...args, "--node", node.name], {
        cwd: elsewhere,
      });

    before(async () => {
      elsewhere = await mkdtemp(join(tmpdir(), "ipfs-cluster-"));
      const left = new Set(["node_modules", ".git", ".local"]);
      await cp(checkout, elsewhere, { recursive: true, filter: (path) => !left.has(basename(path)) });
      await symlink(join(checkout, "node_modules"), join(elsewhere, "node_modules"));
    });
    after(async () => {
      await local("down", "--delete-data");
      await rm(elsewhere, { recursive: true });
    });

    it("has a node of the same name with other addresses, and stops only that", async () => {
      await node.up();
      await local("up");
      const there = await local("status");
      assert.match(there, /^node test-a: running/);
      assert.ok(!there.includes(`${running.address} `));
      await local("down");
      assert.match(await local("status"), /^node test-a: stopped/);
      assert.equal((await status(node.name)).state, "running");
    });
  });

  describe("a node that is down", () => {
    it("leaves nothing behind but its disk", async () => {
      await node.down();
      await waitFor(
        "the kernel to have cleaned up",
        10,
        async () => Object.keys(added(traceless, await traces([node, neighbour]))).length === 0,
      ).catch(() => {});
      assert.deepEqual(added(traceless, await traces([node, neighbour])), {});
    });
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with another.
  }
}

function hostAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

async function connects(address: string, port: number): Promise<void> {
  const socket = connect(port, address);
  await once(socket, "connect");
  socket.destroy();
}

async function listenEverywhere(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on("error", () => {}).end());
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return { server, port: address.port };
}
