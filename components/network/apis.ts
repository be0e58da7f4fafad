import type { Role } from "../platform";
import { type HttpApi, hasGatewayPods, type Settings } from "../settings";
import { clusterPorts, kuboPorts, type Port } from "./ports";

/** A port that may be led out of the Kubernetes cluster. Those of other audiences do not fit. */
export type ExposablePort = Port<"public" | "client">;

const ports: Readonly<Record<HttpApi, ExposablePort>> = {
  gateway: kuboPorts.gateway,
  rest: clusterPorts.rest,
  pinning: clusterPorts.pinning,
};

/**
 * Where kubo's gateway answers a GET with 200, whatever it gives out, and though it has as many requests as it takes: content alone is
 * counted (`gateway.concurrentRequests`).
 */
export const gatewayHealthPath = "/version";

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
