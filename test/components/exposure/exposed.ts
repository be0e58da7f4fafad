import { type HttpApi, resolveSettings, type Settings } from "../../../components/settings";

type Raw = Record<string, unknown>;

/** A host for each API. */
export const hosts: Readonly<Record<HttpApi, string>> = {
  gateway: "gw.example.org",
  rest: "api.example.org",
  pinning: "pin.example.org",
};

/** Who may come in, where not everybody may. */
export const ranges = ["192.0.2.0/24", "2001:db8::/32"];

const dns01 = {
  issuer: { kind: "letsEncrypt", email: "ops@example.org", dns01: { route53: { region: "eu-west-1" } } },
};

/** Settings of staging with some of them changed. */
export function settingsWith(raw: Raw): Settings {
  return resolveSettings({ environment: "staging", tls: dns01, ...raw }, { stack: "test" });
}

/** Stack files that together use everything a way through a proxy can have. */
export const proxied: Readonly<Record<string, Raw>> = {
  "an ingress": all("ingress", { requestsPerSecond: 5, connections: 7, annotations: { "example.org/team": "a" } }),
  "GKE's ingress": {
    ...all("ingress", { allowFrom: undefined }),
    ingressController: { install: "existing", class: "gce" },
  },
  "a Gateway of Envoy Gateway": {
    ...all("gatewayApi", { requestsPerSecond: 5 }),
    gatewayApi: { class: "envoy", implementation: "envoyGateway", annotations: { "example.org/team": "a" } },
  },
  "a Gateway of another implementation": {
    ...all("gatewayApi", { allowFrom: undefined }),
    gatewayApi: { class: "cilium" },
  },
  "a Gateway that exists": {
    ...all("gatewayApi", {}),
    gatewayApi: { implementation: "envoyGateway", existing: { name: "shared", namespace: "edge", listener: "https" } },
  },
  "gateways of Istio": all("istio", {}),
  "gateways of Istio, and a mesh": { ...all("istio", {}), istio: { mesh: true }, cluster: { proxy: true } },
  "Istio Gateways that exist": {
    ...all("istio", {}),
    istio: { public: { existing: "edge/web" }, client: { existing: "edge/clients", namespace: "edge" } },
  },
};

/** All three APIs by one way, the gateway with subdomains, each with names for ExternalDNS. */
function all(way: string, more: Raw): Raw {
  const one = (api: HttpApi) => defined({ way, host: hosts[api], allowFrom: ranges, ...more });
  return {
    exposure: {
      gateway: { ...one("gateway"), subdomains: true },
      rest: one("rest"),
      pinning: one("pinning"),
      externalDns: {},
    },
  };
}

function defined(raw: Raw): Raw {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
}
