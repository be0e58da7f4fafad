import { portOf, servedBy } from "../network";
import { type ApiHost, apiHosts, type Settings } from "../settings";
import { type HostedApi, hostedApis } from "./api";
import { type CustomObject, customObject } from "./customObject";
import { envoyPolicies } from "./envoyPolicies";
import { externalDnsAnnotations } from "./externalDns";
import { gatewayListeners, gatewayName, type Listener, listenerName, plainListener } from "./gatewayListeners";
import { servedAt } from "./paths";
import { requestProfile } from "./profile";

export { gatewayListeners, gatewayName, type Listener, listenerName } from "./gatewayListeners";

const group = "gateway.networking.k8s.io";
const gatewayKind = { apiVersion: `${group}/v1`, kind: "Gateway" };
export const httpRouteKind = { apiVersion: `${group}/v1`, kind: "HTTPRoute" };

/**
 * The stack's own Gateway, in its own namespace, where its certificates are too.
 *
 * @param extra listeners beside those for HTTP.
 * @returns undefined where another one is used, or none.
 */
export function ownGateway(settings: Settings, extra: readonly Listener[]): CustomObject | undefined {
  const { class: gatewayClassName, annotations } = settings.gatewayApi;
  const listeners = gatewayListeners(settings, extra);
  if (gatewayClassName === undefined || listeners.length === 0) return undefined;
  return customObject(settings, gatewayKind, gatewayName, { gatewayClassName, listeners }, { annotations });
}

/** What attaches the APIs whose way in is gatewayApi to the Gateway: routes, and policies where the implementation has any. */
export function gatewayRoutes(settings: Settings): CustomObject[] {
  const hosted = hostedApis(settings, "gatewayApi");
  const routes = hosted.map((each) => apiRoutes(settings, each));
  return [
    ...routes.flat(),
    ...redirect(settings),
    ...hosted.flatMap((each, index) => envoyPolicies(settings, each, routes[index])),
  ];
}

/** Attached to its TLS listeners and no other: on the one without, credentials would be taken in clear. */
function apiRoutes(settings: Settings, { api, host }: HostedApi<"gatewayApi">): CustomObject[] {
  const backendRefs = [{ name: api, port: portOf(api).number }];
  return servedAt(api, host).map(({ names, prefixes }, index) =>
    customObject(
      settings,
      httpRouteKind,
      index === 0 ? api : `${api}-subdomains`,
      {
        parentRefs: parents(settings, host, names),
        hostnames: names,
        rules: [
          {
            matches: prefixes.map((value) => ({ path: { type: "PathPrefix", value } })),
            backendRefs,
            timeouts: { request: `${requestProfile.requestSeconds}s` },
          },
        ],
      },
      { role: servedBy(settings, api), annotations: externalDnsAnnotations(settings, names) },
    ),
  );
}

/** The listeners at which a route for some of a host's names is. */
export function parents({ gatewayApi }: Settings, host: ApiHost, names: readonly string[]): object[] {
  const { existing } = gatewayApi;
  if (!existing) return names.map((name) => ({ name: gatewayName, sectionName: listenerName(host, name) }));
  const { name, namespace, listener } = existing;
  return [{ name, namespace, ...(listener ? { sectionName: listener } : {}) }];
}

/** A route's definition lets it have so many. */
const mostHostnames = 16;

/** From http to https, at the stack's own Gateway. An ACME challenge is an exact path, and so comes before it. */
function redirect(settings: Settings): CustomObject[] {
  if (settings.gatewayApi.existing) return [];
  const hostnames = apiHosts(settings).flatMap(({ way, names }) => (way === "gatewayApi" ? names : []));
  const filter = { type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } };
  const rules = [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], filters: [filter] }];
  const parentRefs = [{ name: gatewayName, sectionName: plainListener.name }];
  const count = Math.ceil(hostnames.length / mostHostnames);
  return Array.from({ length: count }, (_, index) =>
    customObject(settings, httpRouteKind, index === 0 ? "redirect" : `redirect-${index}`, {
      parentRefs,
      hostnames: hostnames.slice(index * mostHostnames, (index + 1) * mostHostnames),
      rules,
    }),
  );
}
