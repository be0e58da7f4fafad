import {
  type Call,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type CreateResult,
  containsUnknowns,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  InitializationError,
  type PropertyMap,
  type ReadRequest,
  type ReadResult,
  reveal,
  type UpdateRequest,
} from "../protocol";
import { ApiError, isForbidden, isNotFound } from "./cluster/client";
import { UnknownKindError } from "./cluster/cluster";
import { annotations, isAnnotated, timeoutOf } from "./objects/annotations";
import { diffInputs, parsePath } from "./objects/diff";
import { immutablePatterns, patchPatterns } from "./objects/immutable";
import { importedInputs, liveInputs } from "./objects/live";
import { isAutonamed, isNamed, withName } from "./objects/naming";
import { normalized, toPropertyNames, toServerNames } from "./objects/normalize";
import {
  idOf,
  isCustomResourceDefinition,
  isOpen,
  type KubernetesObject,
  kindOf,
  nameOf,
  namespaceOf,
  parseId,
  withAt,
} from "./objects/object";
import { fieldManagerOf, fromOutputs, markSecrets, type StoredObject, toOutputs } from "./objects/state";
import { isPatchType, kindOfType } from "./objects/type";
import { createObject, deleteObject, relinquish, updateObject, type WriteOptions } from "./objectWrites";
import { untilGone } from "./ready/gone";
import { checkReady, NotReadyError, untilReady } from "./ready/waiting";
import { jobRule } from "./ready/workloads";
import type { Session } from "./session";

/** Resources that are objects of the cluster: every kind alike. */
export class ObjectResource {
  constructor(private readonly session: Session) {}

  async check(request: CheckRequest): Promise<CheckResult> {
    const given = toServerNames(reveal(request.inputs));
    const { apiVersion, kind } = kindOf(given);
    if (apiVersion === "" || kind === "") {
      const property = apiVersion === "" ? "apiVersion" : "kind";
      return { inputs: request.inputs, failures: [{ property, reason: "is not set" }] };
    }
    if (isPatchType(request.type, { apiVersion, kind }) && !isNamed(given)) {
      const reason = "is not set: a patch names the object that it manages fields of";
      return { inputs: request.inputs, failures: [{ property: "metadata.name", reason }] };
    }
    const oldInputs = toServerNames(reveal(request.oldInputs));
    const inputs = await this.withNamespace(withName(normalized(given), oldInputs, request));
    return { inputs: markSecrets(toPropertyNames(inputs), request.inputs) };
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    const { live } = fromOutputs(request.oldOutputs);
    const oldInputs = await this.withNamespace(normalized(toServerNames(reveal(request.oldInputs))));
    const inputs = await this.withNamespace(normalized(toServerNames(reveal(request.inputs))));
    const isPatch = isPatchType(request.type, kindOf(inputs));
    const patterns = isPatch ? patchPatterns : immutablePatterns(inputs, this.session.config.mutability);
    const changes = Object.entries(diffInputs(oldInputs, inputs, patterns));
    const detailedDiff = Object.fromEntries(changes.filter(([path]) => !isIgnored(path, request.ignoreChanges)));
    if (await this.isUnready(inputs, live)) {
      detailedDiff[`metadata.annotations["${annotations.replaceUnready}"]`] = { kind: "update", replace: true };
    }
    const replaced = Object.values(detailedDiff).some((change) => change.replace);
    const sameName = nameOf(inputs) !== "" && nameOf(inputs) === nameOf(live);
    const sameNamespace = namespaceOf(inputs) === namespaceOf(oldInputs);
    const deleteBeforeReplace = replaced && sameName && sameNamespace && !isAutonamed(inputs);
    return { detailedDiff, deleteBeforeReplace };
  }

  async create(request: CreateRequest, call: Call): Promise<CreateResult> {
    const inputs = toServerNames(reveal(request.inputs));
    const patch = isPatchType(request.type, kindOf(inputs));
    const fallback = { id: "", outputs: request.inputs };
    if (request.preview && (patch || !(await this.canPreview(inputs)))) return fallback;
    const cluster = await this.session.cluster();
    const fieldManager = fieldManagerOf(inputs);
    const options = this.options(fieldManager, patch, request.preview, call);
    const upsert = this.session.config.upsertExistingObjects;
    let created: KubernetesObject;
    try {
      created = await createObject(cluster, inputs, { ...options, upsert }, call);
    } catch (error) {
      if (request.preview && isPreviewLimit(error)) return fallback;
      throw error;
    }
    const outputsOf = (live: KubernetesObject) => toOutputs({ inputs, live, fieldManager }, request.inputs);
    if (request.preview) return { id: "", outputs: outputsOf(withAt(created, ["status"], undefined)) };
    if (isCustomResourceDefinition(kindOf(inputs))) cluster.forgetKinds();
    const wait = { object: created, inputs, timeoutSeconds: timeoutOf(inputs, call.timeoutSeconds) };
    const live = await untilReady(cluster, wait, call).catch((error: unknown) => {
      throw initializationError(error, created, idOf(created), outputsOf);
    });
    return { id: idOf(live), outputs: outputsOf(live) };
  }

