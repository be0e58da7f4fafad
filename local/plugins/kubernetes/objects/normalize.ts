import { containsUnknowns, isMap, type PropertyMap, type PropertyValue } from "../../protocol";
import { at, isCustomResourceDefinition, isSecretKind, type KubernetesObject, kindOf, mapAt, withAt } from "./object";

/** Fields of metadata that only the API server sets. */
const serverMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
] as const;

/** Inputs in the form in which the API server stores them, so that the same thing said in two ways is no change. */
export function normalized(inputs: KubernetesObject): KubernetesObject {
  const kind = kindOf(inputs);
  const plain = withoutServerMetadata(inputs);
  if (containsUnknowns(plain)) return plain;
  if (isSecretKind(kind)) return normalizedSecret(plain);
  return isCustomResourceDefinition(kind) ? withAt(plain, ["status"], undefined) : plain;
}

export function withoutServerMetadata(object: KubernetesObject): KubernetesObject {
  return serverMetadata.reduce((kept: KubernetesObject, field) => withAt(kept, ["metadata", field], undefined), object);
}

/** `stringData` is only ever written: what can be read, and so compared, is `data`. */
function normalizedSecret(inputs: KubernetesObject): KubernetesObject {
  const { stringData: _, ...secret } = inputs;
  const fromText = Object.entries(mapAt(inputs, "stringData")).map(([key, value]) => [key, toBase64(value)] as const);
  const fromData = Object.entries(mapAt(inputs, "data")).map(([key, value]) => [key, canonicalBase64(value)] as const);
  if (fromText.length === 0 && at(inputs, "data") === undefined) return secret;
  return { ...secret, data: Object.fromEntries([...fromData, ...fromText]) };
}

function toBase64(value: PropertyValue): PropertyValue {
  return typeof value === "string" ? Buffer.from(value).toString("base64") : value;
}

/** Without the white space of a wrapped text. What is no base64 is left for the API server to refuse. */
function canonicalBase64(value: PropertyValue): PropertyValue {
  if (typeof value !== "string") return value;
  const compact = value.replace(/\s+/g, "");
  return Buffer.from(compact, "base64").toString("base64") === compact ? compact : value;
}

/** Schema fields that no property of a Pulumi resource can be called: the SDK writes underscores, the API server dashes. */
const dashedFields = new Set([
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);
const underscoredFields = new Set([...dashedFields].map((field) => field.replaceAll("-", "_")));

/** The object with field names as the API server spells them. */
export function toServerNames(object: PropertyMap): PropertyMap {
  return renamed(object, (key) => (underscoredFields.has(key) ? key.replaceAll("_", "-") : key));
}

/** The object with field names as the SDK spells them. */
export function toPropertyNames(object: PropertyMap): PropertyMap {
  return renamed(object, (key) => (dashedFields.has(key) ? key.replaceAll("-", "_") : key));
}

function renamed(object: PropertyMap, rename: (key: string) => string): PropertyMap {
  const walk = (value: PropertyValue): PropertyValue => {
    if (Array.isArray(value)) return value.map(walk);
    return isMap(value) ? renamed(value, rename) : value;
  };
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), walk(value)]));
}
