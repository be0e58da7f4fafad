import assert from "node:assert/strict";
import { apiHosts, resolveSettings, SettingsError, warnings } from "../../../components/settings";

type Raw = Record<string, unknown>;

const host = "gw.example.org";
const ingress = { way: "ingress", host };
const acme = { issuer: { kind: "letsEncrypt", email: "ops@example.org" } };
const dns01 = { issuer: { ...acme.issuer, dns01: { route53: { region: "eu-west-1" } } } };

const resolve = (raw: Raw) => resolveSettings({ environment: "staging", ...raw }, { stack: "test" });

/** The paths at fault, in the order of the message. */
function faultyPaths(raw: Raw): string[] {
  try {
    resolve(raw);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    for (const { reason } of error.faults) assert.ok(reason.length > 0);
    return error.faults.map(({ path }) => path);
  }
  return [];
}

const sound: Readonly<Record<string, Raw>> = {
  "node ports on a laptop": {
    environment: "dev",
    exposure: {
      gateway: { way: "nodePort", port: 30080, host: "ipfs.localdomain.test", subdomains: true },
      rest: { way: "nodePort", port: 30094, insecure: true },
      swarm: { way: "nodePort", basePort: 30401, addresses: ["127.0.0.1"] },
    },
  },
  "an ingress with certificates of a generated CA, subdomains included": {
    tls: { issuer: { kind: "generated" } },
    exposure: { gateway: { ...ingress, subdomains: true }, rest: { way: "ingress", host: "api.example.org" } },
  },
  "Let's Encrypt by HTTP-01 without subdomains": { tls: acme, exposure: { gateway: ingress } },
  "Let's Encrypt by DNS-01 with subdomains": { tls: dns01, exposure: { gateway: { ...ingress, subdomains: true } } },
  "a certificate of one's own and no issuer": { exposure: { gateway: { ...ingress, certificate: "mine" } } },
  "an existing Gateway, whose certificates are its owner's": {
    gatewayApi: { existing: { name: "shared", namespace: "edge" } },
    exposure: { gateway: { way: "gatewayApi", host } },
  },
  "GKE's load balancers for each peer, where there is TCP alone": {
    exposure: { swarm: { way: "loadBalancer", provider: "gke" }, peer: { way: "loadBalancer", provider: "gke" } },
  },
  "an AWS load balancer for each peer, at DNS names that will lead there": {
    exposure: {
      swarm: { way: "loadBalancer", provider: "aws", addresses: ["a.example.org", "b.example.org", "c.example.org"] },
    },
  },
  "TLS at a provider's load balancer": {
    exposure: {
      rest: { way: "loadBalancer", tls: "atLoadBalancer", annotations: { "example.com/certificate": "arn" } },
    },
  },
  "limits by Envoy Gateway": {
    tls: acme,
    gatewayApi: { class: "envoy", implementation: "envoyGateway" },
    gateway: { credentials: true },
    exposure: { gateway: { way: "gatewayApi", host, requestsPerSecond: 5, allowFrom: ["2001:db8::/32"] } },
  },
  "a load balancer for each peer": {
    exposure: { swarm: { way: "loadBalancer", provider: "metallb" }, peer: { way: "loadBalancer", provider: "aws" } },
  },
  "load balancers inside, of those that know how": {
    exposure: {
      swarm: { way: "loadBalancer", provider: "gke", internal: true },
      peer: { way: "loadBalancer", provider: "azure", internal: true },
    },
  },
  "what changes nothing, said all the same": {
    exposure: {
      swarm: { way: "loadBalancer", provider: "gke", split: false },
      peer: { way: "loadBalancer", provider: "none", internal: false },
    },
    ingressController: { install: "existing", namespace: "edge", chart: "ingress-nginx", values: {} },
    certManager: { install: "existing", namespace: "cert-manager" },
    gatewayApi: { existing: { name: "shared", namespace: "edge" }, annotations: {} },
  },
  "a certificate of one's own at one gateway, and another's at the other": {
    istio: { client: { existing: "edge/clients" } },
    exposure: {
      gateway: { way: "istio", host, certificate: "mine" },
      rest: { way: "istio", host: "api.example.org" },
    },
  },
  "a chart of which nothing is installed yet": { ingressController: { version: "4.15.0" } },
  "WebSocket on the public network": {
    network: "public",
    tls: acme,
    exposure: { swarm: { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } } },
  },
};

