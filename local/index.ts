import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Ingress, installIngress } from "./ingress";
import { locked } from "./lock";
import { layoutsOf, leaveLayouts, takeLayouts } from "./node/cluster";
import { diskOf, kubeconfigOf, type NodeLayout, nodeRanges } from "./node/layout";
import { componentStates, isUsable, startNode, stopNode } from "./node/node";
import { OperatorError } from "./operatorError";
import { checkoutId, localDirectory } from "./paths";
import { installPlugins } from "./plugins";
import { prepareMachine } from "./requirements";
import { buildModules, buildToolchain, type Report, type Tools } from "./toolchain/build";
import { buildImages, buildIngressImage } from "./toolchain/images";
import { ingressModules } from "./toolchain/modules";

export type { Ingress } from "./ingress";
export { OperatorError } from "./operatorError";
export type { Report, Tools } from "./toolchain/build";

/** The node that is meant where none is named. */
export const defaultNode = "dev";

/** `broken`: some of it runs; `up` repairs it. */
export type State = "running" | "broken" | "stopped";

/** How a node is, with all its workers. */
export interface NodeStatus {
  readonly node: string;
  /** `broken` also if some of its workers are not running. */
  readonly state: State;
  /** Where the host reaches its API server and node ports, unless it is stopped. */
  readonly address?: string;
  /** The addresses of its pods, which the host reaches too. */
  readonly podRange?: string;
  /** The addresses of its load balancers, which the host reaches too. */
  readonly loadBalancerRange?: string;
  readonly kubeconfig: string;
  /** Its disk, which `down` keeps. */
  readonly disk: string;
  /** Whether each component runs. */
  readonly components: ReadonlyMap<string, boolean>;
  /** Its further workers, beside the one that has the control plane. */
  readonly workers: readonly WorkerStatus[];
}

/** How a further worker is. */
export interface WorkerStatus {
  /** What Kubernetes calls it. */
  readonly name: string;
  readonly state: State;
  readonly address: string;
  /** The addresses of its pods, which the host reaches too. */
  readonly podRange: string;
  /** Whether each component runs. */
  readonly components: ReadonlyMap<string, boolean>;
}

export interface UpOptions {
  /** How many machines of its cluster run pods, each a zone of its own. Default: as many as it has, and one at first. */
  readonly workers?: number;
}

/** The built toolchain: builds what is not built yet, which takes minutes the first time and milliseconds later. */
export async function tools(report: Report = toStandardError): Promise<Tools> {
  await prepareMachine(report);
  return buildToolchain(report);
}

/**
 * Starts a node of this checkout and returns when pods can be run on it. One that runs already is left alone; one that was stopped or
 * killed comes back with its data.
 *
 * @throws OperatorError saying what is missing or which component failed, or that there are more workers.
 */
export async function up(
  node: string = defaultNode,
  report: Report = toStandardError,
  { workers }: UpOptions = {},
): Promise<NodeStatus> {
  checkName(node);
  const built = await tools(report);
  const images = await buildImages(built, report);
  await exclusively(node, report, async () => {
    const layouts = await takeLayouts(node, workers);
    for (const layout of layouts) {
      const others = layouts.filter((other) => other !== layout);
      await startNode(layout, others, { tools: built, images }, report);
    }
  });
  return status(node);
}

/**
 * Gives a running node an ingress controller, which stays in it like everything else that is in its cluster, and returns when it serves. The
 * first time on a machine it is built, which takes minutes.
 *
 * @throws OperatorError when the node does not run.
 */
export async function addIngress(node: string = defaultNode, report: Report = toStandardError): Promise<Ingress> {
  checkName(node);
  const { programs } = await tools(report);
  const image = await buildIngressImage(await buildModules(ingressModules, report), report);
  return exclusively(node, report, async () => {
    const [layout] = await layoutsOf(node);
    if (!layout || !isUsable(layout)) {
      throw new OperatorError(`Node ${node} is not up. Start it: npm run local -- up --node ${node}`);
    }
    return installIngress(layout, { image, kubectl: programs.kubectl }, report);
  });
}

export interface DownOptions {
  /** Whether the node's disk goes too: everything in its cluster, volumes included. */
  readonly deleteData?: boolean;
}

/** Stops a node at once, leaving nothing of it but its disk. */
export async function down(
  node: string = defaultNode,
  { deleteData = false }: DownOptions = {},
  report: Report = toStandardError,
): Promise<void> {
  checkName(node);
  await exclusively(node, report, async () => {
    const layouts = await layoutsOf(node);
    for (const layout of layouts.toReversed()) await stopNode(layout);
    if (!deleteData) return;
    await leaveLayouts(node);
    await rm(diskOf(node), { recursive: true, force: true });
    await rm(dirname(kubeconfigOf(node)), { recursive: true, force: true });
  });
}

