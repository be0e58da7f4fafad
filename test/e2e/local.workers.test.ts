import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type NodeStatus, status, stopWorker } from "../../local";
import { diskOf, workersDirectory } from "../../local/node/layout";
import { run } from "../../local/run";
import { waitFor } from "../../local/waitFor";
import { added, type Traces, traces } from "../support/machine";
import { TestNode, webServer } from "../support/node";
import { everything } from "./support/shared";

const node = new TestNode("test-w");
const [first, second] = ["test-w", "test-w-2"];
const httpGet = (url: string) => `wget -q -O - ${url}`;
const opens = (address: string) => `nc -w 1 ${address} 8080 </dev/null`;

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP: string; readonly conditions?: { type: string; status: string }[] };
}

/** Two web servers that have to be on different machines, or would rather be. */
const pair = (name: string, apart: object) => {
  const [, pod] = webServer(name) as [object, { spec: { containers: Record<string, unknown>[] } }];
  const [{ volumeMounts, ...container }] = pod.spec.containers;
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...pod.spec, ...apart, volumes: [], containers: [container] } },
    },
  };
};

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 8080 }] },
});

/** The web server of that name, from outside. */
const balancer = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `${name}-outside` },
  spec: {
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    selector: { app: name },
    ports: [{ port: 80, targetPort: 8080 }],
  },
});

const policy = (name: string, ingress: object[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name },
  spec: { podSelector: { matchLabels: { app: "apart" } }, ingress },
});

