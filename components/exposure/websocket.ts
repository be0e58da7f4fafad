import { kuboPorts } from "../network";
import { labels } from "../platform";
import { type ApiHost, apiHosts, istioGatewayOf, type Settings } from "../settings";
import { peerHost, peerService } from "../workload";
import { type CustomObject, customObject } from "./customObject";
import { externalDnsAnnotations } from "./externalDns";
import { httpRouteKind, parents } from "./gatewayApi";
import { type IngressObject, ingressName, nginx } from "./ingress";
import { istioGatewayName } from "./istio";
import { requestProfile } from "./profile";

/**
 * What leads browsers to kubo's WebSocket listeners, each peer at a host of its own. A connection begins as an HTTP request that is
 * upgraded, and lasts: no way in may end it for taking long.
 */

const port = kuboPorts.swarmWebsocket;

/** The Ingress of all peers for `exposure.swarm.websocket.way: ingress`; undefined: another way, or none. */
export function websocketIngress(settings: Settings): IngressObject | undefined {
  const host = websocketHosts(settings, "ingress");
  if (!host) return undefined;
  const backend = (ordinal: number) => ({
    service: { name: peerService("ipfs", ordinal), port: { number: port.number } },
  });
  return {
    metadata: {
      name: ingressName("websocket"),
      labels: labels(settings.stack, "ipfs"),
      annotations: {
        ...nginx({
          "proxy-read-timeout": requestProfile.idleSeconds,
          "proxy-send-timeout": requestProfile.idleSeconds,
        }),
        // Nothing waits for where it is: peers announce the hosts' names.
        "pulumi.com/skipAwait": "true",
        ...externalDnsAnnotations(settings, host.names),
      },
    },
    spec: {
      ingressClassName: settings.ingressController.class,
      tls: [{ hosts: [...host.names], secretName: host.certificate }],
      rules: host.names.map((name, ordinal) => ({
        host: name,
        http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(ordinal) }] },
      })),
    },
  };
}

/** The routes for `exposure.swarm.websocket.way: gatewayApi` or `istio`; none for another way. */
export function websocketRoutes(settings: Settings): CustomObject[] {
  const byGateway = websocketHosts(settings, "gatewayApi");
  if (byGateway) return byGateway.names.map((_, ordinal) => httpRoute(settings, byGateway, ordinal));
  const byIstio = websocketHosts(settings, "istio");
  return byIstio ? byIstio.names.flatMap((name, ordinal) => istioRoute(settings, name, ordinal)) : [];
}

function websocketHosts(settings: Settings, way: ApiHost["way"]): ApiHost | undefined {
  return apiHosts(settings).find((host) => host.use === "websocket" && host.way === way);
}

const nameOf = (ordinal: number) => `${peerService("ipfs", ordinal)}-websocket`;

function httpRoute(settings: Settings, host: ApiHost, ordinal: number): CustomObject {
  const name = host.names[ordinal];
  const spec = {
    parentRefs: parents(settings, host, [name]),
    hostnames: [name],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ name: peerService("ipfs", ordinal), port: port.number }],
        timeouts: { request: `${requestProfile.requestSeconds}s` },
      },
    ],
  };
  const annotations = externalDnsAnnotations(settings, [name]);
  return customObject(settings, httpRouteKind, nameOf(ordinal), spec, { role: "ipfs", annotations });
}

function istioRoute(settings: Settings, name: string, ordinal: number): CustomObject[] {
  const host = peerHost(settings, "ipfs", ordinal);
  const owned = istioGatewayOf(settings, "websocket").existing === undefined;
  const istio = (kind: string, spec: CustomObject["spec"], annotations = {}) =>
    customObject(settings, { apiVersion: "networking.istio.io/v1", kind }, nameOf(ordinal), spec, {
      role: "ipfs",
      annotations,
    });
  const http = {
    // At a Gateway of this stack, not on the port without TLS.
    ...(owned ? { match: [{ port: 443 }] } : {}),
    // No timeout: that is its default, and "none" can't be said.
    route: [{ destination: { host, port: { number: port.number } } }],
    retries: { attempts: requestProfile.retries },
  };
  const gateways = [istioGatewayName(settings, "websocket")];
  // Said always, so that no rule for the whole mesh decides; the other ports are not this way's business.
  const tls = { mode: settings.istio.mesh ? "ISTIO_MUTUAL" : "DISABLE" };
  return [
    istio("VirtualService", { hosts: [name], gateways, http: [http] }, externalDnsAnnotations(settings, [name])),
    istio("DestinationRule", {
      host,
      trafficPolicy: { portLevelSettings: [{ port: { number: port.number }, tls }] },
    }),
  ];
}
