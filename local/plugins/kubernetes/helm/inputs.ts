import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  Asset,
  containsSecrets,
  containsUnknowns,
  isMap,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
  secret,
  unknown,
} from "../../protocol";

/** What a release is made of, as the official provider keeps it. Everything else among the arguments is settled by `check`. */
const fields = [
  "atomic",
  "chart",
  "cleanupOnFail",
  "createNamespace",
  "dependencyUpdate",
  "description",
  "devel",
  "disableCRDHooks",
  "disableOpenapiValidation",
  "disableWebhooks",
  "forceUpdate",
  "keyring",
  "lint",
  "maxHistory",
  "name",
  "namespace",
  "postrender",
  "recreatePods",
  "renderSubchartNotes",
  "replace",
  "repositoryOpts",
  "resetValues",
  "reuseValues",
  "skipAwait",
  "skipCrds",
  "takeOwnership",
  "timeout",
  "values",
  "verify",
  "version",
  "waitForJobs",
] as const;

/** Seconds that the objects of a release may take to become ready, if the release does not say. */
const defaultTimeout = 300;

/**
 * The arguments of a release with its name, namespace and time-out settled, its values files merged under its values, and without what says
 * nothing.
 *
 * @param namespace the provider's own.
 * @throws Error for a values file that cannot be read.
 */
export function releaseInputs(
  given: PropertyMap,
  oldInputs: PropertyMap,
  logicalName: string,
  namespace: string,
): PropertyMap {
  const settled: PropertyMap = {
    ...given,
    name: text(given.name) ?? text(oldInputs.name) ?? `${logicalName}-${randomBytes(4).toString("hex")}`,
    namespace: text(given.namespace) ?? namespace,
    values: mergedValues(given),
  };
  if (!reveals(given.skipAwait, true)) settled.timeout ??= defaultTimeout;
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = settled[field];
      return value === undefined || saysNothing(field, value) ? [] : [[field, value]];
    }),
  );
}

/** A text, or one that is not known yet; undefined for none. */
const text = (value: PropertyValue | undefined) =>
  value === undefined || value === null || value === "" ? undefined : value;

const reveals = (value: PropertyValue | undefined, wanted: PropertyValue) =>
  value !== undefined && reveal(value) === wanted;

function saysNothing(field: string, value: PropertyValue): boolean {
  const plain = reveal(value);
  if (isMap(plain)) return Object.keys(plain).length === 0;
  return plain === null || plain === false || plain === "" || (plain === 0 && field !== "maxHistory");
}

function mergedValues({ valueYamlFiles, values }: PropertyMap): PropertyValue {
  if (valueYamlFiles === undefined) return values ?? {};
  if (containsUnknowns(valueYamlFiles)) return unknown;
  const files = reveal(valueYamlFiles);
  if (!Array.isArray(files)) throw new Error("valueYamlFiles takes a list of file and string assets");
  const own = values instanceof Secret ? values.value : values;
  const merged = [...files.map(valuesOfFile), own].reduce<PropertyValue>(merge, {});
  return values instanceof Secret || containsSecrets(valueYamlFiles) ? secret(merged) : merged;
}

function valuesOfFile(file: PropertyValue): PropertyValue {
  if (!(file instanceof Asset)) throw new Error("valueYamlFiles takes file and string assets");
  const { text: contents, path } = file.contents;
  if (contents === undefined && path === undefined)
    throw new Error("valueYamlFiles takes file and string assets, not remote ones");
  // Without the lines around a fault, which may be secret.
  const parsed: unknown = parse(contents ?? readFileSync(path ?? "", "utf8"), { prettyErrors: false });
  return (parsed ?? {}) as PropertyMap;
}

/** The second over the first: objects key by key, anything else as a whole. */
function merge(base: PropertyValue, over: PropertyValue | undefined): PropertyValue {
  if (over === undefined) return base;
  if (!isMap(base) || !isMap(over)) return over;
  const merged: PropertyMap = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key] ?? null, value);
  return merged;
}
