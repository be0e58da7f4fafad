import type { types } from "@pulumi/kubernetes";
import { kuboPorts } from "../network";
import { labels } from "../platform";
import { type ApiHost, apiHosts, istioGatewayOf, type Settings, websocketHost } from "../settings";
import { peerHost, peerService } from "../workload";
import type { CustomObject } from "./swarmRoutes";

/**
 * What leads browsers to kubo's WebSocket listeners, each peer at a host of its own. A connection begins as an HTTP request that is
 * upgraded, and lasts: no way in may end it for taking long.
 */

const port = kuboPorts.swarmWebsocket;

/** The Ingress for `exposure.swarm.websocket.way: ingress`, without a namespace; undefined: another way, or none. */
export function websocketIngress(settings: Settings):
  | (Pick<types.input.networking.v1.Ingress, "spec"> & {
      readonly metadata: {
        readonly name: string;
        readonly labels: Record<string, string>;
        readonly annotations: Record<string, string>;
      };
    })
  | undefined {
  const host = websocketOf(settings, "ingress");
  if (!host) return undefined;
  const backend = (ordinal: number) => ({ service: { name: peerService("ipfs", ordinal), port: { name: port.name } } });
  return {
    metadata: {
      name: "swarm-websocket",
      labels: labels(settings.stack, "ipfs"),
      annotations: {
        // Not every controller says where it is.
        "pulumi.com/skipAwait": "true",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": idleSeconds,
        "nginx.ingress.kubernetes.io/proxy-send-timeout": idleSeconds,
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

// libp2p talks at least every half minute; this is for browsers that sleep.
const idleSeconds = "3600";

/** The routes for `exposure.swarm.websocket.way: gatewayApi` or `istio`, without a namespace; none for another way. */
export function websocketRoutes(settings: Settings): CustomObject[] {
  const ordinals = Array.from({ length: settings.replicas }, (_, ordinal) => ordinal);
  if (websocketOf(settings, "gatewayApi")) return ordinals.map((ordinal) => httpRoute(settings, ordinal));
  if (websocketOf(settings, "istio")) return ordinals.flatMap((ordinal) => istioRoute(settings, ordinal));
  return [];
}

function websocketOf(settings: Settings, way: ApiHost["way"]): ApiHost | undefined {
  return apiHosts(settings).find((host) => host.use === "websocket" && host.way === way);
}

function httpRoute(settings: Settings, ordinal: number): CustomObject {
  const { existing } = settings.gatewayApi;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: metadataOf(settings, ordinal),
    spec: {
      // Of this stack's Gateway, not the listener that redirects to TLS.
      parentRefs: [
        existing
          ? { name: existing.name, namespace: existing.namespace, sectionName: existing.listener }
          : { name: "gateway", port: 443 },
      ],
      hostnames: [hostOf(settings, ordinal)],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: peerService("ipfs", ordinal), port: port.number }],
          timeouts: { request: "0s" },
        },
      ],
    },
  };
}

function istioRoute(settings: Settings, ordinal: number): CustomObject[] {
  const metadata = metadataOf(settings, ordinal);
  const host = peerHost(settings, "ipfs", ordinal);
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata,
      spec: {
        hosts: [hostOf(settings, ordinal)],
        gateways: [istioGatewayOf(settings, "websocket").existing ?? "public"],
        http: [
          {
            route: [{ destination: { host, port: { number: port.number } } }],
            timeout: "0s",
            retries: { attempts: 0 },
          },
        ],
      },
    },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec: {
        host,
        // Said always, so that no rule for the whole mesh decides; the other ports are not Istio's business.
        trafficPolicy: {
          portLevelSettings: [
            { port: { number: port.number }, tls: { mode: settings.istio.mesh ? "ISTIO_MUTUAL" : "DISABLE" } },
          ],
        },
      },
    },
  ];
}

function metadataOf(settings: Settings, ordinal: number): CustomObject["metadata"] {
  return { name: `${peerService("ipfs", ordinal)}-websocket`, labels: labels(settings.stack, "ipfs") };
}

function hostOf({ exposure }: Settings, ordinal: number): string {
  return websocketHost(exposure.swarm.websocket?.host ?? "", ordinal);
}
