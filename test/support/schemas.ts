import openapi from "../fixtures/kubernetes/openapi.generated.json";
import { crdSchema, hasCrd } from "./crds";

/** A JSON Schema, as far as this file looks at it. */
export type Schema = Readonly<Record<string, unknown>>;

/** What an API server publishes of its own kinds at /openapi/v2. */
export interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** The built-in kinds that the program makes, or is about to. */
const builtIn = [
  "/v1/ConfigMap",
  "/v1/Namespace",
  "/v1/PersistentVolumeClaim",
  "/v1/Pod",
  "/v1/Secret",
  "/v1/Service",
  "/v1/ServiceAccount",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/CronJob",
  "networking.k8s.io/v1/Ingress",
  "networking.k8s.io/v1/NetworkPolicy",
  "policy/v1/PodDisruptionBudget",
] as const;

/** As much of an API server's own definitions as those kinds consist of, without descriptions: what test/fixtures keeps. */
export function builtInDefinitions({ definitions }: OpenApi): OpenApi["definitions"] {
  const found = new Set<string>();
  const collect = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, inner] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) collect(inner);
  };
  for (const kind of builtIn) collect(nameOf(kind, definitions));
  return Object.fromEntries([...found].sort().map((name) => [name, undescribed(definitions[name]) as Schema]));
}

function nameOf(kind: string, definitions: OpenApi["definitions"]): string {
  const found = Object.keys(definitions).find((name) => kindsOf(definitions[name]).includes(kind));
  if (found === undefined) throw new Error(`the API server has no ${kind}`);
  return found;
}

function kindsOf(definition: Schema): string[] {
  const kinds = (definition["x-kubernetes-group-version-kind"] ?? []) as {
    group: string;
    version: string;
    kind: string;
  }[];
  return kinds.map(({ group, version, kind }) => `${group}/${version}/${kind}`);
}

/** Without what is for people, and for patches. */
function undescribed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(undescribed);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => !(key === "description" && typeof inner === "string") && !key.startsWith("x-kubernetes-patch"),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, undescribed(inner)]));
}

/** Whether there is a schema of that kind. */
export function hasSchema(apiVersion: string, kind: string): boolean {
  return hasCrd(apiVersion, kind) || isBuiltIn(apiVersion, kind);
}

function isBuiltIn(apiVersion: string, kind: string): boolean {
  const group = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return (builtIn as readonly string[]).includes(`${group}/${kind}`);
}

/**
 * A kind's schema as an API server with strict field validation takes it: an object has the fields that are declared and no others.
 * Throws for kinds that there is no schema of.
 */
export function strictSchema(apiVersion: string, kind: string): Schema {
  if (!isBuiltIn(apiVersion, kind)) return crdSchema(apiVersion, kind);
  const group = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  const name = nameOf(`${group}/${kind}`, openapi.definitions as OpenApi["definitions"]);
  const strict = strictDefinitions();
  const { properties } = strict[name] as { properties: Schema };
  return {
    ...strict[name],
    properties: { ...properties, apiVersion: { const: apiVersion }, kind: { const: kind } },
    required: ["apiVersion", "kind", "metadata"],
    definitions: strict,
  };
}

let definitions: Readonly<Record<string, Schema>> | undefined;

function strictDefinitions(): Readonly<Record<string, Schema>> {
  definitions ??= Object.fromEntries(
    Object.entries(openapi.definitions as Record<string, Schema>).map(([name, definition]) => [
      name,
      closed(definition),
    ]),
  );
  return definitions;
}

/** Numbers and texts alike where the API server takes either; else only what is declared. */
function closed(definition: Schema): Schema {
  if (definition.format === "int-or-string") return { type: ["integer", "string"] };
  return "properties" in definition ? { ...definition, additionalProperties: false } : definition;
}
