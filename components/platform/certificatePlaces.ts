import { type ApiHost, apiHosts, istioGatewayOf, type Settings } from "../settings";

/** A host whose certificate is this stack's business, and the name of the Secret it goes to. */
export interface IssuedHost extends ApiHost {
  readonly certificate: string;
}

/** A namespace in which proxies look for certificates. */
export interface CertificatePlace {
  readonly namespace: string;
  readonly hosts: readonly IssuedHost[];
}

/** Where which certificates are wanted: with the stack, but for Istio, whose gateways read Secrets of their own namespace only. */
export function certificatePlaces(settings: Settings): CertificatePlace[] {
  const places = new Map<string, IssuedHost[]>();
  for (const host of apiHosts(settings).filter(isIssued)) {
    const namespace = host.way === "istio" ? istioGatewayOf(settings, host.use).namespace : settings.namespace.name;
    places.set(namespace, [...(places.get(namespace) ?? []), host]);
  }
  return [...places].map(([namespace, hosts]) => ({ namespace, hosts }));
}

function isIssued(host: ApiHost): host is IssuedHost {
  return host.issued && host.certificate !== undefined;
}
