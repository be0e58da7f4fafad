import { existsSync } from "node:fs";
import { locked } from "../lock";
import { run } from "../run";
import { type NodeLayout, serviceRange } from "./layout";

/** The file that names a node's network namespace. */
export function netnsFile({ id }: NodeLayout): string {
  return `/run/netns/${id}`;
}

/**
 * Connects a node: a network namespace of its own, a cable to the checkout's bridge, and routes on the host so that its tools reach pods and
 * load balancers at their own addresses. There is no default route and no forwarding on the host, so pods reach nothing beyond the bridge.
 *
 * @param others the other workers of its cluster that are up.
 */
export async function connect(layout: NodeLayout, others: readonly NodeLayout[]): Promise<void> {
  const { id, bridge, address, siblings } = layout;
  await ip(`netns add ${id}`);
  await locked(bridge, () => plugIn(layout));
  const inside = (args: string) => ip(`-n ${id} ${args}`);
  await inside("link set lo up");
  await inside(`address add ${address}/24 dev eth0`);
  await inside("link set eth0 up");
  // Only for the node's own processes: what a pod sends to a Service is redirected before it is routed.
  await inside(`route add ${serviceRange} dev eth0`);
  // A sibling that is not there yet may come at any time. The node's own load balancers need no route: kube-proxy redirects what is for them
  // before it is routed, and what is for none of them then has nowhere to go. They are all routed to the control plane's node, which sends on
  // what is another worker's (toolchain/kube/announcer.go).
  for (const { address, loadBalancerRange } of siblings) {
    await inside(`route add ${loadBalancerRange} via ${address} dev eth0`);
  }
  await inNetns(layout, "sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  await inNetns(layout, "nft", ["-f", "-"], firewall(layout));
  await inNetns(layout, "iptables-restore", [], connectionsToJudge(layout));
  for (const range of routedRanges(layout)) await ip(`route replace ${range} via ${address} dev ${bridge}`);
  for (const other of others) {
    await joinPods(layout, other);
    await joinPods(other, layout);
  }
}

/** Lets pods of a worker reach those of another as themselves. */
async function joinPods(layout: NodeLayout, other: NodeLayout): Promise<void> {
  await ip(`-n ${layout.id} route replace ${other.podRange} via ${other.address} dev eth0`);
  await inNetns(layout, "nft", ["add", "element", "inet", "boundary", "joined", `{ ${other.podRange} }`]);
}

/** Removes what `connect` made, however much of it there is. */
export async function disconnect(layout: NodeLayout): Promise<void> {
  await locked(layout.bridge, () => unplug(layout));
  if (existsSync(netnsFile(layout))) await ip(`netns delete ${layout.id}`);
}

/**
 * Link addresses follow from network addresses: the host and other nodes remember them for a while, longer than it takes to stop and start
 * a node. A bridge that was given none would change its own with each node that comes or goes.
 */
async function plugIn({ id, bridge, gateway, address }: NodeLayout): Promise<void> {
  if (!isInterface(bridge)) await ip(`link add ${bridge} type bridge`);
  await ip(`address replace ${gateway}/24 dev ${bridge}`);
  await ip(`link set ${bridge} address ${linkAddress(gateway)} up`);
  await ip(`link add ${id} type veth peer name eth0 address ${linkAddress(address)} netns ${id}`);
  await ip(`link set ${id} master ${bridge} up`);
}

/** The last to leave takes the bridge along. */
async function unplug(layout: NodeLayout): Promise<void> {
  const { id, bridge } = layout;
  if (isInterface(id)) await ip(`link delete ${id}`);
  if (!isInterface(bridge)) return;
  const neighbours = await ip(`-o link show master ${bridge}`);
  if (neighbours === "") return void (await ip(`link delete ${bridge}`));
  for (const range of routedRanges(layout)) {
    const route = await ip(`route show ${range}`);
    if (route !== "") await ip(`route delete ${range}`);
  }
}

/** What the host sends to the node. */
function routedRanges({ podRange, loadBalancerRange }: NodeLayout): string[] {
  return [podRange, loadBalancerRange];
}

function isInterface(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}

/** 10.250.0.12 -> 02:00:0a:fa:00:0c, as toolchain/kube/announcer.go has it too. */
function linkAddress(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}

/**
 * IPv4 only. Nothing in the node opens a connection to the host; other nodes are reached at their own addresses only, and see this node's
 * address as the sender, as they would across the internet. Only to the pods of its cluster's other workers a pod is itself.
 */
function firewall({ gateway, podRange }: NodeLayout): string {
  return `
    table inet boundary {
      set joined {
        type ipv4_addr
        flags interval
      }
      chain forward {
        type filter hook forward priority filter - 5;
        oifname "eth0" meta nfproto ipv6 drop
        oifname "eth0" ip daddr ${gateway} ct state new reject
      }
      chain input {
        type filter hook input priority filter - 5;
        iifname != "lo" meta nfproto ipv6 drop
      }
      chain output {
        type filter hook output priority filter - 5;
        oifname "eth0" meta nfproto ipv6 drop
        oifname "eth0" ip daddr ${gateway} ct state new reject
      }
      chain postrouting {
        type nat hook postrouting priority srcnat + 5;
        oifname "eth0" ip saddr ${podRange} ip daddr != @joined masquerade
      }
    }
  `;
}

/** The NFQUEUE in which connections wait for the verdict of toolchain/network-policies. */
export const policiesQueue = 0;

/**
 * Holds the first packet of every connection from or to a pod until NetworkPolicies have been looked at; the kernel drops it when nobody is there
 * to do so. What the node itself sends to its pods, such as probes, passes. By iptables, as not every kernel's nftables can queue.
 */
function connectionsToJudge({ podRange }: NodeLayout): string {
  const judged = (chain: string, match = "") => [
    `-A ${chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    `-A ${chain}${match} -m conntrack --ctstate INVALID -j DROP`,
    `-A ${chain}${match} -j NFQUEUE --queue-num ${policiesQueue}`,
  ];
  return ["*filter", ...judged("FORWARD"), ...judged("INPUT", ` -s ${podRange}`), "COMMIT", ""].join("\n");
}

function inNetns(layout: NodeLayout, program: string, args: readonly string[], input?: string): Promise<string> {
  return run("nsenter", [`--net=${netnsFile(layout)}`, program, ...args], { input });
}

async function ip(args: string): Promise<string> {
  return (await run("ip", args.split(" "))).trim();
}