const faulty: Readonly<Record<string, { settings: Raw; paths: string[] }>> = {
  "a way that there is not": {
    settings: { exposure: { gateway: { way: "hostPort" } } },
    paths: ["exposure.gateway.way"],
  },
  "no way at all": { settings: { exposure: { gateway: { host } } }, paths: ["exposure.gateway.way"] },
  "a key of another way": {
    settings: { exposure: { gateway: { way: "clusterIP", host } } },
    paths: ["exposure.gateway.host"],
  },
  "an admin port": { settings: { exposure: { rpc: { way: "nodePort" } } }, paths: ["exposure.rpc"] },
  "a wildcard host": {
    settings: { tls: dns01, exposure: { gateway: { way: "ingress", host: "*.example.org" } } },
    paths: ["exposure.gateway.host"],
  },
  "a host of one label": {
    settings: { tls: acme, exposure: { gateway: { way: "ingress", host: "gateway" } } },
    paths: ["exposure.gateway.host"],
  },
  "credentials in clear": {
    settings: { exposure: { rest: { way: "nodePort" }, pinning: { way: "loadBalancer" } } },
    paths: ["exposure.rest.way", "exposure.pinning.way"],
  },
  "a way to an API that is off": {
    settings: { cluster: { pinningService: false }, exposure: { pinning: { way: "nodePort", insecure: true } } },
    paths: ["exposure.pinning.way"],
  },
  "a host with nobody to sign for it": { settings: { exposure: { gateway: ingress } }, paths: ["tls.issuer"] },
  "an issuer without cert-manager": {
    settings: { tls: acme, certManager: { install: "none" }, exposure: { gateway: ingress } },
    paths: ["certManager.install"],
  },
  "wildcards by HTTP-01": {
    settings: { tls: acme, exposure: { gateway: { ...ingress, subdomains: true } } },
    paths: ["exposure.gateway.subdomains"],
  },
  "subdomains of nothing": {
    settings: { exposure: { gateway: { way: "nodePort", subdomains: true } } },
    paths: ["exposure.gateway.host"],
  },
  "subdomains of an API": {
    settings: { tls: dns01, exposure: { rest: { way: "ingress", host, subdomains: true } } },
    paths: ["exposure.rest.subdomains"],
  },
  "an ingress and no controller": {
    settings: { tls: acme, ingressController: { install: "none" }, exposure: { gateway: ingress } },
    paths: ["ingressController.install"],
  },
  "a Gateway of no class": {
    settings: { tls: acme, exposure: { gateway: { way: "gatewayApi", host } } },
    paths: ["gatewayApi.class"],
  },
  "two Gateways": {
    settings: {
      tls: acme,
      gatewayApi: { class: "envoy", existing: { name: "a", namespace: "b" } },
      exposure: { gateway: { way: "gatewayApi", host } },
    },
    paths: ["gatewayApi.existing"],
  },
  "limits that would have no effect": {
    settings: {
      tls: acme,
      gatewayApi: { class: "other" },
      exposure: {
        gateway: { way: "gatewayApi", host, requestsPerSecond: 5, allowFrom: ["10.0.0.0/8"] },
      },
    },
    paths: ["exposure.gateway.allowFrom", "exposure.gateway.requestsPerSecond"],
  },
  "credentials that nothing asks for": {
    settings: { tls: acme, gateway: { credentials: true }, exposure: { gateway: { way: "istio", host } } },
    paths: ["gateway.credentials"],
  },
  "anything of the public network on a private one": {
    settings: { gateway: { content: "open" } },
    paths: ["gateway.content"],
  },
  "snippets and rewriting": {
    settings: {
      tls: acme,
      exposure: {
        gateway: {
          ...ingress,
          annotations: {
            "nginx.ingress.kubernetes.io/configuration-snippet": "x",
            "nginx.ingress.kubernetes.io/rewrite-target": "/",
          },
        },
      },
    },
    paths: [
      'exposure.gateway.annotations["nginx.ingress.kubernetes.io/configuration-snippet"]',
      'exposure.gateway.annotations["nginx.ingress.kubernetes.io/rewrite-target"]',
    ],
  },
  "two APIs at one host": {
    settings: { tls: acme, exposure: { gateway: ingress, rest: { way: "ingress", host } } },
    paths: ["exposure.rest.host"],
  },
  "an API among the gateway's subdomains": {
    settings: {
      tls: dns01,
      exposure: { gateway: { ...ingress, subdomains: true }, rest: { way: "ingress", host: `api.ipfs.${host}` } },
    },
    paths: ["exposure.rest.host"],
  },
  "node ports that overlap": {
    settings: {
      environment: "dev",
      exposure: {
        gateway: { way: "nodePort", port: 30402 },
        swarm: { way: "nodePort", basePort: 30401, addresses: ["127.0.0.1"] },
        peer: { way: "nodePort", basePort: 30403, addresses: ["127.0.0.1"] },
      },
    },
    paths: ["exposure.swarm.basePort", "exposure.peer.basePort"],
  },
  "more peers than ports": {
    settings: { exposure: { swarm: { way: "nodePort", basePort: 32766, addresses: ["127.0.0.1"] } } },
    paths: ["exposure.swarm.basePort"],
  },
  "fewer addresses than peers": {
    settings: { exposure: { swarm: { way: "nodePort", basePort: 31000, addresses: ["10.0.0.1", "10.0.0.2"] } } },
    paths: ["exposure.swarm.addresses"],
  },
  "addresses that are none": {
    settings: { exposure: { swarm: { way: "nodePort", basePort: 31000, addresses: ["10.0.0.300", "http://a"] } } },
    paths: ["exposure.swarm.addresses[0]", "exposure.swarm.addresses[1]"],
  },
  "two Services with no address to share": {
    settings: { network: "public", exposure: { swarm: { way: "loadBalancer", provider: "gke" } } },
    paths: ["exposure.swarm.addresses"],
  },
  "browsers on a private network": {
    settings: {
      tls: acme,
      exposure: { swarm: { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } } },
    },
    paths: ["exposure.swarm.websocket"],
  },
  "GKE's controller without anything that it could ask whether pods are healthy": {
    settings: {
      tls: acme,
      ingressController: { install: "existing", class: "gce" },
      cluster: { metrics: false },
      exposure: { rest: { way: "ingress", host } },
    },
    paths: ["cluster.metrics"],
  },
  "WebSocket through GKE's controller": {
    settings: {
      network: "public",
      tls: acme,
      ingressController: { install: "existing", class: "gce" },
      exposure: { swarm: { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } } },
    },
    paths: ["exposure.swarm.websocket.way"],
  },
  "an annotation that this program sets": {
    settings: {
      tls: acme,
      exposure: { gateway: { ...ingress, annotations: { "nginx.ingress.kubernetes.io/proxy-body-size": "1m" } } },
    },
    paths: ['exposure.gateway.annotations["nginx.ingress.kubernetes.io/proxy-body-size"]'],
  },
  "annotations that let in whom allowFrom keeps out": {
    settings: {
      tls: acme,
      exposure: {
        gateway: {
          ...ingress,
          annotations: {
            "nginx.ingress.kubernetes.io/allowlist-source-range": "0.0.0.0/0",
            "nginx.ingress.kubernetes.io/satisfy": "any",
          },
        },
      },
    },
    paths: ["allowlist-source-range", "satisfy"].map(
      (name) => `exposure.gateway.annotations["nginx.ingress.kubernetes.io/${name}"]`,
    ),
  },
  "an existing Gateway's every listener, for credentials": {
    settings: {
      gatewayApi: { existing: { name: "shared", namespace: "edge" } },
      exposure: { rest: { way: "gatewayApi", host } },
    },
    paths: ["gatewayApi.existing.listener"],
  },
  "GKE's class for another controller": {
    settings: { tls: acme, ingressController: { class: "gce" }, exposure: { gateway: ingress } },
    paths: ["ingressController.class"],
  },
  "limits and credentials that GKE's controller doesn't know": {
    settings: {
      tls: acme,
      ingressController: { install: "existing", class: "gce" },
      gateway: { credentials: true },
      exposure: { gateway: { ...ingress, allowFrom: ["10.0.0.0/8"], connections: 3 } },
    },
    paths: ["exposure.gateway.allowFrom", "exposure.gateway.connections", "gateway.credentials"],
  },
  "TLS at a load balancer that is told of no certificate": {
    settings: {
      exposure: {
        rest: { way: "loadBalancer", tls: "atLoadBalancer" },
        gateway: { way: "loadBalancer", tls: "atLoadBalancer" },
      },
    },
    paths: ["exposure.gateway.annotations", "exposure.rest.annotations"],
  },
  "addresses that AWS can't be told": {
    settings: {
      exposure: {
        swarm: { way: "loadBalancer", provider: "aws", addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] },
      },
    },
    paths: ["exposure.swarm.addresses"],
  },
  "more listeners than a Gateway may have": {
    settings: {
      network: "public",
      replicas: 32,
      identities: 32,
      gatewayApi: { class: "envoy" },
      exposure: { swarm: { way: "gatewayApi", basePort: 4001, addresses: ["192.0.2.1"] } },
    },
    paths: ["exposure.swarm.way"],
  },
  "peers at a port that hosts have": {
    settings: {
      tls: acme,
      gatewayApi: { class: "envoy" },
      exposure: {
        gateway: { way: "gatewayApi", host },
        swarm: { way: "gatewayApi", basePort: 442, addresses: ["192.0.2.1"] },
      },
    },
    paths: ["exposure.swarm.basePort"],
  },
  "an address range that is none": {
    settings: { tls: acme, exposure: { gateway: { ...ingress, allowFrom: ["10.0.0.0/33"] } } },
    paths: ["exposure.gateway.allowFrom[0]"],
  },
  "an address inside that would be whichever there is": {
    settings: {
      exposure: {
        swarm: { way: "loadBalancer", provider: "metallb", internal: true },
        peer: { way: "loadBalancer", provider: "none", internal: true },
      },
    },
    paths: ["exposure.swarm.internal", "exposure.peer.internal"],
  },
  "two Services for the one protocol of a private network": {
    settings: { exposure: { swarm: { way: "loadBalancer", provider: "metallb", split: true } } },
    paths: ["exposure.swarm.split"],
  },
  "certificates for a Gateway whose owner has some": {
    settings: {
      network: "public",
      gatewayApi: { existing: { name: "shared", namespace: "edge" }, annotations: { "example.org/team": "a" } },
      exposure: {
        gateway: { way: "gatewayApi", host, certificate: "mine" },
        swarm: { way: "clusterIP", websocket: { way: "gatewayApi", host: "ws.example.org", certificate: "mine" } },
      },
    },
    paths: ["exposure.gateway.certificate", "exposure.swarm.websocket.certificate", "gatewayApi.annotations"],
  },
  "a certificate for an Istio Gateway whose owner has one": {
    settings: {
      istio: { client: { existing: "edge/clients" } },
      exposure: { rest: { way: "istio", host, certificate: "mine" } },
    },
    paths: ["exposure.rest.certificate"],
  },
  "the chart of what is there already": {
    settings: {
      ingressController: {
        ...{ install: "existing", chart: "oci://example.org/fork", version: "5.0.0", values: { a: 1 } },
        repository: "https://charts.example",
      },
      certManager: { install: "existing", version: "v1.0.0", namespace: "cm" },
    },
    paths: [
      "ingressController.chart",
      "ingressController.repository",
      "ingressController.version",
      "ingressController.values",
      "certManager.version",
      "certManager.namespace",
    ],
  },
  "a floating chart": {
    settings: { ingressController: { version: "4.x" } },
    paths: ["ingressController.version"],
  },
};

