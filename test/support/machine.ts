import { readdirSync, readFileSync } from "node:fs";
import { layoutsOf } from "../../local/node/cluster";
import { diskOf, type NodeLayout, nodeLayout } from "../../local/node/layout";
import { run } from "../../local/run";
import type { TestNode } from "./node";

/** What a node could leave behind on the machine, by kind. */
export type Traces = Readonly<Record<string, readonly string[]>>;

/**
 * Everything of the kinds that a node makes: compare before and after. Nodes that others have on this machine are left out.
 *
 * @param nodes the nodes that count.
 */
export async function traces(nodes: readonly TestNode[]): Promise<Traces> {
  const lines = async (program: string, ...args: string[]) => (await run(program, args)).split("\n").filter(Boolean);
  const all = {
    processes: processesOn(nodes.map(({ name }) => diskOf(name))),
    mounts: readFileSync("/proc/self/mounts", "utf8").split("\n").filter(Boolean),
    interfaces: readdirSync("/sys/class/net"),
    routes: await lines("ip", "route", "show", "table", "all"),
    namespaces: await lines("ip", "netns", "list"),
    firewall: await lines("nft", "list", "ruleset"),
    cgroups: await lines("find", "/sys/fs/cgroup", "-maxdepth", "2", "-type", "d"),
    run: readdirSync("/run"),
    shared: ["/var/lib", "/var/log"].flatMap((directory) => readdirSync(directory)),
  };
  const { own, foreign } = await namesOf(nodes);
  const has = (line: string, names: readonly string[]) => names.some((name) => mentions(line, name));
  // A checkout's nodes share a bridge, so a line may name both.
  const ours = (line: string) => has(line, own) || !has(line, foreign);
  return Object.fromEntries(Object.entries(all).map(([kind, found]) => [kind, found.filter(ours)]));
}

/** Kernel names and address ranges: of the test's nodes, and of those that run here but are not of the test. */
async function namesOf(nodes: readonly TestNode[]): Promise<{ own: string[]; foreign: string[] }> {
  const own = (await Promise.all(nodes.map(({ name }) => layoutsOf(name)))).flat();
  const running = readdirSync("/run/netns").flatMap((name) => {
    const [, slot, index] = /^icl-(\d+)-(\d+)$/.exec(name) ?? [];
    return slot ? [{ slot: Number(slot), index: Number(index) }] : [];
  });
  const others = running
    .map((place) => nodeLayout("other", place))
    .filter(({ id }) => !own.some((one) => one.id === id));
  const names = ({ id, podRange, loadBalancerRange }: NodeLayout) => [id, podRange, loadBalancerRange];
  return { own: own.flatMap(names), foreign: [...others.flatMap(names), ...others.map(({ bridge }) => bridge)] };
}

/** Whether a line has a name, and not a longer one that begins alike. */
function mentions(line: string, name: string): boolean {
  return line
    .split(name)
    .slice(1)
    .some((rest) => !/^-?\d/.test(rest));
}

/** What is there now and was not before. */
export function added(before: Traces, after: Traces): Record<string, string[]> {
  const differences = Object.entries(after).map(
    ([kind, now]) => [kind, now.filter((one) => !before[kind].includes(one))] as const,
  );
  return Object.fromEntries(differences.filter(([, list]) => list.length > 0));
}

/** Processes that see something of one of these disks, as all of a node and of its pods do. */
function processesOn(disks: readonly string[]): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const mounts = readFileSync(`/proc/${pid}/mountinfo`, "utf8");
        if (!disks.some((disk) => mounts.includes(disk))) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()}`];
      } catch {
        // It has just ended.
        return [];
      }
    });
}