describe("an embedded cluster of two workers", function () {
  this.timeout(300_000);
  let traceless: Traces;
  let running: NodeStatus;

  before(async () => {
    await node.destroy();
    traceless = await traces([node]);
    running = await node.up({ workers: 2 });
  });
  after(() => node.destroy());

  const podsOf = async (app: string) => (await node.read<{ items: Pod[] }>("pods", "-l", `app=${app}`)).items;
  const rolledOut = (name: string) => node.kubectl(["rollout", "status", `deployment/${name}`, "--timeout=90s"]);
  const ready = (name: string) =>
    node.kubectl(["get", "node", name, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"]);

  it("has two nodes that are Ready, each in a zone of its own", async () => {
    assert.equal(running.state, "running");
    assert.deepEqual(
      running.workers.map(({ name, state }) => [name, state]),
      [[second, "running"]],
    );
    const { items } = await node.read<{ items: { metadata: { name: string; labels: Record<string, string> } }[] }>(
      "nodes",
    );
    assert.deepEqual(
      items.map(({ metadata }) => [metadata.name, metadata.labels["topology.kubernetes.io/zone"]]),
      [
        [first, "zone-1"],
        [second, "zone-2"],
      ],
    );
    for (const name of [first, second]) assert.equal(await ready(name), "True");
  });

  it("keeps peers apart that ask for it, which reach each other by address, Service and name", async () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: "apart" } }, topologyKey: "topology.kubernetes.io/zone" },
      ],
    };
    await node.apply(pair("apart", { affinity: { podAntiAffinity } }), service("apart"));
    await rolledOut("apart");
    const pods = await podsOf("apart");
    assert.deepEqual(pods.map(({ spec }) => spec.nodeName).sort(), [first, second]);
    for (const [from, to] of [pods, pods.toReversed()]) {
      await node.shell(from.metadata.name, opens(to.status.podIP));
      await node.shell(from.metadata.name, opens("apart.default.svc.cluster.local"));
      assert.equal((await fetch(`http://${to.status.podIP}:8080/none`)).status, 404);
    }
  });

  it("enforces NetworkPolicies between its workers", async () => {
    await node.apply(...webServer("stranger", { on: second }));
    await node.addressOf("stranger");
    const [here, there] = (await podsOf("apart")).sort((one) => (one.spec.nodeName === first ? -1 : 1));
    await node.shell("stranger", opens(here.status.podIP));
    await node.apply(policy("closed", []));
    const closed = (line: string, from: string) =>
      waitFor("the policy to be known", 5, () =>
        node.shell(from, line).then(
          () => false,
          () => true,
        ),
      );
    await closed(opens(there.status.podIP), here.metadata.name);
    await closed(opens(here.status.podIP), there.metadata.name);
    await node.apply(policy("paired", [{ from: [{ podSelector: { matchLabels: { app: "apart" } } }] }]));
    const opened = (line: string, from: string) =>
      waitFor("the policy to be known", 5, () => node.shell(from, line).then(() => true));
    await opened(opens(there.status.podIP), here.metadata.name);
    await opened(opens(here.status.podIP), there.metadata.name);
    await assert.rejects(node.shell("stranger", opens(here.status.podIP)));
    assert.equal(await ready(second), "True");
  });

  it("brings who dials a load balancer of traffic policy Local to the worker of its pod, as themselves", async () => {
    const tellsWhoAsks =
      "mkdir /data/cgi-bin && cd /data/cgi-bin && printf '#!/bin/sh\\necho; echo $REMOTE_ADDR\\n' >who && chmod +x who";
    const runs = async (on: string) => {
      await node.apply(...webServer("called", { on }), balancer("called"));
      await node.addressOf("called");
      await node.shell("called", tellsWhoAsks);
    };
    await runs(second);
    const address = await waitFor("an address", 10, async () => {
      const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
      return (await node.kubectl(["get", "service", "called-outside", "-o", path])) || undefined;
    });
    const url = `http://${address}/cgi-bin/who`;
    const host = (running.address ?? "").replace(/\d+$/, "1");
    const answers = () =>
      waitFor("the web server to see the host", 10, async () => {
        const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
        return (await answer.text()).trim() === `[::ffff:${host}]`;
      });
    await answers();
    for (const { metadata } of await podsOf("apart")) await node.shell(metadata.name, httpGet(url));
    await assert.rejects(fetch(`http://${address}:81/`, { signal: AbortSignal.timeout(2000) }));

    await node.kubectl(["delete", "pod,pvc", "called"]);
    await runs(first);
    await answers();
  });

  it("makes volumes on the worker that their pod is on", async () => {
    const place = { storageClass: "small", size: "64Mi", on: second };
    const volumes = (directory: string) => join(directory, "lib/volumes");
    const before = await readdir(volumes(diskOf(node.name))).catch(() => []);
    await node.apply(...webServer("kept", place));
    await node.addressOf("kept");
    await node.shell("kept", "echo kept > /data/file; sync");
    assert.deepEqual(await readdir(volumes(diskOf(node.name))).catch(() => []), before);
    const name = await node.kubectl(["get", "pvc", "kept", "-o", "jsonpath={.spec.volumeName}"]);
    assert.ok(existsSync(join(volumes(join(workersDirectory(node.name), "2")), `${name}.xfs`)));
  });

  it("is drained of a worker's pods as their disruption budget allows", async () => {
    await node.apply(pair("moving", {}), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "moving" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "moving" } } },
    });
    await rolledOut("moving");
    const [{ spec }] = await podsOf("moving");
    const other = spec.nodeName === first ? second : first;
    const drain = (timeout: number) =>
      node.kubectl([
        "drain",
        spec.nodeName,
        "--pod-selector=app=moving",
        "--delete-emptydir-data",
        `--timeout=${timeout}s`,
      ]);
    await assert.rejects(drain(6), /would violate the pod's disruption budget/);
    await node.kubectl(["patch", "pdb", "moving", "-p", '{"spec":{"minAvailable":1}}']);
    await drain(60);
    await rolledOut("moving");
    assert.deepEqual(new Set((await podsOf("moving")).map(({ spec }) => spec.nodeName)), new Set([other]));
    await node.kubectl(["uncordon", spec.nodeName]);
  });

  it("notices the loss of a worker", async function () {
    // Kubernetes takes 50 s for it.
    if (!everything) return this.skip();
    await stopWorker(2, node.name, () => {});
    await waitFor("the node to be NotReady", 90, async () => (await ready(second)) !== "True");
  });

  it("goes on without a worker that is lost, and is whole again when it returns with its disk", async () => {
    await stopWorker(2, node.name, () => {});
    assert.equal((await status(node.name)).state, "broken");
    const [here] = (await podsOf("apart")).filter(({ spec }) => spec.nodeName === first);
    await node.shell(here.metadata.name, "nslookup kubernetes.default.svc.cluster.local");
    running = await node.up();
    assert.equal(running.state, "running");
    assert.equal(await ready(second), "True");
    await waitFor("the pod's file", 60, async () => {
      const address = await node.addressOf("kept");
      return (await node.shell(here.metadata.name, httpGet(`http://${address}:8080/file`))) === "kept";
    });
  });

  it("does without no worker that it has", async () => {
    await assert.rejects(node.up({ workers: 1 }), /has 2 workers, and what is on their disks would be lost/);
    await assert.rejects(
      stopWorker(3, node.name, () => {}),
      /has no worker 3 that could be stopped alone, only 2 to 2/,
    );
  });

  it("leaves nothing behind but its disks, and not those if told so", async () => {
    const { items } = await node.read<{ items: { metadata: { name: string } }[] }>("pv");
    const loops = async () => {
      const all = await run("losetup", ["--list", "--noheadings"]);
      return all.split("\n").filter((line) => items.some(({ metadata }) => line.includes(metadata.name)));
    };
    assert.equal((await loops()).length, 1);
    await node.down();
    assert.equal((await status(node.name)).state, "stopped");
    const left = async () => ({ ...added(traceless, await traces([node])), loops: await loops() });
    await waitFor("the kernel to have cleaned up", 30, async () => {
      const { loops, ...others } = await left();
      return loops.length === 0 && Object.keys(others).length === 0;
    }).catch(() => {});
    assert.deepEqual(await left(), { loops: [] });
    await node.destroy();
    assert.ok(!existsSync(diskOf(node.name)));
  });
});
