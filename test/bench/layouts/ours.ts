import type { Topology } from "../../../components/settings";
import { podName } from "../../../components/workload";
import { nodeRanges } from "../../../local/node/layout";
import { type Registered, runProgram } from "../../support/graph";
import { type Layout, type Manifest, namespaceName } from "./layout";

/** Whoever measures is outside the fence like everybody else. */
const here = { ranges: [nodeRanges[0]] };

/** This program's own objects for a number of peers, taken from what it registers. */
export async function ours(peers: number, topology: Topology = "paired"): Promise<Layout> {
  const { resources } = await runProgram({
    stack: "bench",
    settings: {
      environment: "dev",
      replicas: peers,
      topology,
      namespace: { name: namespaceName },
      // In one pod kubo's RPC is on loopback, open to nobody.
      networkPolicies: { clients: [here], ...(topology === "paired" ? { admins: [here] } : {}) },
    },
  });
  const manifests = resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map((one) => manifest(one, resources));
  const namespace = only(manifests, ({ kind }) => kind === "Namespace");
  const credentials = only(manifests, ({ metadata }) => metadata?.name === "cluster-credentials");
  const { username, password } = credentials.stringData as Record<string, string>;
  return {
    name: topology === "paired" ? "this program" : `this program, ${topology}`,
    peers,
    namespace,
    objects: manifests.filter((one) => one !== namespace),
    kuboPod: (peer) => podName({ topology }, "ipfs", peer),
    clusterPod: (peer) => podName({ topology }, "cluster", peer),
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
  };
}

/**
 * The floor: the same objects, but the daemons are started right away, with nothing before or around them. What it can't do without, an
 * initialised repository and a complete configuration, stays.
 */
export async function floor(peers: number): Promise<Layout> {
  const layout = await ours(peers);
  const objects = layout.objects.map((object) => {
    if (object.kind !== "StatefulSet") return object;
    const set = structuredClone(object) as Manifest & { spec: { template: { spec: { containers: Container[] } } } };
    for (const container of set.spec.template.spec.containers) container.command = barely(container);
    return set;
  });
  return { ...layout, name: "floor", objects };
}

/** The daemon alone, and for ipfs-cluster what puts its configuration together. */
function barely({ name, command: [shell, flag, script] }: Container): string[] {
  if (name === "kubo") return ["ipfs", "daemon", "--migrate=true"];
  const [compose] = script.split("\nset +e\n");
  return [shell, flag, `${compose}\nexec ipfs-cluster-service daemon`];
}

interface Container {
  readonly name: string;
  command: string[];
}

function manifest({ type, name, inputs }: Registered, all: readonly Registered[]): Manifest {
  const [, group, kind] = type.split(":");
  const metadata = inputs.metadata as { readonly name?: string };
  return {
    ...inputs,
    apiVersion: group.replace(/^core\//, ""),
    kind,
    metadata: { ...metadata, name: metadata.name ?? nameGivenTo(name, all) },
  };
}

/** The name that an autonamed resource got, as what runs pods refers to it. */
function nameGivenTo(resource: string, all: readonly Registered[]): string {
  const references = JSON.stringify(all.filter(({ type }) => /:(StatefulSet|CronJob)$/.test(type)));
  const name = new RegExp(`"(${resource}-[0-9a-f]{8})"`).exec(references)?.[1];
  if (!name) throw new Error(`nothing that runs pods refers to ${resource}`);
  return name;
}

function only<T>(list: readonly T[], wanted: (one: T) => boolean): T {
  const [found, ...others] = list.filter(wanted);
  if (!found || others.length > 0) throw new Error(`${found ? others.length + 1 : 0} objects where there must be one`);
  return found;
}
