import { clusterPorts, kuboPorts, type Port } from "../network";
import type { Role } from "../platform";
import { type ApiHost, apiHosts, type HttpApi, hasGatewayPods, type Settings } from "../settings";

/** A port that may be led out of the Kubernetes cluster. Those of other audiences do not fit. */
export type ExposablePort = Port<"public" | "client">;

const ports: Readonly<Record<HttpApi, ExposablePort>> = {
  gateway: kuboPorts.gateway,
  rest: clusterPorts.rest,
  pinning: clusterPorts.pinning,
};

/** The HTTP APIs that the stack has, be they exposed or not. */
export function apisOf({ cluster }: Settings): HttpApi[] {
  return cluster.pinningService ? ["gateway", "rest", "pinning"] : ["gateway", "rest"];
}

/** The port behind an API's Service. */
export function portOf(api: HttpApi): ExposablePort {
  return ports[api];
}

/** Who serves an API: a role of the peers, or the gateway where it has pods of its own. */
export function servedBy(settings: Settings, api: HttpApi): Role | "gateway" {
  if (api !== "gateway") return "cluster";
  return hasGatewayPods(settings) ? "gateway" : "ipfs";
}

/** DNS name of an API's Service. */
export function serviceHost({ namespace, clusterDomain }: Settings, api: HttpApi): string {
  return `${api}.${namespace.name}.svc.${clusterDomain}`;
}

/** An API behind a shared proxy, and how. */
export interface HostedApi<Way extends ApiHost["way"]> {
  readonly api: HttpApi;
  readonly way: Extract<Settings["exposure"][HttpApi], { way: Way }>;
  readonly host: ApiHost;
}

/** The APIs whose way in is of that kind. */
export function hostedApis<Way extends ApiHost["way"]>(settings: Settings, way: Way): HostedApi<Way>[] {
  return apiHosts(settings).flatMap((host) => {
    if (host.use === "websocket" || host.way !== way) return [];
    return [{ api: host.use, way: settings.exposure[host.use] as HostedApi<Way>["way"], host }];
  });
}
