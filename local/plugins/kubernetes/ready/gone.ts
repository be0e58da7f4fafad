import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../../protocol";
import { isNotFound } from "../cluster/client";
import type { Cluster } from "../cluster/cluster";
import { at, type KubernetesObject, kindOf, listAt, nameOf, namespaceOf, uidOf } from "../objects/object";
import { deadline } from "./deadline";

/**
 * Resolves when an object that is being deleted is gone.
 *
 * @throws Error if it is still there when the time is up or the call is aborted, with what holds it.
 */
export async function untilGone(
  cluster: Cluster,
  object: KubernetesObject,
  timeoutSeconds: number,
  call: Call,
): Promise<void> {
  const { signal, end } = deadline(call.signal, timeoutSeconds);
  const selection = {
    ...kindOf(object),
    namespace: namespaceOf(object),
    fieldSelector: `metadata.name=${nameOf(object)}`,
  };
  const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  let last = object;
  let gone = false;

  const watch = async () => {
    for await (const change of cluster.watch(selection, signal)) {
      if (change.type === "listed" || uidOf(change.object) !== uidOf(object)) continue;
      if (change.type === "deleted") return finish();
      last = change.object;
      call.status(statusOf(last));
    }
  };
  /** It may have gone before the watch began, which then has nothing to tell. */
  const look = async () => {
    for (;;) {
      if (await isGone(cluster, object)) return finish();
      await sleep(2000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  };
  const finish = () => {
    gone = true;
    end();
  };

  try {
    await Promise.race([Promise.all([watch(), look()]), left]);
  } finally {
    end();
    call.status("");
  }
  if (gone || (await isGone(cluster, object))) return;
  const finalizers = listAt(last, "metadata", "finalizers").map(String);
  const why = call.signal.aborted ? "waiting for it was cancelled" : `it is still there after ${timeoutSeconds} s`;
  const held = finalizers.length > 0 ? `; finalizers might be preventing it: ${finalizers.join(", ")}` : "";
  throw new Error(`${kindOf(object).kind} ${nameOf(object)} is being deleted, but ${why}${held}`);
}

async function isGone(cluster: Cluster, object: KubernetesObject): Promise<boolean> {
  try {
    return uidOf(await cluster.get(object)) !== uidOf(object);
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

function statusOf(object: KubernetesObject): string {
  const finalizers = listAt(object, "metadata", "finalizers").map(String);
  if (at(object, "metadata", "deletionTimestamp") === undefined) return "waiting for the deletion to begin";
  return finalizers.length > 0 ? `being deleted, held by ${finalizers.join(", ")}` : "being deleted";
}
