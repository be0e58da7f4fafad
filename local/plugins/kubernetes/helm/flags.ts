import type { PropertyMap, PropertyValue } from "../../protocol";
import { textAt } from "../objects/object";

type Flags = Readonly<Record<string, string>>;

const findingChart: Flags = {
  devel: "--devel",
  keyring: "--keyring",
  verify: "--verify",
  version: "--version",
};

const installing: Flags = {
  atomic: "--atomic",
  createNamespace: "--create-namespace",
  dependencyUpdate: "--dependency-update",
  description: "--description",
  disableOpenapiValidation: "--disable-openapi-validation",
  disableWebhooks: "--no-hooks",
  postrender: "--post-renderer",
  renderSubchartNotes: "--render-subchart-notes",
  replace: "--replace",
  skipCrds: "--skip-crds",
  takeOwnership: "--take-ownership",
};

const upgrading: Flags = {
  atomic: "--atomic",
  cleanupOnFail: "--cleanup-on-fail",
  dependencyUpdate: "--dependency-update",
  description: "--description",
  disableCRDHooks: "--no-hooks",
  disableOpenapiValidation: "--disable-openapi-validation",
  forceUpdate: "--force",
  postrender: "--post-renderer",
  recreatePods: "--recreate-pods",
  renderSubchartNotes: "--render-subchart-notes",
  resetValues: "--reset-values",
  reuseValues: "--reuse-values",
  skipCrds: "--skip-crds",
  takeOwnership: "--take-ownership",
};

/** The arguments that say which chart, for any command. */
export function chartArguments(release: PropertyMap): string[] {
  const repository = ["repo", "caFile", "certFile", "keyFile", "username"].flatMap((option) => {
    const value = textAt(release, "repositoryOpts", option);
    return value === "" ? [] : [`--${option.replace("File", "-file")}`, value];
  });
  return [textAt(release, "chart"), ...repository, ...flags(findingChart, release)];
}

export function installArguments(release: PropertyMap): string[] {
  return [...chartArguments(release), ...flags(installing, release), ...waitArguments(release)];
}

export function upgradeArguments(release: PropertyMap): string[] {
  const { maxHistory } = release;
  const history = ["--history-max", String(typeof maxHistory === "number" ? maxHistory : 0)];
  return [...chartArguments(release), ...flags(upgrading, release), ...history, ...waitArguments(release)];
}

/** A deletion is waited for as a creation is. */
export function uninstallArguments(release: PropertyMap): string[] {
  const waits = release.atomic === true || release.skipAwait !== true;
  return waits ? ["--wait", ...timeout(release.timeout)] : [];
}

function waitArguments(release: PropertyMap): string[] {
  if (release.skipAwait === true) return [];
  return ["--wait", ...(release.waitForJobs === true ? ["--wait-for-jobs"] : []), ...timeout(release.timeout)];
}

const timeout = (seconds: PropertyValue | undefined) =>
  typeof seconds === "number" ? ["--timeout", `${seconds}s`] : [];

function flags(table: Flags, release: PropertyMap): string[] {
  return Object.entries(table).flatMap(([field, flag]) => {
    const value = release[field];
    if (value === true) return [flag];
    return typeof value === "string" && value !== "" ? [flag, value] : [];
  });
}
