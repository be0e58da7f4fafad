import { exposureWarnings } from "./exposure/rules";
import { parseQuantity } from "./quantity";
import type { Settings } from "./settings";

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
  if (settings.topology === "colocated" && settings.cluster.proxy) {
    found.push(
      "ipfs-cluster:cluster.proxy true is a way around topology: colocated: whoever reaches the proxy's port reaches kubo's RPC behind it",
    );
  }
  found.push(...exposureWarnings(settings));
  return found;
}
