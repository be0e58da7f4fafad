import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { run } from "../../local/run";

/** What a node could leave behind on the machine, by kind. */
export type Traces = Readonly<Record<string, readonly string[]>>;

/** Everything of the kinds that a node makes: compare before and after. */
export async function traces(): Promise<Traces> {
  const lines = async (program: string, ...args: string[]) => (await run(program, args)).split("\n").filter(Boolean);
  return {
    processes: foreignProcesses(),
    mounts: readFileSync("/proc/self/mounts", "utf8").split("\n").filter(Boolean),
    interfaces: readdirSync("/sys/class/net"),
    routes: await lines("ip", "route", "show", "table", "all"),
    namespaces: await lines("ip", "netns", "list"),
    firewall: await lines("nft", "list", "ruleset"),
    cgroups: (await run("find", ["/sys/fs/cgroup", "-type", "d"])).split("\n").sort(),
    run: readdirSync("/run"),
    sockets: (await lines("ss", "-Hxl")).map((line) => line.split(/\s+/)[4] ?? "").sort(),
  };
}

/** What is there now and was not before. */
export function added(before: Traces, after: Traces): Record<string, string[]> {
  const differences = Object.entries(after).map(
    ([kind, now]) => [kind, now.filter((one) => !before[kind].includes(one))] as const,
  );
  return Object.fromEntries(differences.filter(([, list]) => list.length > 0));
}

/** Processes that live in another network or process namespace than this one: those of nodes and pods. */
function foreignProcesses(): string[] {
  const spaces = (pid: number | "self") => ["net", "pid"].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)).join();
  const own = spaces("self");
  return readdirSync("/proc")
    .map(Number)
    .filter(Number.isInteger)
    .flatMap((pid) => {
      try {
        if (spaces(pid) === own) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()}`];
      } catch {
        // It has just ended, or is a kernel thread.
        return [];
      }
    });
}
