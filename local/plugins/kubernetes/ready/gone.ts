import type { Call } from "../../protocol";
import { isNotFound } from "../cluster/client";
import { type Cluster, UnknownKindError } from "../cluster/cluster";
import { at, type KubernetesObject, kindOf, listAt, nameOf, namespaceOf, textAt, uidOf } from "../objects/object";
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
  let last = object;
  try {
    for await (const seen of sightings(cluster, object, signal)) {
      if (seen === "gone") return;
      last = seen;
      call.status(statusOf(seen));
    }
  } catch (error) {
    // The kind is gone with its definition, and all objects of it.
    if (isNotFound(error) || error instanceof UnknownKindError) return;
    throw error;
  } finally {
    end();
    call.status("");
  }
  const holders = holdersOf(last);
  const why = call.signal.aborted ? "waiting for it was cancelled" : `it is still there after ${timeoutSeconds} s`;
  const held = holders === "" ? "" : `; it is held by ${holders}`;
  throw new Error(`${kindOf(object).kind} ${nameOf(object)} is being deleted, but ${why}${held}`);
}

/** The object as it is and as it changes, until it is gone or the signal aborts. Another of its name does not count. */
async function* sightings(
  cluster: Cluster,
  object: KubernetesObject,
  signal: AbortSignal,
): AsyncGenerator<KubernetesObject | "gone"> {
  const namespace = namespaceOf(object);
  const selection = { ...kindOf(object), namespace, fieldSelector: `metadata.name=${nameOf(object)}` };
  let seen = false;
  for await (const change of cluster.watch(selection, signal)) {
    if (change.type === "listed") {
      if (!seen) yield "gone";
    } else if (uidOf(change.object) === uidOf(object)) {
      seen = change.type === "set";
      yield seen ? change.object : "gone";
    }
  }
}

/** The finalizers of an object, and what a namespace says is left in it. */
function holdersOf(object: KubernetesObject): string {
  const finalizers = listAt(object, "metadata", "finalizers").map((name) => `finalizer ${name}`);
  const left = listAt(object, "status", "conditions").filter((condition) => {
    const isDeletion = textAt(condition, "type").startsWith("Namespace") && textAt(condition, "status") === "True";
    return isDeletion && kindOf(object).kind === "Namespace";
  });
  return [...finalizers, ...left.map((condition) => textAt(condition, "message"))].join(", ");
}

function statusOf(object: KubernetesObject): string {
  if (at(object, "metadata", "deletionTimestamp") === undefined) return "waiting for the deletion to begin";
  const holders = holdersOf(object);
  return holders === "" ? "being deleted" : `being deleted, held by ${holders}`;
}
