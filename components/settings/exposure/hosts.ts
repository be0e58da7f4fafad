import type { Settings } from "../settings";
import type { HostedWay, HttpApi } from "./types";

export const httpApis: readonly HttpApi[] = ["gateway", "rest", "pinning"];

/** A DNS name under which a shared proxy serves one of the stack's APIs, always with TLS. */
export interface ApiHost {
  readonly use: HttpApi | "websocket";
  /** As the stack file calls it: `exposure.gateway`. */
  readonly path: string;
  readonly way: HostedWay["way"];
  /** Every name that leads there and that its certificate is for; wildcards for subdomain gateways. */
  readonly names: readonly string[];
  /** Name of the kubernetes.io/tls Secret; undefined where TLS is another Gateway's owner's business. */
  readonly certificate?: string;
  /** `tls.issuer` is to make that certificate. */
  readonly issued: boolean;
}

type WaysIn = Pick<Settings, "namespace" | "exposure" | "issuer" | "gatewayApi" | "istio" | "replicas">;

/** All hosts of a stack. */
export function apiHosts(settings: WaysIn): ApiHost[] {
  const hosts: ApiHost[] = [];
  for (const use of httpApis) {
    const way = settings.exposure[use];
    if (way.way !== "ingress" && way.way !== "gatewayApi" && way.way !== "istio") continue;
    const names = [way.host, ...(way.subdomains ? [`*.ipfs.${way.host}`, `*.ipns.${way.host}`] : [])];
    hosts.push({ use, path: `exposure.${use}`, way: way.way, names, ...certificateOf(settings, use, way) });
  }
  const { websocket } = settings.exposure.swarm;
  if (websocket) {
    const names = Array.from({ length: settings.replicas }, (_, ordinal) => websocketHost(websocket.host, ordinal));
    const path = "exposure.swarm.websocket";
    hosts.push({
      use: "websocket",
      path,
      way: websocket.way,
      names,
      ...certificateOf(settings, "websocket", websocket),
    });
  }
  return hosts;
}

/** The host of one peer's WebSocket listener. */
export function websocketHost(host: string, ordinal: number): string {
  return `ipfs-${ordinal}.${host}`;
}

/** Which of the two Istio gateways carries an API. */
export function istioGatewayOf({ istio }: Pick<Settings, "istio">, use: ApiHost["use"]): Settings["istio"]["public"] {
  return istio[istioGatewayName(use)];
}

function istioGatewayName(use: ApiHost["use"]): "client" | "public" {
  return use === "rest" || use === "pinning" ? "client" : "public";
}

/** The setting that names a Gateway of somebody else's, who sees to its TLS; undefined where a host is at none. */
export function othersGateway(
  settings: Pick<Settings, "gatewayApi" | "istio">,
  { use, way }: Pick<ApiHost, "use" | "way">,
): string | undefined {
  if (way === "gatewayApi" && settings.gatewayApi.existing !== undefined) return "gatewayApi.existing";
  if (way !== "istio" || istioGatewayOf(settings, use).existing === undefined) return undefined;
  return `istio.${istioGatewayName(use)}.existing`;
}

function certificateOf(
  settings: WaysIn,
  use: ApiHost["use"],
  { way, certificate }: Pick<HostedWay, "way" | "certificate">,
): Pick<ApiHost, "certificate" | "issued"> {
  if (othersGateway(settings, { use, way })) return { issued: false };
  if (certificate !== undefined) return { certificate, issued: false };
  // Istio reads them in its gateway's namespace, which stacks may share.
  const prefix = way === "istio" ? `${settings.namespace.name}-` : "";
  // cert-manager's Secrets outlive its Certificates, and nobody takes over what another made.
  const suffix = settings.issuer?.kind === "generated" ? "generated-tls" : "tls";
  return { certificate: `${prefix}${use}-${suffix}`, issued: true };
}

/** Whether the Ingress controller is GKE's own, which is unlike all others (components/exposure/gce.ts). */
export function isGce({ ingressController }: Pick<Settings, "ingressController">): boolean {
  return /^gce(-internal)?$/.test(ingressController.class);
}

/**
 * Whether the gateway has pods of its own. On a public network kubo fetches whatever it is asked for; pods that know the stack's peers and
 * nobody else can serve what these have, and nothing more.
 */
export function hasGatewayPods({ network, gateway }: Pick<Settings, "network" | "gateway">): boolean {
  return network === "public" && gateway.content !== "open";
}
