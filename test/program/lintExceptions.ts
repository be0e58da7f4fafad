/** Something that kube-score criticises and that stays, with the reason. */
export interface LintException {
  /** kube-score's name of the check. */
  readonly check: string;
  /** The objects that it may be about: `<Kind>/<name>`. */
  readonly objects: RegExp;
  readonly reason: string;
}

/** All that kube-score finds in the objects of any stack. What no longer occurs has to go. */
export const lintExceptions: readonly LintException[] = [
  {
    check: "container-image-pull-policy",
    objects: /^(StatefulSet|Deployment|CronJob)\//,
    reason:
      "images are pinned, so pulling again brings nothing new; and a peer must come back while a registry is away",
  },
  {
    check: "container-security-context-user-group-id",
    objects: /^(StatefulSet|CronJob)\//,
    reason: "with podSecurity.user: platform the pods name no user, as the platform would refuse any that they name",
  },
  {
    check: "networkpolicy-targets-pod",
    objects: /^NetworkPolicy\/acme-solver$/,
    reason: "it is for the pods that cert-manager runs while a certificate is asked for",
  },
  {
    check: "pod-probes-identical",
    objects: /^Deployment\/gateway$/,
    reason: "both ask for what is answered however many requests there are; liveness has two minutes' patience",
  },
  {
    check: "pod-probes-identical",
    objects: /^StatefulSet\/ipfs$/,
    reason:
      "liveness asks for the RPC's version and readiness for the gateway's: other ports, which are one to kube-score as they have names",
  },
  {
    check: "service-targets-pod",
    objects: /^Service\/(ipfs|cluster|peer)-\d+(-|$)/,
    reason:
      "a peer's own Service selects by statefulset.kubernetes.io/pod-name, which the StatefulSet's controller adds",
  },
  {
    check: "service-type",
    objects: /^Service\//,
    reason: "a node port is a way in that a stack file has to ask for",
  },
  {
    check: "deployment-replicas",
    objects: /^Deployment\/gateway$/,
    reason: "one gateway pod is the default of dev, a laptop",
  },
];

/** Warnings of an API server that stay, with the reason. */
export const warningExceptions: readonly { readonly warning: RegExp; readonly reason: string }[] = [
  {
    warning: /annotation "kubernetes.io\/ingress.class" is deprecated/,
    reason: "GKE's controller reads nothing else",
  },
  {
    warning: /x509: malformed certificate/,
    reason: "the tests' own certificates are made up",
  },
];
