import { resourcesWithin } from "../resources";
import type { SettingsInput } from "../schema";
import type { Environment, Network, Settings } from "../settings";
import type { WorkloadSettings } from "../workload";
import { apiHosts } from "./hosts";
import type {
  ChartSettings,
  ExposureSettings,
  GatewaySettings,
  HttpWay,
  Issuer,
  IstioGatewaySettings,
  PeerWay,
  PerPeerLoadBalancer,
  SwarmWay,
} from "./types";

/** Let's Encrypt's directories. */
const letsEncrypt = {
  production: "https://acme-v02.api.letsencrypt.org/directory",
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
} as const;

/** ExternalDNS 0.22 reads the first, earlier ones the second. */
const externalDnsPrefixes = ["external-dns.kubernetes.io", "external-dns.alpha.kubernetes.io"];

const ingressController = {
  namespace: "ingress-nginx",
  chart: "ingress-nginx",
  repository: "https://kubernetes.github.io/ingress-nginx",
  // The last there will be: the project is retired.
  version: "4.15.1",
};

const certManager = {
  namespace: "cert-manager",
  chart: "oci://quay.io/jetstack/charts/cert-manager",
  version: "v1.21.1",
};

/** What is installed where nothing else is said. */
export const charts = { ingressController, certManager };

const gatewaySizes: Readonly<Record<Environment, WorkloadSettings["resources"]>> = {
  dev: {
    requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "2Gi" },
  },
  staging: {
    requests: { cpu: "200m", memory: "512Mi", "ephemeral-storage": "1Gi" },
    limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "5Gi" },
  },
  prod: {
    requests: { cpu: "500m", memory: "2Gi", "ephemeral-storage": "5Gi" },
    limits: { cpu: "4", memory: "2Gi", "ephemeral-storage": "20Gi" },
  },
};

/** The sections of `Settings` that say who gets in, and how. */
export type WaysIn = Pick<
  Settings,
  "exposure" | "gateway" | "issuer" | "ingressController" | "certManager" | "gatewayApi" | "istio"
>;

/** Fills in what a stack file leaves out of ways in; the namespace is the stack's. */
export function waysIn(input: SettingsInput, namespace: string): WaysIn {
  const exposure = exposed(input.exposure, input.network ?? "private");
  const issuer = issuing(input.tls?.issuer, input.environment);
  const implementation = input.gatewayApi?.implementation ?? ("other" as const);
  const gatewayApi = {
    implementation,
    namespace:
      input.gatewayApi?.namespace ??
      (implementation === "envoyGateway"
        ? "envoy-gateway-system"
        : (input.gatewayApi?.existing?.namespace ?? namespace)),
    class: input.gatewayApi?.class,
    existing: input.gatewayApi?.existing,
    annotations: input.gatewayApi?.annotations ?? {},
    routeVersion: input.gatewayApi?.routeVersion ?? ("v1" as const),
  };
  const istio = {
    public: istioGateway(input.istio?.public),
    client: istioGateway(input.istio?.client),
    mesh: input.istio?.mesh ?? false,
  };
  const hosts = apiHosts({ exposure, issuer, gatewayApi, istio, namespace: { name: "", create: true }, replicas: 1 });
  return {
    exposure,
    gateway: gateway(input.gateway, input.environment),
    issuer,
    ingressController: {
      ...chart(
        input.ingressController,
        charts.ingressController,
        hosts.some(({ way }) => way === "ingress"),
      ),
      class: input.ingressController?.class ?? "nginx",
    },
    certManager: chart(
      input.certManager,
      charts.certManager,
      hosts.some(({ issued }) => issued) && issuer?.kind !== "generated",
    ),
    gatewayApi,
    istio,
  };
}

type ExposureInput = SettingsInput["exposure"];
type Given<Section extends keyof NonNullable<ExposureInput>> = NonNullable<ExposureInput>[Section];

function exposed(input: ExposureInput, network: Network): ExposureSettings {
  return {
    gateway: httpWay(input?.gateway),
    rest: httpWay(input?.rest),
    pinning: httpWay(input?.pinning),
    swarm: {
      ...swarmWay(input?.swarm, network),
      ...(input?.swarm?.websocket ? { websocket: input.swarm.websocket } : {}),
    },
    peer: peerWay(input?.peer),
    externalDns: input?.externalDns
      ? { prefixes: input.externalDns.prefix ? [input.externalDns.prefix] : externalDnsPrefixes }
      : undefined,
  };
}

