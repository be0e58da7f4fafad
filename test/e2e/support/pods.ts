import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "../../../local/waitFor";
import type { Stack } from "./stack";

/** What of a pod's state shows whether it was touched. */
export interface PodState {
  readonly name: string;
  readonly uid: string;
  /** Of all its containers together. */
  readonly restarts: number;
  readonly ready: boolean;
  /** By the container's name. */
  readonly containerIds: Readonly<Record<string, string>>;
}

interface Pod {
  metadata: { name: string; uid: string };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { name: string; restartCount: number; containerID?: string }[];
  };
}

/** The pods that a stack runs for good, by name. */
export async function pods(stack: Stack): Promise<Map<string, PodState>> {
  const { items } = JSON.parse(
    await stack.kubectl(
      "get",
      "pods",
      "-l",
      "app.kubernetes.io/part-of=ipfs-cluster,app.kubernetes.io/name!=top-up",
      "-o",
      "json",
    ),
  );
  return new Map(
    (items as Pod[]).map(({ metadata, status }) => [
      metadata.name,
      {
        name: metadata.name,
        uid: metadata.uid,
        restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
        ready: status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
        containerIds: Object.fromEntries(
          (status.containerStatuses ?? []).map((each) => [each.name, (each.containerID ?? "").replace(/^.*:\/\//, "")]),
        ),
      },
    ]),
  );
}

/** Names of the pods that were replaced or restarted between two looks. */
export function touched(before: ReadonlyMap<string, PodState>, after: ReadonlyMap<string, PodState>): string[] {
  return [...before.values()]
    .filter(({ name, uid, restarts }) => after.get(name)?.uid !== uid || after.get(name)?.restarts !== restarts)
    .map(({ name }) => name)
    .sort();
}

/** Waits until `count` pods are there and ready. */
export async function allReady(stack: Stack, count: number, seconds = 120): Promise<void> {
  await waitFor(`${count} ready pods`, seconds, async () => {
    const all = [...(await pods(stack)).values()];
    return all.length === count && all.every(({ ready }) => ready);
  });
}

/** Ends a container with SIGKILL, as the kernel does when memory runs out. */
export async function killContainer(stack: Stack, pod: string, container: string): Promise<void> {
  const id = (await pods(stack)).get(pod)?.containerIds[container];
  if (!id) throw new Error(`pod ${pod} has no container ${container}`);
  const processes = processesOf(id);
  if (processes.length === 0) throw new Error(`no process of ${container} in ${pod} found`);
  for (const pid of processes) process.kill(Number(pid), "SIGKILL");
}

/** The processes of a container, as this machine numbers them. */
export function processesOf(containerId: string): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && inContainer(entry, containerId));
}

function inContainer(pid: string, id: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(id);
  } catch {
    return false;
  }
}
