import { apisOf, clusterPorts, gatewayHealthPath, portOf, servedBy } from "../network";
import { type HttpApi, isGce, type Settings } from "../settings";
import { type CustomObject, customObject } from "./customObject";

/** Its longest; it has no "no limit". */
const longestSeconds = 2 ** 31 - 1;

/**
 * The BackendConfigs of the APIs whose way in is GKE's own Ingress controller, classes `gce` and `gce-internal`. Unlike others it checks the
 * health of pods by itself, where the only healthy answer is 200, and ends requests after 30 s unless a BackendConfig says otherwise. It
 * reads none of ingress-nginx's annotations.
 */
export function backendConfigs(settings: Settings): CustomObject[] {
  return apisOf(settings)
    .filter((api) => atGce(settings, api))
    .map((api) =>
      customObject(
        settings,
        { apiVersion: "cloud.google.com/v1", kind: "BackendConfig" },
        api,
        { timeoutSec: longestSeconds, healthCheck: { type: "HTTP", ...healthCheck(api) } },
        { role: servedBy(settings, api) },
      ),
    );
}

/** What ties an API's Service to its BackendConfig; empty for other ways in. */
export function gceServiceAnnotations(settings: Settings, api: HttpApi): Record<string, string> {
  if (!atGce(settings, api)) return {};
  return {
    "cloud.google.com/backend-config": JSON.stringify({ default: api }),
    // Straight to the pods: Services of type ClusterIP are not reached otherwise.
    "cloud.google.com/neg": JSON.stringify({ ingress: true }),
  };
}

function atGce(settings: Settings, api: HttpApi): boolean {
  return settings.exposure[api].way === "ingress" && isGce(settings);
}

/** Where a plain GET is answered 200. */
function healthCheck(api: HttpApi): { requestPath: string; port: number } {
  if (api === "gateway") return { requestPath: gatewayHealthPath, port: portOf(api).number };
  // ipfs-cluster's APIs answer 204 on /health, and 401 on everything else; the rules see to it that metrics are on.
  return { requestPath: "/metrics", port: clusterPorts.metrics.number };
}
