import { isMap, type PropertyMap, reveal, Unknown } from "../protocol";
import { type Choice, loadKubeconfig } from "./cluster/kubeconfig";
import type { Mutability } from "./objects/immutable";
import { same, textAt } from "./objects/object";

/** What the arguments of a `kubernetes.Provider`, or the stack's `kubernetes:` configuration, say. */
export interface ProviderConfig extends Choice {
  /** The namespace of objects that name none; default: that of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** Take over fields that others manage, instead of failing on the conflict. Default: false. */
  readonly patchForce: boolean;
  /** Which objects change in place although they are replaced by default. */
  readonly mutability: Mutability;
  /** Create over an object that exists already. Default: false. */
  readonly upsertExistingObjects: boolean;
  /** Take resources of a cluster that cannot be reached for deleted. Default: false. */
  readonly deleteUnreachable: boolean;
  /** Keep the API server's warnings to oneself. Default: false. */
  readonly suppressWarnings: boolean;
}

export function providerConfig(properties: PropertyMap): ProviderConfig {
  const args = reveal(properties);
  const flag = (name: string, variable: string) =>
    String(args[name] ?? process.env[`PULUMI_K8S_${variable}`]) === "true";
  return {
    ...choiceOf(args),
    namespace: textAt(args, "namespace") || undefined,
    patchForce: flag("enablePatchForce", "ENABLE_PATCH_FORCE"),
    mutability: {
      configMaps: flag("enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
      secrets: flag("enableSecretMutable", "ENABLE_SECRET_MUTABLE"),
    },
    upsertExistingObjects: flag("upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
    deleteUnreachable: flag("deleteUnreachable", "DELETE_UNREACHABLE"),
    suppressWarnings: flag("suppressDeprecationWarnings", "SUPPRESS_DEPRECATION_WARNINGS"),
  };
}

function choiceOf(args: PropertyMap): Choice {
  const { kubeconfig } = args;
  return {
    kubeconfig: isMap(kubeconfig) ? JSON.stringify(kubeconfig) : textAt(args, "kubeconfig"),
    context: textAt(args, "context") || undefined,
    cluster: textAt(args, "cluster") || undefined,
  };
}

/** The arguments that say which cluster it is. */
const clusterArguments = ["kubeconfig", "context", "cluster"] as const;

/**
 * The changed arguments for which every resource of the provider has to be replaced, because it is about another cluster now. A
 * `clusterIdentifier` decides if both sides have one; else the cluster entry that the kubeconfig's context leads to. What a preview does not
 * know is taken for another.
 */
export function clusterChange(oldProperties: PropertyMap, newProperties: PropertyMap): readonly string[] {
  const olds = reveal(oldProperties);
  const news = reveal(newProperties);
  const [before, after] = [textAt(olds, "clusterIdentifier"), textAt(news, "clusterIdentifier")];
  if (before !== "" && after !== "") return before === after ? [] : ["clusterIdentifier"];
  const changed = clusterArguments.filter((name) => !same(olds[name], news[name]));
  const unknowns = changed.filter((name) => news[name] instanceof Unknown);
  if (unknowns.length > 0 || changed.length === 0) return unknowns;
  const [oldServer, newServer] = [serverOf(olds), serverOf(news)];
  return oldServer !== undefined && newServer !== undefined && oldServer !== newServer ? changed : [];
}

/** What a kubeconfig given as an argument says of its active cluster; undefined if it cannot be told. */
function serverOf(args: PropertyMap): string | undefined {
  const choice = choiceOf(args);
  if (!choice.kubeconfig) return undefined;
  try {
    const { currentContext, contexts, clusters } = loadKubeconfig(choice.kubeconfig);
    const context = contexts.find(({ name }) => name === (choice.context || currentContext))?.context;
    const name = choice.cluster || context?.cluster;
    const cluster = clusters.find((entry) => entry.name === name)?.cluster;
    return cluster && JSON.stringify(cluster);
  } catch {
    return undefined;
  }
}
