import { durationRules, intervalFaults } from "./durationRules";
import { certificateRules, hostRules, portRules } from "./exposure/hostRules";
import { chartRules, internalRules, ownerRules, splitRules } from "./exposure/ineffective";
import {
  annotationRules,
  balancerTlsRules,
  clientWayRules,
  gatewayRules,
  gceRules,
  proxyRules,
  websocketRules,
} from "./exposure/rules";
import { type Fault, removeCommand, setCommand } from "./faults";
import {
  announceFaults,
  argumentFaults,
  batchingFaults,
  clusterDaemon,
  kuboConfigFaults,
  kuboDaemon,
  relayFaults,
  serviceJsonFaults,
  variableFaults,
} from "./freeForm";
import { isPinned } from "./images";
import { networkRules } from "./networkRules";
import {
  keptNamespaceRules,
  keptTopologyRules,
  keptVolumeRules,
  peerLossRules,
  type RuleContext,
} from "./previousStack";
import { parseQuantity } from "./quantity";
import { secretsRules } from "./secrets/rules";
import type { Settings } from "./settings";
import { downgradeRules, migrationRules } from "./versions";
import type { VolumeSettings, WorkloadSettings } from "./workload";

/** A rule over one or more sections of the stack file; it makes sense only where all that it reads is sound. */
interface Rule {
  readonly reads: readonly string[];
  readonly check: (settings: Settings, context: RuleContext) => Fault[];
}

const httpApis = ["exposure.gateway", "exposure.rest", "exposure.pinning"];
const hosted = [...httpApis, "exposure.swarm", "gatewayApi", "istio", "replicas"];

const rules: readonly Rule[] = [
  { reads: ["replicas", "identities"], check: identityRules },
  { reads: ["replicas", "replication"], check: replicationRules },
  { reads: ["replicas", "acceptPeerLoss"], check: peerLossRules },
  { reads: ["topUp"], check: topUpRules },
  ...durationRules,
  { reads: ["allocateBy", "tags"], check: allocationRules },
  ...(["kubo", "cluster"] as const).flatMap((name): Rule[] => [
    { reads: [`${name}.image`], check: (settings) => imageRules(`${name}.image`, settings[name].image) },
    {
      reads: [`${name}.image`, "acceptDowngrade"],
      check: (settings, context) => downgradeRules(name, settings, context),
    },
    { reads: [`${name}.volume`], check: (settings) => volumeRules(`${name}.volume`, settings[name].volume) },
    { reads: [`${name}.resources`], check: (settings) => resourceRules(`${name}.resources`, settings[name].resources) },
  ]),
  { reads: ["kubo.image"], check: migrationRules },
  { reads: ["gateway"], check: ({ gateway }) => resourceRules("gateway.resources", gateway.resources) },
  { reads: ["kubo.volume"], check: (settings, context) => keptVolumeRules("kubo", settings, context) },
  { reads: ["cluster.volume"], check: (settings, context) => keptVolumeRules("cluster", settings, context) },
  { reads: ["namespace"], check: keptNamespaceRules },
  { reads: ["topology"], check: keptTopologyRules },
  { reads: ["topology", "kubo.nodeSelector", "cluster.nodeSelector"], check: sharedNodeRules },
  { reads: ["topology", "kubo.priorityClassName", "cluster.priorityClassName"], check: sharedPriorityRules },
  { reads: ["kubo.volume", "kubo.storageMax"], check: storageRules },
  { reads: ["kubo.connections", "network"], check: connectionRules },
  { reads: ["kubo.config", "network"], check: kuboConfigFaults },
  { reads: ["kubo.config", "network"], check: relayFaults },
  { reads: ["kubo.config", "network", "exposure.swarm"], check: announceFaults },
  { reads: ["cluster.config"], check: batchingFaults },
  { reads: ["cluster.config", "cluster.pinningService", "cluster.proxy"], check: serviceJsonFaults },
  { reads: ["kubo.environment"], check: ({ kubo }) => variableFaults(kuboDaemon, kubo.environment) },
  { reads: ["cluster.environment"], check: ({ cluster }) => variableFaults(clusterDaemon, cluster.environment) },
  { reads: ["kubo.arguments"], check: ({ kubo }) => argumentFaults(kuboDaemon, kubo.arguments) },
  { reads: httpApis, check: balancerTlsRules },
  { reads: ["exposure.rest", "exposure.pinning", "cluster.pinningService"], check: clientWayRules },
  { reads: ["exposure.gateway", "gateway", "network", "gatewayApi"], check: gatewayRules },
  { reads: [...hosted, "tls", "certManager"], check: certificateRules },
  { reads: [...hosted, "ingressController"], check: proxyRules },
  { reads: httpApis, check: annotationRules },
  { reads: [...httpApis, "exposure.swarm", "ingressController", "cluster.metrics"], check: gceRules },
  { reads: hosted, check: hostRules },
  { reads: [...hosted, "exposure.peer", "network"], check: portRules },
  { reads: ["exposure.swarm", "network"], check: websocketRules },
  { reads: ["exposure.swarm", "exposure.peer"], check: internalRules },
  { reads: ["exposure.swarm", "network"], check: splitRules },
  { reads: hosted, check: ownerRules },
  { reads: ["ingressController", "certManager"], check: chartRules },
  { reads: ["networkPolicies", "topology", "cluster.proxy", "cluster.metrics"], check: networkRules },
  { reads: ["secrets", "identities"], check: secretsRules },
  { reads: ["cluster.arguments"], check: ({ cluster }) => argumentFaults(clusterDaemon, cluster.arguments) },
];