  async read(request: ReadRequest, call: Call): Promise<ReadResult | undefined> {
    const why = await this.session.unreachable();
    if (why !== undefined && this.session.config.deleteUnreachable) {
      call.log("warning", `configured Kubernetes cluster is unreachable: ${why}; the resource is taken for deleted`);
      return undefined;
    }
    const cluster = await this.session.cluster();
    const stored = fromOutputs(request.outputs);
    const known = toServerNames(reveal(request.inputs ?? {}));
    const target = addressOf(request, stored.live);
    const live = await cluster.get(target, { signal: call.signal }).catch(undefinedIfGone);
    if (!live) return undefined;
    const isNew = kindOf(known).kind === "";
    const inputs = isNew ? importedInputs(live) : liveInputs(known, stored.live, live);
    const marked = request.inputs ?? {};
    const state: StoredObject = { inputs, live, fieldManager: fieldManagerOf(known, stored) };
    const result = {
      id: request.id || idOf(live),
      inputs: markSecrets(toPropertyNames(inputs), marked),
      outputs: toOutputs(state, marked),
    };
    if (!isNew) {
      await checkReady(cluster, live, known, call).catch((error: unknown) => {
        throw initializationError(error, live, result.id, () => result.outputs, result.inputs);
      });
    }
    return result;
  }

  async update(request: UpdateRequest, call: Call): Promise<PropertyMap> {
    const inputs = normalized(toServerNames(reveal(request.inputs)));
    if (request.preview && !(await this.canPreview(inputs))) return request.inputs;
    const cluster = await this.session.cluster();
    const stored = fromOutputs(request.oldOutputs);
    const fieldManager = fieldManagerOf(inputs, stored);
    const patch = isPatchType(request.type, kindOf(inputs));
    const options = this.options(fieldManager, patch, request.preview, call);
    const outputsOf = (live: KubernetesObject) => toOutputs({ inputs, live, fieldManager }, request.inputs);
    const before = await cluster.get(inputs, { signal: call.signal }).catch(undefinedIfGone);
    if (!before)
      throw new Error(`${describe(inputs)} was deleted outside Pulumi: run \`pulumi refresh\`, then \`pulumi up\``);
    let written: KubernetesObject;
    try {
      written = await updateObject(cluster, inputs, before, request.ignoreChanges, options, call);
    } catch (error) {
      if (request.preview && isForbidden(error)) return request.inputs;
      throw error;
    }
    if (request.preview) return outputsOf(written);
    const wait = { object: written, before, inputs, timeoutSeconds: timeoutOf(inputs, call.timeoutSeconds) };
    const live = await untilReady(cluster, wait, call).catch((error: unknown) => {
      throw initializationError(error, written, request.id, outputsOf);
    });
    if (stored.fieldManager && stored.fieldManager !== fieldManager) {
      await relinquish(cluster, live, stored.fieldManager, call);
    }
    return outputsOf(live);
  }

  async delete(request: DeleteRequest, call: Call): Promise<void> {
    const why = await this.session.unreachable();
    if (why !== undefined && this.session.config.deleteUnreachable) {
      return call.log(
        "warning",
        `configured Kubernetes cluster is unreachable: ${why}; the resource is taken for deleted`,
      );
    }
    const cluster = await this.session.cluster();
    const stored = fromOutputs(request.outputs);
    const target = addressOf(request, stored.live);
    if (isPatchType(request.type, kindOf(target))) return relinquish(cluster, target, stored.fieldManager, call);
    const deleted = await deleteObject(cluster, target, stored.inputs, call);
    if (isCustomResourceDefinition(kindOf(target))) cluster.forgetKinds();
    if (!deleted || skipsWaitingForDeletion(stored.inputs)) return;
    await untilGone(cluster, deleted, timeoutOf(stored.inputs, call.timeoutSeconds), call);
  }

