import { parse, parseAllDocuments } from "yaml";
import { isMap, type PropertyMap } from "../../protocol";
import type { Connection } from "../cluster/kubeconfig";
import { at, idOf, type KubernetesObject, kindOf, mapAt, numberAt, textAt } from "../objects/object";
import { HelmError, helm } from "./command";
import { chartArguments, installArguments, uninstallArguments, upgradeArguments } from "./flags";

/** What the cluster holds of a release. */
export interface LiveRelease {
  readonly chart: string;
  readonly version: string;
  /** The values it was given, without the chart's own. */
  readonly values: PropertyMap;
  /** As the output `status` of the resource. */
  readonly status: PropertyMap;
  readonly objects: readonly KubernetesObject[];
}

/** A release as Helm addresses it. */
export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

export const releaseName = (release: PropertyMap): ReleaseName => ({
  name: textAt(release, "name"),
  namespace: textAt(release, "namespace"),
});

const inNamespace = ({ namespace }: ReleaseName) => ["--namespace", namespace];

/**
 * The exact version of a chart that may be asked for by a range, or not at all.
 *
 * @throws HelmError if there is no such chart.
 */
export async function chartVersion(release: PropertyMap): Promise<string> {
  return textAt(parse(await helm(["show", "chart", ...chartArguments(release)])) as PropertyMap, "version");
}

export async function install(release: PropertyMap, connection: Connection, signal: AbortSignal): Promise<void> {
  const target = releaseName(release);
  const args = ["install", target.name, ...installArguments(release), ...inNamespace(target)];
  await helm(args, connection, { values: mapAt(release, "values"), signal });
}

export async function upgrade(release: PropertyMap, connection: Connection, signal: AbortSignal): Promise<void> {
  const target = releaseName(release);
  const values = mapAt(release, "values");
  if (release.lint === true) await helm(["lint", textAt(release, "chart")], undefined, { values, signal });
  await helm(["upgrade", target.name, ...upgradeArguments(release), ...inNamespace(target)], connection, {
    values,
    signal,
  });
}

/** Succeeds if there is no such release. */
export async function uninstall(release: PropertyMap, connection: Connection, signal: AbortSignal): Promise<void> {
  const target = releaseName(release);
  const args = ["uninstall", target.name, ...uninstallArguments(release), ...inNamespace(target)];
  await helm(args, connection, { signal }).catch(unlessNotFound);
}

/** The newest revision of a release; undefined if there is none. */
export async function lookUp(target: ReleaseName, connection: Connection): Promise<LiveRelease | undefined> {
  const ask = async (...command: string[]) =>
    JSON.parse(
      await helm([...command, target.name, ...inNamespace(target), "--output", "json"], connection),
    ) as PropertyMap;
  const answers = await Promise.all([ask("status"), ask("get", "metadata")]).catch(unlessNotFound);
  if (!answers) return undefined;
  const [release, metadata] = answers;
  return {
    chart: textAt(metadata, "chart"),
    version: textAt(metadata, "version"),
    values: mapAt(release, "config"),
    status: {
      appVersion: textAt(metadata, "appVersion"),
      chart: textAt(metadata, "chart"),
      name: target.name,
      namespace: target.namespace,
      revision: numberAt(release, "version") ?? 0,
      status: textAt(release, "info", "status"),
      version: textAt(metadata, "version"),
    },
    objects: objectsOf(textAt(release, "manifest")),
  };
}

function objectsOf(manifest: string): KubernetesObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter(
      (object): object is KubernetesObject => object !== null && isMap(object) && at(object, "kind") !== undefined,
    );
}

/** The output `resourceNames`: `ConfigMap/v1`, `Deployment.apps/apps/v1` to sorted names. */
export function resourceNames(objects: readonly KubernetesObject[]): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  for (const object of objects) {
    const { apiVersion, kind } = kindOf(object);
    const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
    const key = `${kind}${group}/${apiVersion}`;
    names[key] = [...new Set([...(names[key] ?? []), idOf(object)])].sort();
  }
  return names;
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof HelmError && error.isNotFound) return undefined;
  throw error;
}
