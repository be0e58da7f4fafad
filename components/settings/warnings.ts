import { exposureWarnings } from "./exposure/rules";
import type { PreviousStack } from "./previousStack";
import { parseQuantity } from "./quantity";
import type { Settings } from "./settings";
import { versionWarnings } from "./versions";

/** The least that a peer needs to be of use (checklist F105); less is allowed, with a warning. */
const minimum = {
  kubo: { cpu: "500m", memory: "512Mi", volume: "1Gi" },
  cluster: { cpu: "100m", memory: "128Mi", volume: "500Mi" },
} as const;

/** Names that StorageClasses of shared file systems go by: their locks and fsync are not what the datastores rely on. */
const sharedFileSystem = /(^|[^a-z])(nfs|efs|smb|cifs|azurefile|filestore|cephfs|glusterfs|s3fs|gcsfuse)([^a-z]|$)/;

/**
 * Sentences about settings that work but will hurt.
 *
 * @param previous what the last successful update left behind; without it nothing is said of upgrades.
 */
export function warnings(settings: Settings, previous: PreviousStack = {}): string[] {
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
    if (volume.class && sharedFileSystem.test(volume.class)) {
      found.push(
        `ipfs-cluster:${name}.volume.class ${volume.class} is a shared file system, by its name: datastores lose data on one, so take a class of block or local volumes`,
      );
    }
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
  if (settings.acceptPeerLoss && settings.acceptPeerLoss.downTo < settings.replicas) {
    const { downTo } = settings.acceptPeerLoss;
    found.push(
      `ipfs-cluster:acceptPeerLoss.downTo ${downTo} is less than replicas (${settings.replicas}): peers from ${downTo} on are about to leave, and pins that lack copies get none there`,
    );
  }
  found.push(...versionWarnings(settings, previous));
  found.push(...exposureWarnings(settings));
  return found;
}
