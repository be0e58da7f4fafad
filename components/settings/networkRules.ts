import { isIPv4 } from "node:net";
import { hasCloudMetadata } from "../cloudMetadata";
import { ineffective } from "./exposure/ineffective";
import { type Fault, setCommand } from "./faults";
import type { Caller } from "./network";
import type { Settings } from "./settings";

/** What of the settings would give away kubo's RPC, or a cloud's metadata. */
export function networkRules(settings: Settings): Fault[] {
  return [...openRpcRules(settings), ...idleRules(settings), ...dnsRules(settings)];
}

/** Somebody is let in to what nobody serves. Lists of policies that are switched off may wait for them. */
function idleRules({ cluster, networkPolicies: policies, topology }: Settings): Fault[] {
  if (!policies.enabled) return [];
  const given = (list: "admins" | "monitoring") => (policies[list].length > 0 ? policies[list] : undefined);
  return [
    ...(topology === "colocated" && !cluster.proxy
      ? ineffective(
          { "networkPolicies.admins": given("admins") },
          "kubo's RPC is on its pods' loopback (topology: colocated) and there is no proxy, so nothing is opened to them",
          `${setCommand("cluster.proxy", true)} if they are to reach the RPC through it`,
        )
      : []),
    ...(cluster.metrics
      ? []
      : ineffective(
          { "networkPolicies.monitoring": given("monitoring") },
          "there are no metrics (cluster.metrics), so nothing is opened to it",
          setCommand("cluster.metrics", true),
        )),
  ];
}

/** Without policies kubo's RPC is everybody's, unless it is on loopback; with admins of any address as well. */
function openRpcRules({ cluster, networkPolicies: policies, topology }: Settings): Fault[] {
  if (policies.acceptOpenRpc) return [];
  const accept = setCommand("networkPolicies.acceptOpenRpc", true);
  if (!policies.enabled) {
    if (topology === "colocated") return [];
    return [
      {
        path: "networkPolicies.enabled",
        value: false,
        reason: "every pod of the Kubernetes cluster could administer kubo, whose RPC has no credentials",
        fix: `${setCommand("networkPolicies.enabled", true)}; or, where others fence the namespace, ${accept}`,
      },
    ];
  }
  if (topology === "colocated" && !cluster.proxy) return [];
  return rangesOf("admins", policies.admins)
    .filter(({ range }) => isWide(range))
    .map(({ path, range }) => ({
      path,
      value: range,
      reason: `wider than /${widest.v4} (IPv4) or /${widest.v6} (IPv6): whoever has one of so many addresses could administer kubo, whose RPC has no credentials`,
      fix: `name the administrators' own addresses, or their pods by namespace and labels; or, where others fence the namespace, ${accept}`,
    }));
}

/** Prefix lengths of the largest networks that somebody has alone: 10.0.0.0/8, and what a registry gives a provider. */
const widest = { v4: 8, v6: 32 };

function isWide(range: string): boolean {
  const [address, length] = range.split("/");
  return Number(length) < (isIPv4(address) ? widest.v4 : widest.v6);
}

/** Some clouds answer DNS where their metadata is; on other ports that is no DNS. */
function dnsRules({ networkPolicies: { dns } }: Settings): Fault[] {
  return rangesOf("dns", dns)
    .filter(({ entry, range }) => dns[entry].port !== 53 && hasCloudMetadata(range))
    .map(({ path, entry, range }) => ({
      path,
      value: range,
      reason: `has addresses of clouds' metadata services, which tell secrets on other ports than 53, such as ${dns[entry].port}`,
      fix: `${setCommand(`networkPolicies.dns[${entry}].port`, 53)}; or name the DNS servers' own addresses`,
    }));
}

/** Every range that a list names, and where. */
function rangesOf(
  list: "admins" | "dns",
  callers: readonly Caller[],
): { path: string; entry: number; range: string }[] {
  return callers.flatMap((caller, entry) =>
    ("ranges" in caller ? caller.ranges : []).map((range, index) => ({
      path: `networkPolicies.${list}[${entry}].ranges[${index}]`,
      entry,
      range,
    })),
  );
}