describe("settings: ways in", () => {
  for (const [about, settings] of Object.entries(sound)) {
    it(`may be ${about}`, () => assert.deepEqual(faultyPaths(settings), []));
  }

  for (const [about, { settings, paths }] of Object.entries(faulty)) {
    it(`may not be ${about}`, () => assert.deepEqual(faultyPaths(settings), paths));
  }

  it("bring what they need, unless told that it is there", () => {
    const none = resolve({ tls: acme });
    assert.equal(none.ingressController.install, "none");
    assert.equal(none.certManager.install, "none");
    const both = resolve({ tls: acme, exposure: { gateway: ingress } });
    assert.equal(both.ingressController.install, "install");
    assert.equal(both.certManager.install, "install");
    const generated = resolve({ tls: { issuer: { kind: "generated" } }, exposure: { gateway: ingress } });
    assert.equal(generated.certManager.install, "none");
    const existing = resolve({ tls: acme, ingressController: { install: "existing" }, exposure: { gateway: ingress } });
    assert.equal(existing.ingressController.install, "existing");
  });

  it("use Let's Encrypt's staging authority everywhere but in prod", () => {
    const server = (environment: string) => {
      const { issuer } = resolve({ environment, tls: acme });
      return issuer?.kind === "acme" ? issuer.server : undefined;
    };
    assert.equal(server("staging"), "https://acme-staging-v02.api.letsencrypt.org/directory");
    assert.equal(server("prod"), "https://acme-v02.api.letsencrypt.org/directory");
  });

  it("have one certificate for each host, for all its names", () => {
    const settings = resolve({
      network: "public",
      replicas: 2,
      tls: dns01,
      exposure: {
        gateway: { ...ingress, subdomains: true },
        rest: { way: "ingress", host: "api.example.org", certificate: "mine" },
        swarm: { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } },
      },
    });
    assert.deepEqual(
      apiHosts(settings).map(({ use, names, certificate, issued }) => ({ use, names, certificate, issued })),
      [
        { use: "gateway", names: [host, `*.ipfs.${host}`, `*.ipns.${host}`], certificate: "gateway-tls", issued: true },
        { use: "rest", names: ["api.example.org"], certificate: "mine", issued: false },
        {
          use: "websocket",
          names: ["ipfs-0.ws.example.org", "ipfs-1.ws.example.org"],
          certificate: "websocket-tls",
          issued: true,
        },
      ],
    );
  });

  it("are warned about where credentials cross the network in clear, a retired controller is installed, or it is up to others", () => {
    const insecure = resolve({ exposure: { rest: { way: "nodePort", insecure: true } } });
    assert.match(warnings(insecure).join("\n"), /exposure\.rest sends its credentials in clear/);
    const nginx = resolve({ tls: acme, exposure: { gateway: ingress } });
    assert.match(warnings(nginx).join("\n"), /ingress-nginx is retired.*gatewayApi/);
    const theirs = { tls: acme, ingressController: { install: "existing", class: "theirs" } };
    assert.deepEqual(warnings(resolve({ ...theirs, exposure: { gateway: ingress } })), []);
    const limited = resolve({ ...theirs, exposure: { gateway: { ...ingress, connections: 3 } } });
    assert.match(warnings(limited).join("\n"), /see that the controller of class theirs reads them/);
    const istio = { public: { existing: "edge/web" } };
    const owned = resolve({ tls: acme, istio, exposure: { gateway: { way: "istio", host } } });
    assert.match(warnings(owned).join("\n"), /TLS of exposure\.gateway is the business/);
    const elsewhere = { public: { selector: { istio: "web" } } };
    const unproved = resolve({ tls: acme, istio: elsewhere, exposure: { gateway: { way: "istio", host } } });
    assert.match(warnings(unproved).join("\n"), /exposure\.gateway is proved by HTTP-01.*dns01/);
    const fork = { tls: acme, exposure: { gateway: ingress }, ingressController: { chart: "oci://example.org/fork" } };
    assert.deepEqual(warnings(resolve(fork)), []);
  });
});
