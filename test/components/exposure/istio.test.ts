import assert from "node:assert/strict";
import type { CustomObject } from "../../../components/exposure/customObject";
import { istioObjects } from "../../../components/exposure/istio";
import { hosts, proxied, ranges, settingsWith } from "./exposed";

const own = istioObjects(settingsWith({ ...proxied["gateways of Istio"] }));
const existing = istioObjects(settingsWith({ ...proxied["Istio Gateways that exist"] }));

function found(objects: readonly CustomObject[], kind: string, name: string): CustomObject {
  const object = objects.find((each) => each.kind === kind && each.metadata.name === name);
  assert.ok(object, `${kind} ${name}`);
  return object;
}

const gatewayNames = [hosts.gateway, `*.ipfs.${hosts.gateway}`, `*.ipns.${hosts.gateway}`];
const scoped = (names: readonly string[]) => names.map((name) => `ipfs-test/${name}`);

describe("Istio's Gateways", () => {
  it("are one for content and one for client APIs, each at the pods that are to carry it", () => {
    const istio = { public: { selector: { istio: "web" } }, client: { selector: { istio: "admin" } } };
    const objects = istioObjects(settingsWith({ ...proxied["gateways of Istio"], istio }));
    const hostsOf = (name: string) => {
      const { servers } = found(objects, "Gateway", name).spec as { servers: { hosts: string[] }[] };
      return servers.map((server) => server.hosts);
    };
    assert.deepEqual(found(objects, "Gateway", "public").spec.selector, { istio: "web" });
    assert.deepEqual(found(objects, "Gateway", "client").spec.selector, { istio: "admin" });
    assert.deepEqual(hostsOf("public"), [scoped(gatewayNames), scoped(gatewayNames)]);
    assert.deepEqual(hostsOf("client"), [
      scoped([hosts.rest, hosts.pinning]),
      scoped([hosts.rest]),
      scoped([hosts.pinning]),
    ]);
  });

  it("end TLS with each host's certificate, and leave challenges without TLS alone", () => {
    const { servers } = found(own, "Gateway", "client").spec as { servers: Record<string, unknown>[] };
    const tls = (name: string) => ({
      mode: "SIMPLE",
      credentialName: `ipfs-test-${name}-tls`,
      minProtocolVersion: "TLSV1_2",
    });
    assert.deepEqual(
      servers.map((server) => [server.port, server.tls]),
      [
        [{ number: 80, name: "http", protocol: "HTTP" }, undefined],
        [{ number: 443, name: "https-rest", protocol: "HTTPS" }, tls("rest")],
        [{ number: 443, name: "https-pinning", protocol: "HTTPS" }, tls("pinning")],
      ],
    );
  });

  it("carry the WebSocket hosts of all peers with public content", () => {
    const swarm = { way: "clusterIP", websocket: { way: "istio", host: "ws.example.org" } };
    const objects = istioObjects(settingsWith({ network: "public", exposure: { swarm } }));
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["Gateway public"],
    );
    const [, secure] = objects[0].spec.servers as { hosts: string[] }[];
    assert.deepEqual(secure.hosts, scoped([0, 1, 2].map((ordinal) => `ipfs-${ordinal}.ws.example.org`)));
  });

  it("are not made where there are some", () => {
    assert.ok(existing.every(({ kind }) => kind !== "Gateway"));
    const gateways = (name: string) => found(existing, "VirtualService", name).spec.gateways;
    assert.deepEqual(gateways("gateway"), ["edge/web"]);
    assert.deepEqual(gateways("rest"), ["edge/clients"]);
  });
});

describe("a VirtualService", () => {
  it("lets requests take as long as they take, and sends none twice", () => {
    for (const objects of [own, existing]) {
      for (const name of ["gateway", "gateway-subdomains", "rest", "pinning"]) {
        const { http } = found(objects, "VirtualService", name).spec as { http: Record<string, unknown>[] };
        const routed = http.filter(({ route }) => route);
        assert.deepEqual(
          routed.map(({ timeout, retries }) => [timeout, retries]),
          [[undefined, { attempts: 0 }]],
        );
      }
    }
  });

  it("is at the stack's own Gateway, and tells ExternalDNS its names", () => {
    const { spec, metadata } = found(own, "VirtualService", "gateway-subdomains");
    assert.deepEqual(spec.gateways, ["ipfs-test/public"]);
    assert.deepEqual(spec.hosts, gatewayNames.slice(1));
    assert.equal(metadata.annotations?.["external-dns.kubernetes.io/hostname"], gatewayNames.slice(1).join(","));
  });
});

describe("a DestinationRule", () => {
  for (const [about, mesh, mode] of [
    ["without TLS to pods outside the mesh", false, "DISABLE"],
    ["with the mesh's TLS to pods inside it", true, "ISTIO_MUTUAL"],
  ] as const) {
    it(`speaks HTTP/1.1 ${about}, whatever the rest of the mesh does`, () => {
      const objects = istioObjects(settingsWith({ ...proxied["gateways of Istio"], istio: { mesh } }));
      assert.deepEqual(found(objects, "DestinationRule", "rest").spec, {
        host: "rest.ipfs-test.svc.cluster.local",
        trafficPolicy: {
          tls: { mode },
          connectionPool: { http: { h2UpgradePolicy: "DO_NOT_UPGRADE", idleTimeout: "3600s" } },
        },
      });
    });
  }
});

describe("allowFrom at Istio's ingress pods", () => {
  const from = [{ source: { notRemoteIpBlocks: ranges } }];
  const byTls = (...names: string[]) => ({ from, when: [{ key: "connection.sni", values: names }] });

  it("refuses the names to everybody else, and nothing but the names", () => {
    const { spec, metadata } = found(own, "AuthorizationPolicy", "ipfs-test-gateway-allow-from");
    assert.equal(metadata.namespace, "istio-ingress");
    assert.deepEqual(spec, {
      selector: { matchLabels: { istio: "ingressgateway" } },
      action: "DENY",
      rules: [byTls(...gatewayNames)],
    });
  });

  it("asks for the names that HTTP says too, with and without a port, where the Gateway is somebody else's", () => {
    const rest = found(existing, "AuthorizationPolicy", "ipfs-test-rest-allow-from");
    assert.equal(rest.metadata.namespace, "edge");
    assert.deepEqual(rest.spec.rules, [
      byTls(hosts.rest),
      { from, to: [{ operation: { hosts: [hosts.rest, `${hosts.rest}:*`] } }] },
    ]);
    const [, byHttp] = found(existing, "AuthorizationPolicy", "ipfs-test-gateway-allow-from").spec.rules as {
      to: { operation: { hosts: string[] } }[];
    }[];
    const [, wildcard] = gatewayNames;
    assert.deepEqual(byHttp.to[0].operation.hosts.slice(2, 5), [wildcard, `${wildcard}:443`, `${wildcard}:80`]);
  });

  it("is no policy where everybody may come in", () => {
    const open = istioObjects(settingsWith({ exposure: { rest: { way: "istio", host: hosts.rest } } }));
    assert.ok(open.every(({ kind }) => kind !== "AuthorizationPolicy"));
  });
});
