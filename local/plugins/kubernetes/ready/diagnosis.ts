import type { Cluster } from "../cluster/cluster";
import { type KubernetesObject, nameOf, namespaceOf, textAt } from "../objects/object";
import { deadline } from "./deadline";
import { crashedContainers, podFaults, podName } from "./pod";

const logLines = 5;
/** A node that does not answer is not waited for longer. */
const logSeconds = 10;
/** One broken pod tells as much as fifty. */
const podsTold = 3;

/**
 * Why an object is not ready, as far as the cluster says: what its pods' statuses hold against them, the warnings about it and them, and the
 * last lines that its crashed containers wrote.
 */
export async function diagnose(
  cluster: Cluster,
  pods: readonly KubernetesObject[],
  warnings: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<string[]> {
  const broken = pods.filter((pod) => podFaults(pod).length > 0).slice(0, podsTold);
  const patience = deadline(signal, logSeconds);
  const logs = await Promise.all(broken.map((pod) => lastLines(cluster, pod, patience.signal)));
  patience.end();
  return [...new Set([...broken.flatMap(podFaults), ...warnings.map(describeEvent), ...logs.flat()])];
}

/** `[Warning FailedMount] Pod ipfs-0: ...` */
export function describeEvent(event: KubernetesObject): string {
  const about = `${textAt(event, "involvedObject", "kind")} ${textAt(event, "involvedObject", "name")}`;
  return `[${textAt(event, "reason")}] ${about}: ${textAt(event, "message").trim()}`;
}

async function lastLines(cluster: Cluster, pod: KubernetesObject, signal: AbortSignal): Promise<string[]> {
  const told = crashedContainers(pod).map(async ({ container, previous }) => {
    const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOf(pod)}/log`;
    const query = { container, tailLines: String(logLines), previous: previous ? "true" : undefined };
    // The log may be gone with its container, or the node not be reachable; the rest of the diagnosis still helps.
    const log = await cluster.client.text(path, { query, signal }).catch(() => "");
    const lines = log.trimEnd();
    return lines === ""
      ? []
      : [`[Pod ${podName(pod)}]: last lines of container ${JSON.stringify(container)}:\n${indented(lines)}`];
  });
  return (await Promise.all(told)).flat();
}

const indented = (lines: string) => lines.replace(/^/gm, "    ");
