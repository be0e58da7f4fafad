import { portOf, servedBy } from "../network";
import { type ApiHost, apiHosts, istioGatewayOf, type Settings } from "../settings";
import { type HostedApi, hostedApis, serviceHost } from "./api";
import { type CustomObject, customObject } from "./customObject";
import { externalDnsAnnotations } from "./externalDns";
import { servedAt } from "./paths";
import { requestProfile } from "./profile";

const networking = (kind: string) => ({ apiVersion: "networking.istio.io/v1", kind });
const authorizationPolicy = { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy" };

const plainPort = 80;
const securePort = 443;

/** Everything that leads from Istio's ingress gateways to the APIs whose way in it is. */
export function istioObjects(settings: Settings): CustomObject[] {
  const hosted = hostedApis(settings, "istio");
  return [
    ...istioGateways(settings),
    ...hosted.flatMap((each) => virtualServices(settings, each)),
    ...hosted.map((each) => destinationRule(settings, each)),
    ...hosted.flatMap((each) => allowFrom(settings, each)),
  ];
}

/**
 * Gateway `public` for content and `client` for the APIs with credentials, so that each may have ingress pods of its own. They are in the
 * stack's namespace, where names can't clash with another stack's; Istio looks in all namespaces, and only for their certificates where its
 * ingress pods are. An Istio that was told not to (PILOT_SCOPE_GATEWAY_TO_NAMESPACE) needs existing ones.
 */
function istioGateways(settings: Settings): CustomObject[] {
  return (["public", "client"] as const).flatMap((name) => {
    const { existing, selector } = settings.istio[name];
    const hosts = apiHosts(settings).filter(({ way, use }) => way === "istio" && gatewayNameOf(use) === name);
    if (existing || hosts.length === 0) return [];
    return [customObject(settings, networking("Gateway"), name, { selector, servers: servers(settings, hosts) })];
  });
}

function gatewayNameOf(use: ApiHost["use"]): "public" | "client" {
  return use === "rest" || use === "pinning" ? "client" : "public";
}

/**
 * `httpsRedirect` would redirect ACME's challenges as well, so the redirect is a route's. The namespace before a name lets no other
 * namespace's routes have it.
 */
function servers({ namespace }: Settings, hosts: readonly ApiHost[]): object[] {
  const scoped = (names: readonly string[]) => names.map((name) => `${namespace.name}/${name}`);
  return [
    {
      port: { number: plainPort, name: "http", protocol: "HTTP" },
      hosts: scoped(hosts.flatMap(({ names }) => names)),
    },
    ...hosts.map(({ use, names, certificate }) => ({
      port: { number: securePort, name: `https-${use}`, protocol: "HTTPS" },
      hosts: scoped(names),
      tls: { mode: "SIMPLE", credentialName: certificate, minProtocolVersion: "TLSV1_2" },
    })),
  ];
}

/** What a VirtualService of the stack calls the Gateway of an API. */
export function istioGatewayName(settings: Settings, use: ApiHost["use"]): string {
  return istioGatewayOf(settings, use).existing ?? `${settings.namespace.name}/${gatewayNameOf(use)}`;
}

function virtualServices(settings: Settings, { api, host }: HostedApi<"istio">): CustomObject[] {
  const owned = istioGatewayOf(settings, api).existing === undefined;
  const port = { number: portOf(api).number };
  return servedAt(api, host).map(({ names, prefixes }, index) => {
    const route = {
      match: matches(prefixes, owned ? securePort : undefined),
      route: [{ destination: { host: serviceHost(settings, api), port } }],
      // No timeout is what it is by default, and "0s" would be refused.
      retries: { attempts: requestProfile.retries },
    };
    const redirect = { match: matches(prefixes, plainPort), redirect: { scheme: "https", redirectCode: 301 } };
    return customObject(
      settings,
      networking("VirtualService"),
      index === 0 ? api : `${api}-subdomains`,
      {
        hosts: names,
        gateways: [istioGatewayName(settings, api)],
        http: owned ? [redirect, route] : [route],
      },
      { role: servedBy(settings, api), annotations: externalDnsAnnotations(settings, names) },
    );
  });
}

/** Istio's prefixes are of characters, not of segments: /id would match /identity. */
function matches(prefixes: readonly string[], port: number | undefined): object[] {
  const uris = prefixes.flatMap((prefix) =>
    prefix === "/" ? [{ prefix }] : [{ exact: prefix }, { prefix: `${prefix}/` }],
  );
  return uris.map((uri) => ({ uri, ...(port === undefined ? {} : { port }) }));
}

/** Says always how pods are reached, so that no rule for the whole mesh decides it. */
function destinationRule(settings: Settings, { api }: HostedApi<"istio">): CustomObject {
  const spec = {
    host: serviceHost(settings, api),
    trafficPolicy: {
      tls: { mode: settings.istio.mesh ? "ISTIO_MUTUAL" : "DISABLE" },
      connectionPool: {
        http: { h2UpgradePolicy: "DO_NOT_UPGRADE", idleTimeout: `${requestProfile.idleSeconds}s` },
      },
    },
  };
  return customObject(settings, networking("DestinationRule"), api, spec, { role: servedBy(settings, api) });
}

/**
 * Refuses an API's names to everybody else, at the ingress pods, which may serve others' names as well. A policy that allows would shut
 * those.
 *
 * TLS names the host before HTTP does, and unlike HTTP's its name can't be dressed up with a port; a Gateway of this stack serves a
 * name on no other's connection. Somebody else's may, or may have no TLS, so there HTTP's name is asked too, at the price that whatever it
 * can't be asked of, plain TCP, is refused alike.
 */
function allowFrom(settings: Settings, { api, way, host }: HostedApi<"istio">): CustomObject[] {
  if (way.allowFrom.length === 0) return [];
  const { namespace, selector, existing } = istioGatewayOf(settings, api);
  const from = [{ source: { notRemoteIpBlocks: way.allowFrom } }];
  const byTls = { from, when: [{ key: "connection.sni", values: host.names }] };
  const byHttp = { from, to: [{ operation: { hosts: host.names.flatMap(httpNames) } }] };
  const spec = { selector: { matchLabels: selector }, action: "DENY", rules: existing ? [byTls, byHttp] : [byTls] };
  const name = `${settings.namespace.name}-${api}-allow-from`;
  return [customObject(settings, authorizationPolicy, name, spec, { role: servedBy(settings, api), namespace })];
}

/** A Host header may have a port; a pattern has one asterisk. */
function httpNames(name: string): string[] {
  return name.startsWith("*.") ? [name, `${name}:443`, `${name}:80`] : [name, `${name}:*`];
}