/**
 * Stops one of a node's further workers at once, as if it had lost power; `up` brings it back with its disk.
 *
 * @param worker its number, from 2 on: the first has the control plane.
 * @throws OperatorError when there is none of that number.
 */
export async function stopWorker(
  worker: number,
  node: string = defaultNode,
  report: Report = toStandardError,
): Promise<void> {
  checkName(node);
  await exclusively(node, report, async () => {
    const [, ...workers] = await layoutsOf(node);
    const layout = workers[worker - 2];
    if (!layout) {
      const which = workers.length > 0 ? `2 to ${workers.length + 1}` : "none";
      throw new OperatorError(`Node ${node} has no worker ${worker} that could be stopped alone, only ${which}`);
    }
    await stopNode(layout);
  });
}

/** How a node is, without changing anything. */
export async function status(node: string = defaultNode): Promise<NodeStatus> {
  checkName(node);
  const known = { node, kubeconfig: kubeconfigOf(node), disk: diskOf(node) };
  const [first, ...further] = await layoutsOf(node);
  if (!first) return { ...known, state: "stopped", components: new Map(), workers: [] };
  const components = componentStates(first);
  const workers = further.map((layout) => {
    const { name, address, podRange } = layout;
    return { name, state: stateOf(layout), address, podRange, components: componentStates(layout) };
  });
  const states = new Set([stateOf(first), ...workers.map(({ state }) => state)]);
  const state = states.size === 1 ? stateOf(first) : "broken";
  if (state === "stopped") return { ...known, state, components, workers };
  const { address, podRange, loadBalancerRange } = first;
  return { ...known, state, address, podRange, loadBalancerRange, components, workers };
}

function stateOf(layout: NodeLayout): State {
  if (isUsable(layout)) return "running";
  return [...componentStates(layout).values()].some(Boolean) ? "broken" : "stopped";
}

/** Environment variables with which kubectl and helm act on a node. */
export function clusterEnvironment(node: string = defaultNode): Record<string, string> {
  checkName(node);
  // The machine may reach the outside through a proxy, but not its own nodes.
  const { NO_PROXY, no_proxy } = process.env;
  const direct = [NO_PROXY ?? no_proxy ?? "", ...nodeRanges].filter(Boolean).join(",");
  const kubeconfig = kubeconfigOf(node);
  // What kubectl remembers of a cluster's kinds goes with the cluster: another one may be at the same address tomorrow.
  return { KUBECONFIG: kubeconfig, KUBECACHEDIR: join(dirname(kubeconfig), "cache"), NO_PROXY: direct };
}

/** Environment variables with which pulumi, kubectl and helm act on a node and find each other; installs Pulumi's plugins. */
export async function environment(node: string = defaultNode, built?: Tools): Promise<Record<string, string>> {
  const { path, programs } = built ?? (await tools());
  const home = join(localDirectory, "pulumi");
  const state = join(localDirectory, "state");
  await mkdir(state, { recursive: true });
  await installPlugins({ pulumi: programs.pulumi, home });
  return {
    ...clusterEnvironment(node),
    PATH: `${path}:${process.env.PATH}`,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    // Local stacks hold nothing that this disk does not hold in clear: the passphrase only has to be the same each time.
    ...(hasPassphrase() ? {} : { PULUMI_CONFIG_PASSPHRASE: "local" }),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

function hasPassphrase(): boolean {
  return "PULUMI_CONFIG_PASSPHRASE" in process.env || "PULUMI_CONFIG_PASSPHRASE_FILE" in process.env;
}

function exclusively<T>(node: string, report: Report, work: () => Promise<T>): Promise<T> {
  const waiting = () => report(`node ${node} is being started or stopped by another process; waiting for it`);
  return locked(`node-${checkoutId}-${node}`, work, waiting);
}

/** A node's name is one of a Kubernetes object, a folder beside Pulumi's, and part of socket paths, which are short. */
function checkName(node: string): void {
  if (/^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/.test(node) && !reserved.has(node)) return;
  throw new OperatorError(
    `"${node}" cannot be the name of a node: use up to 20 lower-case letters, digits and dashes, but not ${[...reserved].join(", ")}`,
  );
}

const reserved = new Set(["pulumi", "plugins", "state"]);

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
