import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../protocol";
import { ApiError, isNotFound, type Request } from "./cluster/client";
import { type Cluster, UnknownKindError } from "./cluster/cluster";
import { annotations, isAnnotated, propagationOf } from "./objects/annotations";
import { createManager, takenOver, withoutIgnored } from "./objects/managedFields";
import {
  at,
  isCustomResourceDefinition,
  type KubernetesObject,
  kindOf,
  listAt,
  nameOf,
  namespaceOf,
  textAt,
  withAt,
} from "./objects/object";

/** How an object is written. */
export interface WriteOptions {
  readonly fieldManager: string;
  /** The resource manages some fields of an object that belongs to someone else. */
  readonly patch: boolean;
  /** Take over fields that others manage. */
  readonly force: boolean;
  /** Nothing is stored: the API server only says what it would do. */
  readonly preview: boolean;
  readonly onWarning?: ((text: string) => void) | undefined;
}

const applyPatch = "application/apply-patch+yaml";
const jsonPatch = "application/json-patch+json";
/** Namespaces and definitions that come at the same time as the object are waited for this long, all in all 15 s. */
const retryDelaysMs = [500, 1000, 2000, 4000, 8000];

/**
 * Creates an object. It must not exist yet, unless the resource is a patch or `upsert` is set: then it is applied over what is there.
 *
 * @throws UnknownKindError; ApiError as the API server refuses, the message saying what to do about an object that exists already.
 */
export async function createObject(
  cluster: Cluster,
  inputs: KubernetesObject,
  options: WriteOptions & { readonly upsert: boolean },
  call: Call,
): Promise<KubernetesObject> {
  const write = (): Promise<KubernetesObject> =>
    options.upsert || options.patch
      ? apply(cluster, inputs, { ...options, force: options.force || options.preview }, call)
      : cluster.send(inputs, {
          ...request(options, call),
          method: "POST",
          body: inputs,
          query: query(createManager, options),
        });
  for (const delay of options.preview ? [] : retryDelaysMs) {
    try {
      return await write();
    } catch (error) {
      if (!isNotFound(error) && !(error instanceof UnknownKindError)) throw explained(error, inputs);
      call.status(`not yet: ${(error as Error).message}`);
      await sleep(delay, undefined, { signal: call.signal });
    }
  }
  return write().catch((error: unknown) => {
    throw explained(error, inputs);
  });
}

/**
 * Updates an object: by server-side apply, so that fields which others manage stay as they are. A CustomResourceDefinition is put whole.
 *
 * @throws UnknownKindError; ApiError as the API server refuses.
 */
export async function updateObject(
  cluster: Cluster,
  inputs: KubernetesObject,
  live: KubernetesObject,
  ignoreChanges: readonly string[],
  options: WriteOptions,
  call: Call,
): Promise<KubernetesObject> {
  if (isCustomResourceDefinition(kindOf(inputs))) {
    const body = withAt(inputs, ["metadata", "resourceVersion"], textAt(live, "metadata", "resourceVersion"));
    return cluster.send(inputs, {
      ...request(options, call),
      method: "PUT",
      body,
      query: query(options.fieldManager, options),
    });
  }
  const current = options.patch || options.preview ? live : await takeOver(cluster, live, options.fieldManager, call);
  const force =
    options.force || (options.preview && takenOver(live, options.fieldManager) !== undefined) || isUnmanaged(live);
  const desired = withoutIgnored(inputs, current, ignoreChanges, options.fieldManager);
  return apply(cluster, desired, { ...options, force }, call);
}

/** Makes the resource the manager of what it created, before it applies for the first time. */
async function takeOver(
  cluster: Cluster,
  live: KubernetesObject,
  manager: string,
  call: Call,
): Promise<KubernetesObject> {
  const managedFields = takenOver(live, manager);
  if (!managedFields) return live;
  const body = [
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: textAt(live, "metadata", "resourceVersion") },
  ];
  return cluster.send(live, { method: "PATCH", body, contentType: jsonPatch, signal: call.signal });
}

/** Objects from before server-side apply say nothing of managers. */
const isUnmanaged = (live: KubernetesObject) => listAt(live, "metadata", "managedFields").length === 0;

async function apply(
  cluster: Cluster,
  inputs: KubernetesObject,
  options: WriteOptions,
  call: Call,
): Promise<KubernetesObject> {
  const force = options.force || isAnnotated(inputs, annotations.patchForce);
  const details = { ...request(options, call), body: inputs, contentType: applyPatch };
  try {
    return await cluster.send(inputs, {
      ...details,
      method: "PATCH",
      query: { ...query(options.fieldManager, options), force: String(force) },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 409) throw error;
    throw new ApiError(error.code, {
      ...error.status,
      message:
        `server-side apply field conflict detected: ${error.message}\nField manager ${options.fieldManager} of this resource is not the only ` +
        `one of these fields. Leave them to the others (drop them, or ignoreChanges), or take them with the annotation ${annotations.patchForce}: "true".`,
    });
  }
}

/** Gives up the fields that a patch resource manages; what no one else manages returns to its default. */
export async function relinquish(
  cluster: Cluster,
  object: KubernetesObject,
  fieldManager: string,
  call: Call,
): Promise<void> {
  const { apiVersion, kind } = kindOf(object);
  const namespace = namespaceOf(object);
  const body = { apiVersion, kind, metadata: { name: nameOf(object), ...(namespace && { namespace }) } };
  await cluster.send(body, {
    method: "PATCH",
    body,
    contentType: applyPatch,
    query: { fieldManager },
    signal: call.signal,
  });
}

/**
 * Asks for the deletion of an object, dependents first unless its annotation says otherwise.
 *
 * @returns the object as it is now being deleted; undefined if it was gone already.
 */
export async function deleteObject(
  cluster: Cluster,
  object: KubernetesObject,
  inputs: KubernetesObject,
  call: Call,
): Promise<KubernetesObject | undefined> {
  try {
    const live = await cluster.get(object, { signal: call.signal });
    const preconditions = { uid: textAt(live, "metadata", "uid") };
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: propagationOf(inputs), preconditions };
    await cluster.send(object, { method: "DELETE", body, signal: call.signal });
    return live;
  } catch (error) {
    // The kind is gone with its definition, and all objects of it.
    if (isNotFound(error) || error instanceof UnknownKindError) return undefined;
    throw error;
  }
}

function request({ onWarning }: WriteOptions, call: Call): Request {
  return { signal: call.signal, ...(onWarning && { onWarning }) };
}

function query(fieldManager: string, { preview }: WriteOptions): Record<string, string | undefined> {
  return { fieldManager, fieldValidation: "Warn", dryRun: preview ? "All" : undefined };
}

function explained(error: unknown, inputs: KubernetesObject): unknown {
  if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") return error;
  const generated = at(inputs, "metadata", "annotations", annotations.autonamed) !== undefined;
  if (generated) return error;
  return new ApiError(error.code, {
    ...error.status,
    message: `${error.message}

The object exists in the cluster but is not in the state of this stack. This can happen when:
  - a resource was renamed in the program: keep its identity with the option \`aliases\`;
  - the object was kept when its resource was deleted (\`retainOnDelete\`), or made by someone else: take it into the stack with
    \`pulumi import\` or the option \`import\`, or set \`upsertExistingObjects\` on the provider;
  - only some of its fields are to be managed: use the Patch resource of its kind.`,
  });
}
