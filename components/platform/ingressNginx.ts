import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { release } from "./chart";

const releaseName = "ingress-nginx";

/** What this program sets of the chart's values. */
interface IngressNginxValues {
  readonly controller: {
    readonly ingressClassResource: { readonly name: string; readonly controllerValue: string };
    /** Of the old annotation, which the controller reads too. */
    readonly ingressClass: string;
    readonly replicaCount: number;
    readonly minAvailable: number;
    readonly unhealthyPodEvictionPolicy: "AlwaysAllow";
    readonly topologySpreadConstraints: readonly object[];
    readonly resources: {
      readonly requests: { readonly cpu: string; readonly memory: string };
      readonly limits: { readonly memory: string };
    };
    readonly service: { readonly type: "LoadBalancer" | "NodePort"; readonly externalTrafficPolicy: "Local" };
    readonly allowSnippetAnnotations: boolean;
    readonly enableAnnotationValidations: boolean;
    readonly image: { readonly allowPrivilegeEscalation: boolean; readonly runAsNonRoot: boolean };
    readonly admissionWebhooks: { readonly enabled: boolean; readonly failurePolicy: "Fail" };
    /** The controller's ConfigMap: texts only. */
    readonly config: Readonly<Record<string, string>>;
  };
}

/** The chart's values but for those of the stack file. */
export function ingressNginxValues(settings: Settings): IngressNginxValues {
  const { class: ingressClass } = settings.ingressController;
  const dev = settings.environment === "dev";
  return {
    controller: {
      // Two controllers in one cluster are told apart by both.
      ingressClassResource: { name: ingressClass, controllerValue: `k8s.io/ingress-${ingressClass}` },
      ingressClass,
      replicaCount: dev ? 1 : 2,
      // The chart makes a PodDisruptionBudget of these where there is more than one replica.
      minAvailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      topologySpreadConstraints: dev ? [] : ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(spread),
      // No CPU limit: throttled, it would slow down every request.
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      // Local: otherwise limits and allowed ranges would see the nodes' addresses instead of the clients'.
      service: { type: dev ? "NodePort" : "LoadBalancer", externalTrafficPolicy: "Local" },
      allowSnippetAnnotations: false,
      enableAnnotationValidations: true,
      image: { allowPrivilegeEscalation: false, runAsNonRoot: true },
      admissionWebhooks: { enabled: true, failurePolicy: "Fail" },
      config: {
        // Annotations of risk Critical, the snippets, are refused.
        "annotations-risk-level": "High",
        "strict-validate-path-type": "true",
        "allow-cross-namespace-resources": "false",
        // The stack owns its hosts, and not what may be below them.
        "hsts-include-subdomains": "false",
        // 503 would say that the API is down.
        "limit-req-status-code": "429",
        "limit-conn-status-code": "429",
      },
    },
  };
}

function spread(topologyKey: string): object {
  const matchLabels = { "app.kubernetes.io/instance": releaseName, "app.kubernetes.io/component": "controller" };
  return { topologyKey, maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels } };
}

/**
 * Installs ingress-nginx, or a fork with the same values, if this stack is to bring the ingress controller; undefined if not.
 *
 * Security: the controller reads every Secret of the Kubernetes cluster, and gets no more fixes from its makers.
 */
export function ingressNginx(
  name: string,
  settings: Settings,
  parent: pulumi.Resource,
): k8s.helm.v3.Release | undefined {
  const { ingressController } = settings;
  if (ingressController.install !== "install") return undefined;
  return release(name, releaseName, ingressController, { ...ingressNginxValues(settings) }, parent);
}
