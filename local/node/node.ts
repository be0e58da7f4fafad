import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { OperatorError } from "../operatorError";
import type { Report, Tools } from "../toolchain/build";
import type { Images } from "../toolchain/images";
import { waitFor } from "../waitFor";
import { ApiServer, isServing } from "./apiServer";
import { issueCertificates, kubeconfig } from "./certificates";
import { createCgroups, removeCgroups } from "./cgroups";
import { type Component, components } from "./components";
import { configurationFiles, stableFiles, writeConfiguration } from "./configuration";
import { servesKubelet } from "./containerRuntime";
import { furnishing } from "./furnishing";
import { importImages } from "./imageStore";
import { dnsService, type NodeLayout } from "./layout";
import { connect, disconnect } from "./network";
import {
  bootSandbox,
  killSandbox,
  logTail,
  pathInSandbox,
  programDirectories,
  runInSandbox,
  type Started,
  sandboxProcesses,
  startInSandbox,
} from "./sandbox";

/** What a node is made of. */
export interface Parts {
  readonly tools: Tools;
  readonly images: Images;
}

/** Written when the node has become usable; what it is made of is in it. It lies on the node's own /run, so it goes with the node. */
const readyFile = "/run/ready";

/**
 * Starts a node, or leaves it as it is if it runs and is made of just these parts. Whatever an earlier start or stop left half done is cleaned
 * up; etcd and volumes are kept.
 *
 * @param others the other workers of its cluster, up or not.
 * @throws OperatorError with the last lines of its log when a component ends or never answers.
 */
export async function startNode(
  layout: NodeLayout,
  others: readonly NodeLayout[],
  parts: Parts,
  report: Report,
): Promise<void> {
  const fingerprint = fingerprintOf(layout, parts);
  if (await isRunning(layout, fingerprint)) return writeKubeconfig(layout);
  await stopNode(layout);

  const bootTime = new Date();
  await Promise.all([connect(layout, others.filter(isUsable)), createCgroups(layout), issueCertificates(layout)]);
  await Promise.all([
    writeConfiguration(layout, await configurationFiles(layout, parts.images)),
    writeKubeconfig(layout),
  ]);
  await bootSandbox(layout, parts.tools);
  const [first, second] = [false, true].map((late) =>
    components(layout).filter(({ needsApiServer }) => needsApiServer === late),
  );
  const started = new Map<string, Started>();

  await start(layout, first, started);
  const [server] = await Promise.all([apiServerOf(layout, started), runtimeWithImages(layout, parts.images, started)]);
  report(`node ${layout.name}: API server answers after ${since(bootTime)}`);
  if (!layout.controlPlane) await forgetDns(server);
  await start(layout, second, started);
  if (!layout.controlPlane) await furnish(layout, server, parts.images);
  await becomeUsable(layout, server, bootTime, started);
  await runInSandbox(layout, ["tee", readyFile], fingerprint);
  report(`node ${layout.name}: ready after ${since(bootTime)}`);
}

/** Ends a node and removes every trace of it but its disk. Does nothing to one that is not there. */
export async function stopNode(layout: NodeLayout): Promise<void> {
  await killSandbox(layout);
  await Promise.all([disconnect(layout), removeCgroups(layout)]);
}

/** Whether each component of the node runs. */
export function componentStates(layout: NodeLayout): ReadonlyMap<string, boolean> {
  const running = new Set(sandboxProcesses(layout).map(({ name }) => name));
  return new Map(components(layout).map(({ name }) => [name, running.has(name)]));
}

/** Whether a node runs and has become usable. */
export function isUsable(layout: NodeLayout): boolean {
  return everyComponentRuns(layout) && existsSync(pathInSandbox(layout, readyFile));
}

function everyComponentRuns(layout: NodeLayout): boolean {
  return [...componentStates(layout).values()].every(Boolean);
}

async function isRunning(layout: NodeLayout, fingerprint: string): Promise<boolean> {
  if (!isUsable(layout)) return false;
  return (await readFile(pathInSandbox(layout, readyFile), "utf8")) === fingerprint;
}

/** Differs when a node started now would be another than the one started then. */
function fingerprintOf(layout: NodeLayout, { tools, images }: Parts): string {
  const made = [
    components(layout),
    stableFiles(layout, images),
    furnishing(layout.name, images.coredns.reference),
    programDirectories(tools),
    Object.values(images).map(({ key }) => key),
  ];
  return createHash("sha256").update(JSON.stringify(made)).digest("hex");
}