/** Rules over values. Pure; returns every fault. */
export function checkRules(settings: Settings, context: RuleContext): Fault[] {
  const sound = (path: string) => !context.broken.has(path) && !context.broken.has(path.split(".")[0]);
  return rules.flatMap(({ reads, check }) => (reads.every(sound) ? check(settings, context) : []));
}

function identityRules({ replicas, identities }: Settings): Fault[] {
  if (identities >= replicas) return [];
  return [
    {
      path: "identities",
      value: identities,
      reason: `fewer than replicas (${replicas}): every peer needs an identity`,
      fix: `${setCommand("identities", replicas)}, or more, as every change of it restarts all peers`,
    },
  ];
}

function replicationRules({ replicas, replication }: Settings): Fault[] {
  if (replication === "everywhere") return [];
  const faults: Fault[] = [];
  if (replication.min > replication.max) {
    faults.push({
      path: "replication.min",
      value: replication.min,
      reason: `more than replication.max (${replication.max})`,
      fix: setCommand("replication.min", replication.max),
    });
  }
  if (replication.min > replicas) {
    faults.push({
      path: "replication.min",
      value: replication.min,
      reason: `more than replicas (${replicas}): no pin could ever be allocated`,
      fix: `${setCommand("replication.min", replicas)}, or more replicas`,
    });
  }
  return faults;
}

function topUpRules({ topUp }: Settings): Fault[] {
  if (topUp === false) return [];
  return [...intervalFaults("topUp.every", topUp.every), ...imageRules("topUp.image", topUp.image)];
}

function allocationRules({ allocateBy, tags }: Settings): Fault[] {
  const faults: Fault[] = [];
  for (const [index, metric] of allocateBy.entries()) {
    const path = `allocateBy[${index}]`;
    if (allocateBy.indexOf(metric) !== index) {
      faults.push({ path, value: metric, reason: "named twice", fix: "name each metric once" });
    }
    const tag = /^tag:(.+)$/.exec(metric)?.[1];
    if (tag !== undefined && !Object.hasOwn(tags, tag)) {
      faults.push({
        path,
        value: metric,
        reason: `no tag ${tag} is set, and a peer that lacks a metric named here never gets a pin`,
        fix: setCommand(`tags.${tag}`, "<value>"),
      });
    }
  }
  if (allocateBy.includes("freespace") && allocateBy.includes("reposize")) {
    faults.push({
      path: "allocateBy",
      value: allocateBy,
      reason: "ipfs-cluster measures either freespace or reposize, not both",
      fix: "keep one of them",
    });
  }
  return [...faults, ...metricOrderFaults(allocateBy)];
}

