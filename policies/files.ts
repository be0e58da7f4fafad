import type { Field } from "./field";
import { isKubernetes } from "./pods";
import type { Resource } from "./rule";

/** The files that pods find in a Secret or ConfigMap, by name. */
export function files(resource: Resource): readonly (readonly [string, Field])[] {
  if (!isKubernetes(resource, "ConfigMap", "Secret")) return [];
  const [plain, encoded] = isKubernetes(resource, "ConfigMap") ? ["data", "binaryData"] : ["stringData", "data"];
  return [
    ...resource.fields.at(plain).entries,
    ...resource.fields.at(encoded).entries.map(([name, file]) => [name, file.decoded()] as const),
  ];
}

/** ipfs-cluster's configurations in a Secret or ConfigMap. */
export function serviceJsons(resource: Resource): readonly Field[] {
  return files(resource).flatMap(([name, file]) => (name.endsWith("service.json") ? [file.parsed()] : []));
}