/** The administrator's, of the cluster. */
async function writeKubeconfig(layout: NodeLayout): Promise<void> {
  await mkdir(dirname(layout.kubeconfig), { recursive: true });
  await writeFile(layout.kubeconfig, await kubeconfig(layout, "admin"), { mode: 0o600 });
}

async function start(layout: NodeLayout, list: readonly Component[], started: Map<string, Started>): Promise<void> {
  for (const { name, command } of list) started.set(name, await startInSandbox(layout, name, command));
}

async function apiServerOf(layout: NodeLayout, started: ReadonlyMap<string, Started>): Promise<ApiServer> {
  const server = await ApiServer.of(layout);
  await waitOn(layout, started, "kube-apiserver", "its API server to answer", () => isServing(layout));
  return server;
}

async function runtimeWithImages(
  layout: NodeLayout,
  images: Images,
  started: ReadonlyMap<string, Started>,
): Promise<void> {
  await waitOn(layout, started, "containerd", "its containerd to serve", () => servesKubelet(layout));
  await importImages(layout, Object.values(images));
}

/**
 * DNS of a node that was up before starts anew. Otherwise its Service would lead to where it was then, then nowhere, then to where it is, each
 * for a moment.
 */
async function forgetDns(server: ApiServer): Promise<void> {
  const kinds = [
    ["v1", "Pod"],
    ["discovery.k8s.io/v1", "EndpointSlice"],
  ] as const;
  for (const [apiVersion, kind] of kinds) {
    const objects = (await server.list(apiVersion, kind)).filter(
      ({ metadata }) => metadata?.labels?.["k8s-app"] === "kube-dns",
    );
    await Promise.all(objects.map(({ metadata }) => server.delete({ apiVersion, kind, metadata })));
  }
}

async function furnish({ name }: NodeLayout, server: ApiServer, images: Images): Promise<void> {
  const objects = furnishing(name, images.coredns.reference);
  // The API server makes its own namespaces in its first seconds.
  const apply = (object: (typeof objects)[number]) =>
    waitFor(
      `${object.kind} ${object.metadata?.name} to be accepted`,
      30,
      () => server.apply(object).then(() => true),
      100,
    );
  await Promise.all(objects.map(apply));
}

/** A node that was up before still looks as it did then in etcd, so only what is said and answered from now on counts. */
async function becomeUsable(
  layout: NodeLayout,
  server: ApiServer,
  bootTime: Date,
  started: ReadonlyMap<string, Started>,
): Promise<void> {
  // Times in Kubernetes are in whole seconds.
  const boot = Math.floor(bootTime.getTime() / 1000) * 1000;
  await waitOn(layout, started, "kubelet", "its kubelet to report it ready", async () => {
    const ready = await server.readySince(layout.name);
    return ready !== undefined && ready.getTime() >= boot;
  });
  await waitOn(layout, started, "kubelet", "its pods to be what they are said to be", async () => {
    const pods = await server.list<V1Pod>("v1", "Pod");
    return !pods.some((pod) => pod.spec?.nodeName === layout.name && isOlderThan(pod, boot));
  });
  const lookup = ["timeout", "1", "/bin/busybox", "nslookup", "kubernetes.default.svc.cluster.local", dnsService];
  await waitOn(layout, started, "kube-proxy", "its DNS to answer", async () => {
    await runInSandbox(layout, lookup);
    return true;
  });
}

/** Whether a pod is said to run containers from before the node was booted. */
function isOlderThan({ status }: V1Pod, boot: number): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) => {
    const startedAt = state?.running?.startedAt;
    return startedAt !== undefined && startedAt.getTime() < boot;
  });
}

/** Waits for something that `component` is to bring about, as long as all components run. */
async function waitOn(
  layout: NodeLayout,
  started: ReadonlyMap<string, Started>,
  component: string,
  what: string,
  question: () => Promise<boolean>,
): Promise<void> {
  const ended = () => [...started].find(([, { ended }]) => ended)?.[0];
  try {
    await waitFor(`node ${layout.name}: ${what}`, 120, async () => ended() !== undefined || question(), 100);
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}; ${logTail(layout, component)}`);
  }
  const name = ended();
  if (name) throw new OperatorError(`node ${layout.name}: ${name} has ended; ${logTail(layout, name)}`);
}

function since(time: Date): string {
  return `${((Date.now() - time.getTime()) / 1000).toFixed(1)} s`;
}
