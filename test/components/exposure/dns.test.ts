import assert from "node:assert/strict";
import { type DnsRecord, dnsNames, dnsRecord } from "../../../components/exposure/dns";
import { type Assigned, apiUrl } from "../../../components/exposure/urls";
import { settingsWith } from "./exposed";

const host = "gw.example.org";
const names = [host, `*.ipfs.${host}`, `*.ipns.${host}`];

/** Name and target of every record for these settings of the gateway. */
function targets(gateway: object, more: object = {}): string[] {
  const settings = settingsWith({ exposure: { gateway }, ...more });
  return dnsNames(settings).map((wanted) => `${wanted.name} -> ${dnsRecord(wanted, undefined).target}`);
}

const to = (target: string, of = names) => of.map((name) => `${name} -> ${target}`);

describe("DNS records", () => {
  it("lead every name to what serves it", () => {
    const hosted = { host, subdomains: true };
    assert.deepEqual(targets({ way: "clusterIP" }), []);
    assert.deepEqual(targets({ way: "nodePort", ...hosted }), to("any node"));
    assert.deepEqual(targets({ way: "loadBalancer", ...hosted }), to("Service ipfs-test/gateway"));
    assert.deepEqual(targets({ way: "loadBalancer" }), []);
    assert.deepEqual(targets({ way: "ingress", ...hosted }), to("Ingress ipfs-test/gateway"));
    assert.deepEqual(
      targets({ way: "gatewayApi", ...hosted }, { gatewayApi: { class: "cilium" } }),
      to("Gateway ipfs-test/gateway"),
    );
    const existing = { gatewayApi: { existing: { name: "shared", namespace: "edge" } } };
    assert.deepEqual(targets({ way: "gatewayApi", ...hosted }, existing), to("Gateway edge/shared"));
    assert.deepEqual(
      targets({ way: "istio", ...hosted }),
      to("load balancer of the pods istio=ingressgateway in istio-ingress"),
    );
  });

  it("lead each peer's WebSocket host to the same kind of place", () => {
    const swarm = { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } };
    const settings = settingsWith({ network: "public", exposure: { swarm } });
    assert.deepEqual(
      dnsNames(settings).map((wanted) => `${wanted.name} -> ${dnsRecord(wanted, undefined).target}`),
      to(
        "Ingress ipfs-test/swarm-websocket",
        [0, 1, 2].map((ordinal) => `ipfs-${ordinal}.ws.example.org`),
      ),
    );
  });

  it("are of the type that the address asks for", () => {
    const [wanted] = dnsNames(settingsWith({ exposure: { gateway: { way: "loadBalancer", host } } }));
    const record = (address: string | undefined): DnsRecord => dnsRecord(wanted, address);
    const target = "Service ipfs-test/gateway";
    assert.deepEqual(record("192.0.2.1"), { name: host, type: "A", value: "192.0.2.1", target });
    assert.deepEqual(record("2001:db8::1"), { name: host, type: "AAAA", value: "2001:db8::1", target });
    assert.deepEqual(record("lb-1.example.net"), { name: host, type: "CNAME", value: "lb-1.example.net", target });
    assert.deepEqual(record(undefined), { name: host, target });
  });
});

describe("the URL of an API", () => {
  const url = (gateway: object, assigned: Assigned = {}) =>
    apiUrl(settingsWith({ exposure: { gateway } }), "gateway", assigned);

  it("is there where somebody can reach it, with TLS where it has TLS", () => {
    assert.equal(url({ way: "clusterIP" }), undefined);
    assert.equal(url({ way: "ingress", host }), `https://${host}`);
    assert.equal(url({ way: "istio", host }), `https://${host}`);
    assert.equal(url({ way: "nodePort", host, port: 30080 }), `http://${host}:30080`);
    assert.equal(url({ way: "nodePort", host }, { nodePort: 31234 }), `http://${host}:31234`);
    assert.equal(url({ way: "loadBalancer", host }), `http://${host}`);
    assert.equal(
      url(
        { way: "loadBalancer", tls: "atLoadBalancer", annotations: { "example.org/certificate": "gateway" } },
        { address: "lb.example.net" },
      ),
      "https://lb.example.net",
    );
    assert.equal(url({ way: "loadBalancer" }, { address: "192.0.2.1" }), "http://192.0.2.1");
    assert.equal(url({ way: "loadBalancer" }, { address: "2001:db8::1" }), "http://[2001:db8::1]");
  });

  it("is not made up where nobody has said the place", () => {
    assert.equal(url({ way: "nodePort", port: 30080 }), undefined);
    assert.equal(url({ way: "nodePort", host }), undefined);
    assert.equal(url({ way: "loadBalancer" }), undefined);
  });
});