/** Peers are grouped by tags; by any other metric each is a group of its own, and what comes after it decides between equals. */
function metricOrderFaults(allocateBy: readonly string[]): Fault[] {
  return allocateBy.flatMap((metric, index) => {
    const before = allocateBy.slice(0, index);
    const first = before.find((each) => !each.startsWith("tag:"));
    // Of queues, those of up to 100000 pins are equal, so free space or the repository's size does come after them.
    const decides = metric === "freespace" || metric === "reposize";
    if (first === undefined || decides || before.includes(metric)) return [];
    const reason = `after ${first}, by which every peer is a group of its own, it spreads nothing, and a peer that lacks it gets no pin all the same`;
    return [{ path: `allocateBy[${index}]`, value: metric, reason, fix: `name it before ${first}` }];
  });
}

function imageRules(path: string, image: string): Fault[] {
  if (isPinned(image)) return [];
  const reason = "a floating image: a restart could bring another version";
  return [{ path, value: image, reason, fix: "pin a version tag or a digest" }];
}

function volumeRules(path: string, { size }: VolumeSettings): Fault[] {
  return byteFaults(`${path}.size`, size);
}

/** In one pod both programs are on one machine. */
function sharedNodeRules({ topology, kubo, cluster }: Settings): Fault[] {
  if (topology !== "colocated") return [];
  const other = kubo.nodeSelector;
  return Object.entries(cluster.nodeSelector).flatMap(([label, value]) =>
    Object.hasOwn(other, label) && other[label] !== value
      ? [differs(`cluster.nodeSelector[${JSON.stringify(label)}]`, value, other[label])]
      : [],
  );
}

function sharedPriorityRules({ topology, kubo, cluster }: Settings): Fault[] {
  const [own, other] = [cluster.priorityClassName, kubo.priorityClassName];
  if (topology !== "colocated" || own === undefined || other === undefined || own === other) return [];
  return [differs("cluster.priorityClassName", own, other)];
}

function differs(path: string, value: string, other: string): Fault {
  const reason = `kubo has ${JSON.stringify(other)}, and with topology: colocated both are in one pod`;
  return { path, value, reason, fix: setCommand(path, other) };
}

function resourceRules(path: string, { requests, limits }: WorkloadSettings["resources"]): Fault[] {
  const faults = [
    ...byteFaults(`${path}.limits.memory`, limits.memory),
    ...byteFaults(`${path}.limits.ephemeral-storage`, limits["ephemeral-storage"]),
  ];
  if (parseQuantity(limits.cpu) < 0.001) {
    faults.push({ path: `${path}.limits.cpu`, value: limits.cpu, reason: "less than 1m, the least there is" });
  }
  for (const name of ["cpu", "memory", "ephemeral-storage"] as const) {
    if (parseQuantity(requests[name]) > parseQuantity(limits[name])) {
      faults.push({
        path: `${path}.requests.${name}`,
        value: requests[name],
        reason: `more than its limit (${limits[name]})`,
        fix: setCommand(`${path}.limits.${name}`, requests[name]),
      });
    }
  }
  return faults;
}

/** "512m" is half a byte, and Kubernetes takes it without a word. */
function byteFaults(path: string, quantity: string): Fault[] {
  const bytes = parseQuantity(quantity);
  if (bytes >= 2 ** 20) return [];
  const meant = /^([\d.]+)m$/.exec(quantity)?.[1];
  return [
    {
      path,
      value: quantity,
      reason: `${bytes} bytes, less than any peer can work with`,
      fix: setCommand(path, meant ? `${meant}M` : "<quantity>"),
    },
  ];
}

function storageRules({ kubo }: Settings): Fault[] {
  const path = "kubo.storageMax";
  const volume = parseQuantity(kubo.volume.size);
  if (kubo.storageMax > volume) {
    return [
      {
        path,
        reason: `${kubo.storageMax} bytes, more than the volume (${kubo.volume.size}) holds`,
        fix: `${removeCommand(path)}, as 80 % of the volume is the default`,
      },
    ];
  }
  // With a volume at fault, so is its share.
  return volume < 2 ** 20 ? [] : byteFaults(path, String(kubo.storageMax));
}

function connectionRules({ kubo }: Settings): Fault[] {
  const { low, high } = kubo.connections;
  if (low <= high) return [];
  return [
    {
      path: "kubo.connections.low",
      value: low,
      reason: `more than kubo.connections.high (${high})`,
      fix: setCommand("kubo.connections.low", high),
    },
  ];
}
