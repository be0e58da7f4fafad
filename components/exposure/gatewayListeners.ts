import { type ApiHost, apiHosts, type Settings } from "../settings";

/** Name of the Gateway that this stack makes, in its own namespace. */
export const gatewayName = "gateway";

/** A listener of a Gateway. */
export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly [field: string]: unknown;
}

const fromSame = { namespaces: { from: "Same" } };

/** For redirects, and for the challenges of ACME HTTP-01. */
export const plainListener: Listener = { name: "http", port: 80, protocol: "HTTP", allowedRoutes: fromSame };

/** Name of the listener for one of a host's names: `https-gateway`, `https-gateway-ipfs`, `https-websocket-2`. */
export function listenerName({ use, names }: ApiHost, name: string): string {
  if (use === "websocket") return `https-${use}-${names.indexOf(name)}`;
  const subdomains = /^\*\.(ipfs|ipns)\./.exec(name);
  return subdomains ? `https-${use}-${subdomains[1]}` : `https-${use}`;
}

/**
 * The listeners of the stack's own Gateway: one with TLS for every name of every host, and one without for redirects.
 *
 * @param extra further ones, of other protocols.
 */
export function gatewayListeners(settings: Settings, extra: readonly Listener[]): Listener[] {
  const hosts = apiHosts(settings).filter(({ way }) => way === "gatewayApi");
  const secure = hosts.flatMap((host) =>
    host.names.map((name) => ({
      name: listenerName(host, name),
      port: 443,
      protocol: "HTTPS",
      hostname: name,
      tls: { mode: "Terminate", certificateRefs: [{ name: host.certificate }] },
      allowedRoutes: fromSame,
    })),
  );
  return [...(secure.length > 0 ? [plainListener, ...secure] : []), ...extra];
}
