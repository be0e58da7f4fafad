import type { Field } from "./field";
import { files } from "./files";
import { allContainers } from "./pods";
import type { Resource } from "./rule";

/** An environment variable, in a container or in a ConfigMap or Secret that containers take all of theirs from. */
export interface Variable {
  readonly name: string;
  /** Where its name stands. */
  readonly at: Field;
  /** Absent if the value comes from elsewhere, such as a key of a Secret. */
  readonly value?: Field;
}

/** Names that only the daemons' variables have: a ConfigMap that has such a key is made for `envFrom`. */
const daemons = /^(CLUSTER|IPFS|KUBO|LIBP2P)_[A-Z]/;

/** Every environment variable that a resource sets. */
export function variables(resource: Resource): readonly Variable[] {
  const own = allContainers(resource).flatMap((container) => container.at("env").items);
  return [
    ...own.map((entry) => ({
      name: entry.at("name").text ?? "",
      at: entry.at("name"),
      ...(entry.at("valueFrom").missing && { value: entry.at("value") }),
    })),
    ...files(resource).flatMap(([name, file]) => (daemons.test(name) ? [{ name, at: file, value: file }] : [])),
  ];
}

/** What a resource sets an environment variable to, where it says that itself. */
export function valuesOf(resource: Resource, name: string): readonly Field[] {
  return variables(resource).flatMap((variable) => (variable.name === name && variable.value ? [variable.value] : []));
}
