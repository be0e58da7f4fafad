import { isKubernetes } from "../pods";
import type { Rule } from "../rule";

const dangerous = /^nginx\.ingress\.kubernetes\.io\/(.*-snippet|rewrite-target|use-regex|app-root)$/;

/** What an Ingress may ask of its controller. */
export const noSnippets: Rule = {
  name: "no-snippets-or-rewrites",
  what: "No Ingress has snippets of configuration, regular expressions or rewritten paths.",
  why: "A snippet runs as the controller, which reads the Secrets of all namespaces; a rewrite leads other paths of the host, in any case of letters, where nobody expects it.",
  fix: "take the annotation away, and give each API a host of its own",
  check(resource, report) {
    if (isKubernetes(resource)) {
      for (const [name, field] of resource.fields.at("metadata", "annotations").entries) {
        if (dangerous.test(name)) report(field, "is a snippet or a rewrite");
      }
    }
    if (resource.type === "kubernetes:helm.sh/v3:Release") {
      const controller = resource.fields.at("values", "controller");
      const ways = [controller.at("allowSnippetAnnotations"), controller.at("config", "allow-snippet-annotations")];
      for (const allowed of ways) {
        if (allowed.is(true) || allowed.is("true")) report(allowed, "lets every Ingress have snippets");
      }
    }
  },
};