function httpWay(input: Given<"gateway"> | Given<"rest">): HttpWay {
  const common = { subdomains: false, insecure: false };
  if (input === undefined) return { way: "clusterIP" };
  switch (input.way) {
    case "clusterIP":
      return input;
    case "nodePort":
      return { ...common, ...input };
    case "loadBalancer":
      return { ...common, annotations: {}, allowFrom: [], ...input };
    case "ingress":
      return { subdomains: false, annotations: {}, allowFrom: [], ...input };
    default:
      return { subdomains: false, allowFrom: [], ...input };
  }
}

function swarmWay(input: Given<"swarm">, network: Network): SwarmWay {
  if (input?.way === "loadBalancer") {
    // Of most versions, GKE's load balancers can't carry both. A private network has TCP alone.
    const split = input.split ?? (network === "public" && input.provider === "gke");
    return { ...balanced(input), split };
  }
  if (input?.way !== "gatewayApi") return peerWay(input);
  return { way: "gatewayApi", basePort: input.basePort, addresses: input.addresses };
}

function peerWay(input: Exclude<Given<"swarm">, { way: "gatewayApi" }> | Given<"peer">): PeerWay {
  switch (input?.way) {
    case undefined:
    case "clusterIP":
      return { way: "clusterIP" };
    case "nodePort":
      return { way: "nodePort", basePort: input.basePort, addresses: input.addresses };
    case "loadBalancer":
      return balanced(input);
  }
}

type BalancedInput = Extract<Given<"peer">, { way: "loadBalancer" }>;

function balanced(input: BalancedInput): PerPeerLoadBalancer {
  return {
    way: "loadBalancer",
    provider: input.provider,
    internal: input.internal ?? false,
    split: false,
    class: input.class,
    annotations: input.annotations ?? {},
    allowFrom: input.allowFrom ?? [],
    addresses: input.addresses ?? [],
  };
}

function gateway(input: SettingsInput["gateway"], environment: Environment): GatewaySettings {
  return {
    content: input?.content ?? "restricted",
    replicas: input?.replicas ?? (environment === "dev" ? 1 : 2),
    resources: resourcesWithin(gatewaySizes[environment], input?.resources),
    concurrentRequests: input?.concurrentRequests ?? 256,
    retrievalTimeout: input?.retrievalTimeout ?? "30s",
    requestTimeout: input?.requestTimeout ?? "1h",
    credentials: input?.credentials ?? false,
  };
}

function issuing(input: NonNullable<SettingsInput["tls"]>["issuer"], environment: Environment): Issuer | undefined {
  switch (input?.kind) {
    case undefined:
      return environment === "dev" ? { kind: "generated" } : undefined;
    case "letsEncrypt": {
      const staging = input.staging ?? environment !== "prod";
      const server = staging ? letsEncrypt.staging : letsEncrypt.production;
      return { kind: "acme", server, email: input.email, dns01: input.dns01 };
    }
    case "existing":
      return { kind: "existing", name: input.name, scope: input.scope ?? "cluster" };
    default:
      return input;
  }
}

function chart(
  input: SettingsInput["certManager"],
  defaults: Pick<ChartSettings, "namespace" | "chart" | "repository" | "version">,
  needed: boolean,
): ChartSettings {
  return {
    install: input?.install ?? (needed ? "install" : "none"),
    namespace: input?.namespace ?? defaults.namespace,
    chart: input?.chart ?? defaults.chart,
    // Another chart is not found in the default one's repository.
    repository: input?.chart ? input.repository : (input?.repository ?? defaults.repository),
    version: input?.version ?? defaults.version,
    values: input?.values ?? {},
  };
}

function istioGateway(input: NonNullable<SettingsInput["istio"]>["public"]): IstioGatewaySettings {
  return {
    existing: input?.existing,
    namespace: input?.namespace ?? "istio-ingress",
    selector: input?.selector ?? { istio: "ingressgateway" },
    serviceAccount: input?.serviceAccount,
  };
}
