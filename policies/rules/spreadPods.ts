import { podTemplate, replicas } from "../pods";
import type { Rule } from "../rule";

/** Pods of a kind that don't fail together. */
export const spreadPods: Rule = {
  name: "spread-pods",
  what: "Pods of a kind keep apart from each other.",
  why: "The scheduler may put all of them on one machine, and content that is pinned on three peers is lost with one disk.",
  fix: "add topologySpreadConstraints, or affinity.podAntiAffinity",
  check(resource, report) {
    const template = podTemplate(resource);
    if (!template || (replicas(resource) ?? 0) < 2) return;
    const { spec } = template;
    const ways = [spec.at("topologySpreadConstraints"), spec.at("affinity", "podAntiAffinity")];
    if (ways.every(({ missing }) => missing)) report(ways[0], "is missing, and so is an anti-affinity");
  },
};
