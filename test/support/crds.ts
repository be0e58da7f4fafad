import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type SchemaObject, type ValidateFunction } from "ajv";

const directory = join(__dirname, "..", "fixtures", "crds");

/** An object of any kind, as far as this file looks at it. */
interface CustomResource {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What an API server with strict field validation would find wrong with a custom resource; empty if nothing. Of CEL rules only those for the
 * length of a duration are evaluated.
 * Throws for kinds that test/fixtures/crds has no schema of.
 */
export function crdFaults(resource: object): string[] {
  const { apiVersion, kind } = resource as CustomResource;
  const validate = validatorOf(apiVersion, kind);
  if (validate(JSON.parse(JSON.stringify(resource)))) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = "additionalProperty" in params ? ` ${params.additionalProperty}` : "";
    return `${kind}${instancePath}: ${message}${extra}`;
  });
}

/** Whether there is a schema of that kind. */
export function hasCrd(apiVersion: string, kind: string): boolean {
  return existsSync(fileOf(apiVersion, kind));
}

/** Fails with everything that is wrong with the resources. */
export function assertCrds(...resources: readonly object[]): void {
  assert.deepEqual(resources.flatMap(crdFaults), []);
}

const validators = new Map<string, ValidateFunction>();

const ajv = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  unicodeRegExp: false,
  code: { optimize: false },
});
ajv.addKeyword({
  keyword: "x-kubernetes-list-map-keys",
  type: "array",
  schemaType: "array",
  error: { message: "has two items with the same keys" },
  validate: (keys: string[], items: readonly Record<string, unknown>[]) => {
    const seen = items.map((item) => JSON.stringify(keys.map((key) => item[key] ?? null)));
    return new Set(seen).size === seen.length;
  },
});

ajv.addKeyword({
  keyword: "x-kubernetes-validations",
  type: "string",
  schemaType: "array",
  error: { message: "is no duration, or too short a one" },
  validate: (validations: readonly { readonly rule: string }[], value: string) =>
    validations.every(({ rule }) => {
      const [, operator, least] = /^duration\(self\) (>=|>) duration\('(\w+)'\)$/.exec(rule) ?? [];
      assert.ok(operator && least, `a rule that nobody here can evaluate: ${rule}`);
      const [length, limit] = [milliseconds(value), milliseconds(least)];
      return operator === ">" ? length > limit : length >= limit;
    }),
});

/** Of a Go duration of whole numbers; NaN for anything else, which is neither more nor less than any limit. */
function milliseconds(duration: string): number {
  if (!/^(\d+(h|m|s|ms))+$/.test(duration)) return Number.NaN;
  const units: Readonly<Record<string, number>> = { h: 3600000, m: 60000, s: 1000, ms: 1 };
  const parts = [...duration.matchAll(/(\d+)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit], 0);
}

function fileOf(apiVersion: string, kind: string): string {
  return join(directory, `${apiVersion.replace("/", "_")}_${kind}.json`);
}

function validatorOf(apiVersion: string, kind: string): ValidateFunction {
  const key = `${apiVersion}/${kind}`;
  const known = validators.get(key);
  if (known) return known;
  const validate = ajv.compile(crdSchema(apiVersion, kind));
  validators.set(key, validate);
  return validate;
}

/** The schema of a kind's definition, as its generator wrote it down. */
export function openApiSchema(apiVersion: string, kind: string): Schema {
  return JSON.parse(readFileSync(fileOf(apiVersion, kind), "utf8"));
}

/** The schema of a kind as an API server with strict field validation takes it. Throws for kinds that there is none of. */
export function crdSchema(apiVersion: string, kind: string): SchemaObject {
  const schema = strict(openApiSchema(apiVersion, kind)) as SchemaObject;
  const properties = { ...schema.properties, apiVersion: { const: apiVersion }, kind: { const: kind }, metadata };
  return { ...schema, properties, required: ["apiVersion", "kind", "metadata"] };
}

const strings = { type: "object", additionalProperties: { type: "string" } };

/** As much of ObjectMeta as anybody sets. */
const metadata = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", maxLength: 253, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" },
    namespace: { type: "string", maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" },
    labels: strings,
    annotations: strings,
  },
};

type Schema = Readonly<Record<string, unknown>>;

/**
 * A structural schema, with the API server's own keywords in terms of JSON Schema: an object has the fields that it declares and no others,
 * unless it is a map or preserves what it does not know. Below allOf, anyOf, oneOf and not there are only further conditions on values.
 */
function strict(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema as Record<string, Schema | undefined>;
  const result: Record<string, unknown> = { ...schema };
  if (schema["x-kubernetes-int-or-string"]) {
    result.type = ["integer", "string"];
  }
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, strict(field as Schema)]),
    );
  }
  if (schema["x-kubernetes-embedded-resource"]) {
    result.properties = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata, ...properties };
  }
  if (items) result.items = strict(items);
  if (typeof additionalProperties === "object") result.additionalProperties = strict(additionalProperties);
  else if (schema.type === "object" && !schema["x-kubernetes-preserve-unknown-fields"])
    result.additionalProperties = additionalProperties ?? false;
  return result;
}
