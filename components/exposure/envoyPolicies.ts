import { OperatorError } from "../operatorError";
import type { Settings } from "../settings";
import { type HostedApi, servedBy } from "./api";
import { gatewayUsersSecret } from "./credentials";
import { type CustomObject, customObject } from "./customObject";
import { gatewayName, listenerName } from "./gatewayListeners";
import { requestProfile } from "./profile";

type Hosted = HostedApi<"gatewayApi">;

const group = "gateway.networking.k8s.io";
const policy = (kind: string) => ({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind });

/**
 * What Gateway API has no fields for, as policies of Envoy Gateway, for the routes of one API; none for other implementations. Limits count
 * in each replica of the proxy.
 *
 * @throws OperatorError for `connections` at an existing Gateway, whose listener is not this stack's to limit.
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
    ...connectionLimit(settings, hosted),
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

/** Envoy counts the connections of all clients of a listener together, not of each address: it has no other limit. */
function connectionLimit(settings: Settings, { api, way, host }: Hosted): CustomObject[] {
  if (way.connections === undefined) return [];
  if (settings.gatewayApi.existing) {
    throw new OperatorError(
      `exposure.${api}.connections can't be had at the existing Gateway of gatewayApi.existing: its listener has other users too. ` +
        "Limit them there, or let this stack make a Gateway (gatewayApi.class)",
    );
  }
  const targetRefs = host.names.map((name) => ({
    group,
    kind: "Gateway",
    name: gatewayName,
    sectionName: listenerName(host, name),
  }));
  const connection = { connectionLimit: { value: way.connections } };
  return [
    customObject(
      settings,
      policy("ClientTrafficPolicy"),
      api,
      { targetRefs, connection },
      { role: servedBy(settings, api) },
    ),
  ];
}
