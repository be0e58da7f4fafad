import type { Call } from "../../protocol";
import { isNotFound } from "../cluster/client";
import type { Cluster } from "../cluster/cluster";
import { type KubernetesObject, kindOf, namespaceOf, textAt, withAt } from "../objects/object";
import { checkReady, NotReadyError } from "../ready/waiting";
import type { LiveRelease } from "./release";

const everyMs = 5_000;
/** The kinds that Helm waits for. */
const awaited = new Set(["DaemonSet", "Deployment", "Job", "Pod", "StatefulSet"]);

/**
 * Runs Helm and meanwhile looks at the objects of the release, as Helm itself only says that the time was up.
 *
 * @throws AggregateError with Helm's error and what was last seen to be wrong.
 */
export async function withTroubles(
  cluster: Cluster,
  find: () => Promise<LiveRelease | undefined>,
  call: Call,
  run: () => Promise<void>,
): Promise<void> {
  let troubles: readonly string[] = [];
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    const live = await find();
    troubles = live ? await troublesOf(cluster, live, call) : troubles;
    call.status(troubles[0] ?? "");
  };
  const timer = setInterval(() => {
    // A look that fails says nothing about the release; Helm will.
    looking = looking.then(look).catch(() => undefined);
  }, everyMs);
  try {
    await run();
  } catch (error) {
    throw troubles.length === 0 ? error : new AggregateError([error, ...troubles.map((trouble) => new Error(trouble))]);
  } finally {
    clearInterval(timer);
    await looking;
    call.status("");
  }
}

async function troublesOf(cluster: Cluster, live: LiveRelease, call: Call): Promise<string[]> {
  const quiet: Call = { ...call, status: () => undefined };
  const namespace = textAt(live.status, "namespace");
  const objects = live.objects.filter((object) => awaited.has(kindOf(object).kind));
  const found = await Promise.all(objects.map((object) => troubleOf(cluster, inNamespace(object, namespace), quiet)));
  return found.flat();
}

async function troubleOf(cluster: Cluster, object: KubernetesObject, call: Call): Promise<string[]> {
  try {
    const live = await cluster.get(object, { signal: call.signal });
    await checkReady(cluster, live, {}, call);
    return [];
  } catch (error) {
    if (error instanceof NotReadyError) return [error.message, ...error.reasons];
    if (isNotFound(error)) return [];
    throw error;
  }
}

function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return namespaceOf(object) === "" ? withAt(object, ["metadata", "namespace"], namespace) : object;
}
