import { type Fault, setCommand } from "./faults";
import { parseQuantity } from "./quantity";
import type { Settings, WorkloadSettings } from "./settings";

/** What the rules may know beside the settings themselves. */
export interface RuleContext {
  /** Replicas of the last successful update; undefined on the first. */
  readonly previousReplicas?: number;
  /** The stack file's `acceptPeerLoss.downTo`. */
  readonly acceptPeerLossDownTo?: number;
}

/** Rules over more than one key. Pure; returns every fault. */
export function checkRules(settings: Settings, context: RuleContext): Fault[] {
  return [
    ...replicaRules(settings),
    ...peerLossRules(settings, context),
    ...allocationRules(settings),
    ...workloadRules("kubo", settings.kubo),
    ...workloadRules("cluster", settings.cluster),
    ...kuboRules(settings),
  ];
}

function replicaRules({ replicas, identities, replication }: Settings): Fault[] {
  const faults: Fault[] = [];
  if (identities < replicas) {
    faults.push({
      path: "identities",
      value: identities,
      reason: `fewer than replicas (${replicas}): every peer needs an identity`,
      fix: setCommand("identities", replicas),
    });
  }
  if (replication === "everywhere") return faults;
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

function peerLossRules({ replicas }: Settings, context: RuleContext): Fault[] {
  const { previousReplicas: previous, acceptPeerLossDownTo: accepted } = context;
  if (previous === undefined || replicas >= previous || accepted === replicas) return [];
  return [
    {
      path: "replicas",
      value: replicas,
      reason: `fewer than the ${previous} that run: pins stay allocated to peers ${replicas} to ${previous - 1} after they are gone, and what only they hold is lost`,
      fix: `move their pins first (docs/operations.md, "Fewer peers"), then ${setCommand("acceptPeerLoss.downTo", replicas)}`,
    },
  ];
}

function allocationRules({ allocateBy, tags }: Settings): Fault[] {
  const faults: Fault[] = [];
  for (const [index, metric] of allocateBy.entries()) {
    const path = `allocateBy[${index}]`;
    if (allocateBy.indexOf(metric) !== index) {
      faults.push({ path, value: metric, reason: "named twice", fix: "name each metric once" });
    }
    const tag = /^tag:(.+)$/.exec(metric)?.[1];
    if (tag !== undefined && tags[tag] === undefined) {
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
  return faults;
}

function workloadRules(path: string, workload: WorkloadSettings): Fault[] {
  const { requests, limits } = workload.resources;
  const faults: Fault[] = [];
  for (const name of ["cpu", "memory", "ephemeral-storage"] as const) {
    if (parseQuantity(requests[name]) > parseQuantity(limits[name])) {
      faults.push({
        path: `${path}.resources.requests.${name}`,
        value: requests[name],
        reason: `more than its limit (${limits[name]})`,
        fix: setCommand(`${path}.resources.limits.${name}`, requests[name]),
      });
    }
  }
  if (!/(:[^/]+|@sha256:[a-f0-9]{64})$/.test(workload.image) || /:latest$/.test(workload.image)) {
    faults.push({
      path: `${path}.image`,
      value: workload.image,
      reason: "a floating image: a restart could bring another version",
      fix: "pin a version tag or a digest",
    });
  }
  return faults;
}

function kuboRules({ kubo }: Settings): Fault[] {
  const faults: Fault[] = [];
  const volume = parseQuantity(kubo.volume.size);
  if (kubo.storageMax > volume) {
    faults.push({
      path: "kubo.storageMax",
      value: kubo.storageMax,
      reason: `more than the volume (${kubo.volume.size}) holds`,
      fix: "leave it out: 80 % of the volume is the default",
    });
  }
  if (kubo.connections.low > kubo.connections.high) {
    faults.push({
      path: "kubo.connections.low",
      value: kubo.connections.low,
      reason: `more than kubo.connections.high (${kubo.connections.high})`,
      fix: setCommand("kubo.connections.low", kubo.connections.high),
    });
  }
  return faults;
}

/** The least that a peer needs to be of use (checklist F105); less is allowed, with a warning. */
const minimum = {
  kubo: { cpu: "500m", memory: "512Mi", volume: "1Gi" },
  cluster: { cpu: "100m", memory: "128Mi", volume: "500Mi" },
} as const;

/** Sentences about settings that work but will hurt. */
export function warnings(settings: Settings): string[] {
  const found: string[] = [];
  for (const name of ["kubo", "cluster"] as const) {
    const { resources, volume } = settings[name];
    const check = (path: string, actual: string, least: string) => {
      if (parseQuantity(actual) < parseQuantity(least)) {
        found.push(
          `ipfs-cluster:${name}.${path} ${actual} is less than the ${least} that a ${name} peer needs at least`,
        );
      }
    };
    check("resources.limits.cpu", resources.limits.cpu, minimum[name].cpu);
    check("resources.limits.memory", resources.limits.memory, minimum[name].memory);
    check("volume.size", volume.size, minimum[name].volume);
  }
  if (settings.replication !== "everywhere" && settings.replication.max > settings.replicas) {
    found.push(
      `ipfs-cluster:replication.max ${settings.replication.max} is more than replicas (${settings.replicas}): pins are kept on ${settings.replicas}, and stay there when peers are added`,
    );
  }
  return found;
}
