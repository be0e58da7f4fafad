import assert from "node:assert/strict";
import { ownGateway } from "../../../components/exposure/gatewayApi";
import { websocketIngress, websocketRoutes } from "../../../components/exposure/websocket";
import { resolveSettings, type Settings } from "../../../components/settings";
import { assertCrds } from "../../support/crds";

type Raw = Record<string, unknown>;

function settingsOf(way: string, raw: Raw = {}): Settings {
  const websocket = { way, host: "ws.example.org" };
  const exposure = { swarm: { way: "clusterIP", websocket } };
  const tls = { issuer: { kind: "generated" } };
  const gatewayApi = way === "gatewayApi" ? { class: "any" } : undefined;
  const settings = {
    environment: "dev",
    network: "public",
    tls,
    ...(gatewayApi ? { gatewayApi } : {}),
    exposure,
    ...raw,
  };
  return resolveSettings(settings, { stack: "test" });
}

/** Objects as their JSON says, without undefined fields. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const peers = [0, 1, 2].map((ordinal) => `ipfs-${ordinal}.ws.example.org`);

describe("WebSocket", () => {
  it("has no objects where nobody asked for it", () => {
    const settings = resolveSettings({ environment: "dev", network: "public" }, { stack: "test" });
    assert.deepEqual([websocketIngress(settings), websocketRoutes(settings)], [undefined, []]);
  });

  it("through an Ingress leads each host to its own peer, with TLS, for as long as it takes", () => {
    const settings = settingsOf("ingress", { ingressController: { install: "existing", class: "traefik" } });
    assert.deepEqual(websocketRoutes(settings), []);
    const { metadata, spec } = plain(websocketIngress(settings)) ?? assert.fail();
    assert.deepEqual(spec, {
      ingressClassName: "traefik",
      tls: [{ hosts: peers, secretName: "websocket-generated-tls" }],
      rules: peers.map((host, ordinal) => ({
        host,
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: `ipfs-${ordinal}`, port: { number: 8081 } } },
            },
          ],
        },
      })),
    });
    assert.equal(metadata.annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"], "3600");
  });

  it("through a Gateway has a route for each peer, at the listener with that peer's certificate", () => {
    const settings = settingsOf("gatewayApi");
    const routes = websocketRoutes(settings);
    assertCrds(...routes);
    const gateway = ownGateway(settings, []);
    const listeners = gateway?.spec.listeners as { name: string; hostname?: string; protocol: string }[];
    for (const [ordinal, { spec }] of routes.entries()) {
      const { parentRefs, hostnames, rules } = spec as {
        parentRefs: { sectionName: string }[];
        hostnames: string[];
        rules: { backendRefs: object[]; timeouts: object }[];
      };
      const listener = listeners.find(({ name }) => name === parentRefs[0].sectionName);
      assert.deepEqual([listener?.hostname, listener?.protocol], [peers[ordinal], "HTTPS"]);
      assert.deepEqual(hostnames, [peers[ordinal]]);
      assert.deepEqual(rules[0].backendRefs, [{ name: `ipfs-${ordinal}`, port: 8081 }]);
      assert.deepEqual(rules[0].timeouts, { request: "0s" });
    }
    assert.equal(routes.length, 3);
  });

  it("attaches to somebody else's Gateway, at its listener if that is said", () => {
    for (const listener of [undefined, "https"]) {
      const existing = { name: "shared", namespace: "edge", ...(listener ? { listener } : {}) };
      const [route] = websocketRoutes(settingsOf("gatewayApi", { gatewayApi: { existing } }));
      const section = listener ? { sectionName: listener } : {};
      assert.deepEqual(route.spec.parentRefs, [{ name: "shared", namespace: "edge", ...section }]);
      assertCrds(route);
    }
  });

  it("through Istio goes to the peer's port in clear, or by the mesh's TLS where the pods are part of it", () => {
    for (const mesh of [false, true]) {
      const routes = websocketRoutes(settingsOf("istio", { istio: { mesh } }));
      assertCrds(...routes);
      const [service, rule] = routes;
      assert.equal(routes.length, 6);
      assert.deepEqual(service.spec.hosts, ["ipfs-0.ws.example.org"]);
      assert.deepEqual(service.spec.gateways, ["ipfs-test/public"]);
      const host = "ipfs-0.ipfs-test.svc.cluster.local";
      assert.deepEqual(service.spec.http, [
        {
          match: [{ port: 443 }],
          route: [{ destination: { host, port: { number: 8081 } } }],
          retries: { attempts: 0 },
        },
      ]);
      assert.equal(rule.spec.host, host);
      assert.deepEqual(rule.spec.trafficPolicy, {
        portLevelSettings: [{ port: { number: 8081 }, tls: { mode: mesh ? "ISTIO_MUTUAL" : "DISABLE" } }],
      });
    }
  });

  it("through somebody else's Istio gateway is on whatever ports that has", () => {
    const [service] = websocketRoutes(settingsOf("istio", { istio: { public: { existing: "edge/shared" } } }));
    assert.deepEqual(service.spec.gateways, ["edge/shared"]);
    assert.equal((service.spec.http as Raw[])[0].match, undefined);
    assertCrds(service);
  });

  it("tells ExternalDNS of the hosts where it is asked to", () => {
    const websocket = { way: "ingress", host: "ws.example.org" };
    const settings = settingsOf("ingress", { exposure: { swarm: { way: "clusterIP", websocket }, externalDns: {} } });
    const { annotations } = websocketIngress(settings)?.metadata ?? assert.fail();
    assert.equal(annotations["external-dns.kubernetes.io/hostname"], peers.join());
  });
});
