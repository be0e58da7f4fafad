import { type Fault, removeCommand, setCommand } from "./faults";
import { parseQuantity } from "./quantity";
import type { Settings, Topology } from "./settings";
import type { VolumeSettings } from "./workload";

/** What the last successful update left behind, as the stack's outputs say it; undefined where there was none, or it did not say yet. */
export interface PreviousStack {
  readonly replicas?: number;
  readonly namespace?: string;
  /** The namespace is one of its resources. */
  readonly createsNamespace?: boolean;
  readonly topology?: Topology;
  /** It took over objects that were there already; from then on a stack goes on doing so. */
  readonly adopts?: boolean;
  readonly volumes?: Readonly<Record<"kubo" | "cluster", VolumeSettings>>;
  readonly images?: Readonly<Record<"kubo" | "cluster", string>>;
  readonly acceptPeerLoss?: Settings["acceptPeerLoss"];
  readonly onDestroy?: Settings["volumes"]["onDestroy"];
}

/** What the rules may know beside the settings themselves. */
export interface RuleContext {
  readonly previous: PreviousStack;
  /** The stack file's `acceptDowngrade`. */
  readonly acceptDowngrade?: Readonly<Partial<Record<"kubo" | "cluster", string>>>;
  /** Sections of the stack file whose form is at fault, so that defaults stand in their place: `replicas`, `kubo.volume`. */
  readonly broken: ReadonlySet<string>;
}

/**
 * Whether a namespace and volumes that are there already are the stack's own: those of an earlier stack whose identities it has, or which
 * it was told to accept, and those of peers that went and come back. Anybody else's are left alone, and the update fails.
 */
export function takesOver(settings: Settings, previous: PreviousStack, kept: boolean): boolean {
  const { replicas, volumes, secrets } = settings;
  const comingBack = previous.replicas !== undefined && replicas > previous.replicas;
  const brought = Object.values(secrets.identities).every(({ source }) => source !== "generated");
  return kept || brought || volumes.acceptOtherIdentities || comingBack || previous.adopts === true;
}

/** Peers go in two updates: the first says which, so that their pins can be moved, and the second lets them go. */
export function peerLossRules({ stack, replicas, acceptPeerLoss }: Settings, { previous }: RuleContext): Fault[] {
  const { replicas: ran, onDestroy } = previous;
  if (ran === undefined || replicas >= ran) return [];
  const faults: Fault[] = [];
  if ([acceptPeerLoss, previous.acceptPeerLoss].some((accepted) => accepted?.downTo !== replicas)) {
    faults.push({
      path: "replicas",
      value: replicas,
      reason: `fewer than the ${ran} that run: pins stay allocated to peers ${replicas} to ${ran - 1} after they are gone, and what only they hold is lost`,
      fix: `move their pins first: ${setCommand("acceptPeerLoss.downTo", replicas)} with replicas ${ran}, pulumi up, npm run drain -- ${stack} (docs/operations.md, "Fewer peers")`,
    });
  }
  if (onDestroy === "delete-all-data") {
    faults.push({
      path: "replicas",
      value: replicas,
      reason: `the volumes of peers ${replicas} to ${ran - 1} would be deleted, as volumes.onDestroy was delete-all-data, with what was added since they were drained`,
      fix: `${setCommand("volumes.onDestroy", "retain")} with replicas ${ran}, pulumi up`,
    });
  }
  return faults;
}

/** A volume grows; it neither shrinks nor moves. */
export function keptVolumeRules(name: "kubo" | "cluster", settings: Settings, { previous }: RuleContext): Fault[] {
  const before = previous.volumes?.[name];
  if (before === undefined) return [];
  const { size, class: storageClass } = settings[name].volume;
  const faults: Fault[] = [];
  if (parseQuantity(size) < parseQuantity(before.size)) {
    const path = `${name}.volume.size`;
    const reason = `less than the ${before.size} that the volumes have: they can't shrink`;
    faults.push({ path, value: size, reason, fix: setCommand(path, before.size) });
  }
  if (storageClass !== before.class) {
    const path = `${name}.volume.class`;
    const was = before.class ?? "the cluster's default class";
    const reason = `the volumes were made with ${was}, and can't move to another`;
    faults.push({
      path,
      value: storageClass,
      reason,
      fix: before.class ? setCommand(path, before.class) : removeCommand(path),
    });
  }
  return faults;
}

/** A namespace's volumes can't move to another; and one that the stack gives up is deleted, if `destroy` would delete it. */
export function keptNamespaceRules({ namespace }: Settings, { previous }: RuleContext): Fault[] {
  const faults: Fault[] = [];
  if (previous.namespace !== undefined && previous.namespace !== namespace.name) {
    const path = "namespace.name";
    const reason = `the stack is in ${previous.namespace}: elsewhere it would start again, with empty volumes`;
    faults.push({ path, value: namespace.name, reason, fix: setCommand(path, previous.namespace) });
  }
  if (previous.createsNamespace && !namespace.create && previous.onDestroy === "delete-all-data") {
    faults.push({
      path: "namespace.create",
      value: false,
      reason:
        "the stack made its namespace, and volumes.onDestroy was delete-all-data: giving it up deletes it, with all volumes",
      fix: `${setCommand("volumes.onDestroy", "retain")} with namespace.create true, pulumi up; then this`,
    });
  }
  return faults;
}

/** The volumes are named after the pods that they belong to. A stack that does not say is of a time when there was one topology. */
export function keptTopologyRules({ topology }: Settings, { previous }: RuleContext): Fault[] {
  const before = previous.topology ?? (previous.namespace === undefined ? topology : "paired");
  if (topology === before) return [];
  const reason = `the stack is ${before}: its pods would start again as others, with empty volumes`;
  const fix = `${setCommand("topology", before)}; a stack of its own can be ${topology}, and take the content over (docs/operations.md, "Another topology")`;
  return [{ path: "topology", value: topology, reason, fix }];
}
