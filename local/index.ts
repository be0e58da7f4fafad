import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Ingress, installIngress } from "./ingress";
import { locked } from "./lock";
import { diskOf, kubeconfigOf, nodeLayout, nodeRanges } from "./node/layout";
import { componentStates, isUsable, startNode, stopNode } from "./node/node";
import { leavePlace, placeOf, takePlace } from "./node/places";
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

/** How a node is. */
export interface NodeStatus {
  readonly node: string;
  /** `broken`: some of it runs; `up` repairs it. */
  readonly state: "running" | "broken" | "stopped";
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
 * @throws OperatorError saying what is missing or which component failed.
 */
export async function up(node: string = defaultNode, report: Report = toStandardError): Promise<NodeStatus> {
  checkName(node);
  const built = await tools(report);
  const images = await buildImages(built, report);
  await exclusively(node, report, async () => {
    const layout = nodeLayout(node, await takePlace(node));
    await startNode(layout, { tools: built, images }, report);
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
    const place = await placeOf(node);
    const layout = place && nodeLayout(node, place);
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
    const place = await placeOf(node);
    if (place) await stopNode(nodeLayout(node, place));
    if (!deleteData) return;
    await rm(diskOf(node), { recursive: true, force: true });
    await rm(dirname(kubeconfigOf(node)), { recursive: true, force: true });
    await leavePlace(node);
  });
}

/** How a node is, without changing anything. */
export async function status(node: string = defaultNode): Promise<NodeStatus> {
  checkName(node);
  const known = { node, kubeconfig: kubeconfigOf(node), disk: diskOf(node) };
  const place = await placeOf(node);
  if (!place) return { ...known, state: "stopped", components: new Map() };
  const layout = nodeLayout(node, place);
  const components = componentStates(layout);
  const some = [...components.values()].some(Boolean);
  if (!some) return { ...known, state: "stopped", components };
  const { address, podRange, loadBalancerRange } = layout;
  const state = isUsable(layout) ? "running" : "broken";
  return { ...known, state, address, podRange, loadBalancerRange, components };
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