  /**
   * Objects of a kind with namespaces get the provider's if they name none, those of other kinds lose the one they name. A kind that does not
   * exist yet is taken for one with namespaces.
   */
  private async withNamespace(inputs: KubernetesObject): Promise<KubernetesObject> {
    if (!isOpen(inputs, "metadata", "namespace")) return inputs;
    const reachable = (await this.session.unreachable()) === undefined;
    const namespaced = reachable ? await (await this.session.cluster()).isNamespaced(kindOf(inputs)) : true;
    if (namespaced === false) return withAt(inputs, ["metadata", "namespace"], undefined);
    return namespaceOf(inputs) === "" ? withAt(inputs, ["metadata", "namespace"], this.session.namespace) : inputs;
  }

  private async canPreview(inputs: KubernetesObject): Promise<boolean> {
    if (containsUnknowns(inputs) || (await this.session.unreachable()) !== undefined) return false;
    return (await (await this.session.cluster()).isNamespaced(kindOf(inputs))) !== undefined;
  }

  private options(fieldManager: string, patch: boolean, preview: boolean, call: Call): WriteOptions {
    const { patchForce: force, suppressWarnings } = this.session.config;
    const onWarning = suppressWarnings ? undefined : (text: string) => call.log("warning", text);
    return { fieldManager, patch, force, preview, onWarning };
  }

  /** Whether the program wants a Job that did not complete to be run again. */
  private async isUnready(inputs: KubernetesObject, live: KubernetesObject): Promise<boolean> {
    if (kindOf(inputs).kind !== "Job" || !isAnnotated(inputs, annotations.replaceUnready)) return false;
    if ((await this.session.unreachable()) !== undefined) return false;
    const job = await (await this.session.cluster()).get(live).catch(undefinedIfGone);
    const scene = { before: undefined, related: () => [], settled: true };
    return job !== undefined && !jobRule.judge({ ...scene, object: job }).ready;
  }
}

/** The object that a resource is about: as its state has it, else as its type and id say. */
function addressOf({ type, id }: { type: string; id: string }, live: KubernetesObject): KubernetesObject {
  const kind = nameOf(live) === "" ? kindOfType(type) : kindOf(live);
  const { namespace, name } = parseId(id);
  return { ...kind, metadata: { name, ...(namespace && { namespace }) } };
}

function undefinedIfGone(error: unknown): undefined {
  // A kind that is gone took its objects with it.
  if (isNotFound(error) || error instanceof UnknownKindError) return undefined;
  throw error;
}

/** Whether a dry run failed for a reason that will be gone when the update comes to it, or that only keeps us from looking ahead. */
function isPreviewLimit(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const noNamespace = error.code === 404 && error.about === "namespaces";
  const noDryRun = error.code === 400 && error.message.includes("does not support dry run");
  return noNamespace || noDryRun || isForbidden(error) || error.reason === "AlreadyExists";
}

/** Whatever went wrong after the object was written: it exists, so it has to be in the state. */
function initializationError(
  error: unknown,
  written: KubernetesObject,
  id: string,
  outputsOf: (live: KubernetesObject) => PropertyMap,
  inputs?: PropertyMap,
): InitializationError {
  const { object, reasons } = error instanceof NotReadyError ? error : { object: written, reasons: [] };
  return new InitializationError(id, outputsOf(object), [(error as Error).message, ...reasons], inputs);
}

/** Whether a change lies within a path of the option `ignoreChanges`. */
function isIgnored(path: string, ignoreChanges: readonly string[]): boolean {
  const steps = parsePath(path);
  return ignoreChanges
    .map(parsePath)
    .some((ignored) => ignored.every((step, depth) => step === "*" || step === steps[depth]));
}

const awaitedDeletions = new Set([
  "DaemonSet",
  "Deployment",
  "Job",
  "Namespace",
  "Pod",
  "ReplicationController",
  "StatefulSet",
]);

/** The annotation `skipAwait` holds for the deletion of workloads and namespaces; anything else is gone in no time. */
function skipsWaitingForDeletion(inputs: KubernetesObject): boolean {
  return isAnnotated(inputs, annotations.skipAwait) && awaitedDeletions.has(kindOf(inputs).kind);
}

const describe = (object: KubernetesObject) => `${kindOf(object).kind} ${idOf(object)}`;
