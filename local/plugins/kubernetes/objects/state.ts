import { randomBytes } from "node:crypto";
import { isMap, type PropertyMap, reveal, secret, withSecretsOf } from "../../protocol";
import { annotation, annotations } from "./annotations";
import { toPropertyNames, toServerNames } from "./normalize";
import { at, isSecretKind, type KubernetesObject, kindOf, textAt, withAt } from "./object";

/** What the state of a resource says of its object. */
export interface StoredObject {
  /** The inputs of the last operation. */
  readonly inputs: KubernetesObject;
  /** The object as the last operation left it. */
  readonly live: KubernetesObject;
  /** Who this resource is to server-side apply; empty if the state does not say. */
  readonly fieldManager: string;
}

/** The outputs of a resource: the live object, and beside it what the official provider keeps there too. */
export function toOutputs({ inputs, live, fieldManager }: StoredObject, marked: PropertyMap): PropertyMap {
  return {
    ...markSecrets(toPropertyNames(live), marked),
    __inputs: markSecrets(toPropertyNames(inputs), marked),
    __initialApiVersion: textAt(inputs, "apiVersion"),
    __fieldManager: fieldManager,
  };
}

/** Secrets laid open: for work, never for logs, errors or outputs. */
export function fromOutputs(outputs: PropertyMap): StoredObject {
  const { __inputs: inputs, __initialApiVersion: _, __fieldManager: fieldManager, ...live } = reveal(outputs);
  return {
    inputs: isMap(inputs) ? toServerNames(inputs) : {},
    live: toServerNames(live),
    fieldManager: typeof fieldManager === "string" ? fieldManager : "",
  };
}

const lastApplied = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"] as const;

/**
 * The object with secrets wherever `marked` has them, and with all that a Secret holds.
 *
 * @param marked the inputs as the engine gave them.
 */
export function markSecrets(object: KubernetesObject, marked: PropertyMap): PropertyMap {
  const result = withSecretsOf(marked, object);
  if (!isSecretKind(kindOf(object))) return result;
  for (const field of ["data", "stringData"] as const) {
    const value = result[field];
    if (value !== undefined) result[field] = secret(value);
  }
  const copy = at(result, ...lastApplied);
  return copy === undefined ? result : withAt(result, [...lastApplied], secret(copy));
}

/** The field manager of a resource: the user's choice, else the one in its state, else a new one. */
export function fieldManagerOf(inputs: KubernetesObject, stored?: StoredObject): string {
  return (
    annotation(inputs, annotations.patchFieldManager) ||
    stored?.fieldManager ||
    `pulumi-kubernetes-${randomBytes(4).toString("hex")}`
  );
}
