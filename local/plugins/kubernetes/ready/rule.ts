import type { KindName, KubernetesObject } from "../objects/object";

/** An object and what surrounds it, at one moment. */
export interface Scene {
  /** The object as it is now. */
  readonly object: KubernetesObject;
  /** The object before the update that is waited for; undefined after a create or for a refresh. */
  readonly before: KubernetesObject | undefined;
  /** The other objects that the rule asked for, of one kind. */
  readonly related: (kind: string) => readonly KubernetesObject[];
  /** Whether what the rule settles on has been seen, and long enough ago for stragglers to have come. */
  readonly settled: boolean;
}

/** What a rule makes of a scene. */
export interface Verdict {
  readonly ready: boolean;
  /** One line on how far it is. */
  readonly progress: string;
  /** What is missing, one line each; for the error if it never becomes ready. */
  readonly missing: readonly string[];
  /** It will never become ready. */
  readonly failed?: boolean;
}

/** When an object of some kind is ready to be used. */
export interface ReadinessRule {
  /** Kinds to look at besides the object: those of its namespace, or of the cluster where a kind has no namespace. */
  readonly related?: readonly KindName[];
  /** The related kind whose changes take effect with a delay. */
  readonly settlesOn?: string;
  readonly judge: (scene: Scene) => Verdict;
  /** The pods that stand in the way, to tell what is wrong with them. */
  readonly pods?: (scene: Scene) => readonly KubernetesObject[];
  /** Whether a refresh reports an object that is not ready, as against only waiting for it after a change. Default: false. */
  readonly onRefresh?: boolean;
}

export const ready = (progress: string): Verdict => ({ ready: true, progress, missing: [] });

export const waiting = (progress: string, ...missing: string[]): Verdict => ({
  ready: false,
  progress,
  missing: missing.length > 0 ? missing : [progress],
});

export const failed = (...missing: string[]): Verdict => ({
  ready: false,
  failed: true,
  progress: missing[0] ?? "",
  missing,
});
