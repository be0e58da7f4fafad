import { servedBy } from "../network";
import type { Settings } from "../settings";
import type { HostedApi } from "./api";
import { gatewayUsersSecret } from "./credentials";
import { type CustomObject, customObject } from "./customObject";
import { requestProfile } from "./profile";

type Hosted = HostedApi<"gatewayApi">;

const group = "gateway.networking.k8s.io";
const policy = (kind: string) => ({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind });

/**
 * What Gateway API has no fields for, as policies of Envoy Gateway, for the routes of one API; none for other implementations. Limits count
 * in each replica of the proxy.
 */
export function envoyPolicies(settings: Settings, hosted: Hosted, routes: readonly CustomObject[]): CustomObject[] {
  if (settings.gatewayApi.implementation !== "envoyGateway") return [];
  const targetRefs = routes.map(({ metadata }) => ({ group, kind: "HTTPRoute", name: metadata.name }));
  const extras = { role: servedBy(settings, hosted.api) };
  const security = securitySpec(settings, hosted);
  return [
    ...(Object.keys(security).length > 0
      ? [customObject(settings, policy("SecurityPolicy"), hosted.api, { targetRefs, ...security }, extras)]
      : []),
    customObject(
      settings,
      policy("BackendTrafficPolicy"),
      hosted.api,
      { targetRefs, timeout: timeouts, ...rateLimit(hosted) },
      extras,
    ),
  ];
}

/** Envoy's own end for a request in which nothing moves is five minutes. It does not retry unless told to. */
const timeouts = {
  http: {
    requestTimeout: `${requestProfile.requestSeconds}s`,
    maxStreamDuration: `${requestProfile.requestSeconds}s`,
    streamIdleTimeout: `${requestProfile.idleSeconds}s`,
    connectionIdleTimeout: `${requestProfile.idleSeconds}s`,
  },
};

function securitySpec(settings: Settings, { api, way }: Hosted): Record<string, unknown> {
  const allowed = { name: "allow-from", action: "Allow", principal: { clientCIDRs: way.allowFrom } };
  return {
    ...(way.allowFrom.length > 0 ? { authorization: { defaultAction: "Deny", rules: [allowed] } } : {}),
    ...(api === "gateway" && settings.gateway.credentials
      ? { basicAuth: { users: { group: "", kind: "Secret", name: gatewayUsersSecret } } }
      : {}),
  };
}

/** Each address has a bucket of its own; a range is of one family of addresses. */
function rateLimit({ way }: Hosted): Record<string, unknown> {
  if (way.requestsPerSecond === undefined) return {};
  const limit = { requests: way.requestsPerSecond, unit: "Second" };
  const rules = ["0.0.0.0/0", "::/0"].map((value) => ({
    clientSelectors: [{ sourceCIDR: { type: "Distinct", value } }],
    limit,
  }));
  return { rateLimit: { type: "Local", local: { rules } } };
}
