import assert from "node:assert/strict";
import { apiPort, apiService, proxyService } from "../../../components/exposure/apiService";
import { clusterPorts, kuboPorts } from "../../../components/network";
import { selectorLabels } from "../../../components/platform";
import { settingsWith } from "./exposed";

const exposed = (exposure: object, more: object = {}) => settingsWith({ exposure, ...more });
const insecure = { insecure: true };

describe("the Service of an API", () => {
  it("is of type ClusterIP, at the API's own number, where nothing leads in or a proxy does", () => {
    for (const way of [{ way: "clusterIP" }, { way: "ingress", host: "a.example.org" }]) {
      const settings = exposed({ gateway: way, rest: way.host ? { ...way, host: "b.example.org" } : way });
      for (const [api, number] of [["gateway", 8080] as const, ["rest", 9094] as const]) {
        const { spec, metadata } = apiService(settings, api);
        assert.equal(spec.type, "ClusterIP");
        assert.deepEqual(spec.ports, [
          { name: api, port: number, targetPort: api, protocol: "TCP", appProtocol: "http" },
        ]);
        assert.deepEqual(metadata.annotations, {});
      }
    }
  });

  it("selects ready pods of the workload that serves it", () => {
    for (const [settings, api, role] of [
      [exposed({}), "gateway", "ipfs"],
      [exposed({}, { network: "public", gateway: { content: "open" } }), "gateway", "ipfs"],
      [exposed({}, { network: "public" }), "gateway", "gateway"],
      [exposed({}), "rest", "cluster"],
      [exposed({}), "pinning", "cluster"],
      [exposed({}, { topology: "colocated" }), "gateway", "peer"],
      [exposed({}, { topology: "colocated", network: "public" }), "gateway", "gateway"],
      [exposed({}, { topology: "colocated" }), "rest", "peer"],
    ] as const) {
      const { spec } = apiService(settings, api);
      assert.deepEqual(spec.selector, { "app.kubernetes.io/name": role, "app.kubernetes.io/instance": "test" });
      assert.equal(spec.publishNotReadyAddresses, undefined);
    }
  });

  it("is at a node port that is given, or that Kubernetes chooses", () => {
    const settings = exposed({ gateway: { way: "nodePort" }, rest: { way: "nodePort", port: 30094, ...insecure } });
    const [gateway, rest] = (["gateway", "rest"] as const).map((api) => apiService(settings, api).spec);
    assert.equal(gateway.type, "NodePort");
    assert.deepEqual(gateway.ports, [
      { name: "gateway", port: 8080, targetPort: "gateway", protocol: "TCP", appProtocol: "http" },
    ]);
    assert.deepEqual(rest.ports, [
      { name: "rest", port: 9094, targetPort: "rest", protocol: "TCP", appProtocol: "http", nodePort: 30094 },
    ]);
  });

  it("is a load balancer with what its provider wants to know, and a deadline for it", () => {
    const settings = exposed({
      gateway: { way: "loadBalancer" },
      rest: {
        way: "loadBalancer",
        class: "internal-vip",
        tls: "atLoadBalancer",
        allowFrom: ["192.0.2.0/24"],
        annotations: { "example.org/certificate": "arn", "pulumi.com/timeoutSeconds": "1" },
      },
    });
    const gateway = apiService(settings, "gateway");
    assert.deepEqual(gateway.metadata.annotations, { "pulumi.com/timeoutSeconds": "300" });
    const { selector: _, ports: plain, ...plainSpec } = gateway.spec as Record<string, unknown>;
    assert.deepEqual(plainSpec, { type: "LoadBalancer" });
    assert.deepEqual(plain, [{ name: "gateway", port: 80, targetPort: "gateway", protocol: "TCP" }]);
    const rest = apiService(settings, "rest");
    assert.deepEqual(rest.metadata.annotations, {
      "example.org/certificate": "arn",
      "pulumi.com/timeoutSeconds": "300",
    });
    const { selector: __, ports, ...spec } = rest.spec as Record<string, unknown>;
    assert.deepEqual(spec, {
      type: "LoadBalancer",
      loadBalancerClass: "internal-vip",
      loadBalancerSourceRanges: ["192.0.2.0/24"],
    });
    assert.deepEqual(ports, [{ name: "rest", port: 443, targetPort: "rest", protocol: "TCP" }]);
  });

  it("tells ExternalDNS its names, in every form that it is asked for", () => {
    const gateway = { way: "loadBalancer", host: "gw.example.org", subdomains: true };
    const annotations = (externalDns: object | false) =>
      apiService(exposed({ gateway, externalDns }), "gateway").metadata.annotations;
    const names = "gw.example.org,*.ipfs.gw.example.org,*.ipns.gw.example.org";
    assert.equal(annotations({})["external-dns.kubernetes.io/hostname"], names);
    assert.equal(annotations({})["external-dns.alpha.kubernetes.io/hostname"], names);
    assert.equal(annotations({ prefix: "dns.example.org" })["dns.example.org/hostname"], names);
    assert.deepEqual(Object.keys(annotations(false)), ["pulumi.com/timeoutSeconds"]);
  });

  it("is for ports of public and client audience only", () => {
    const inside = { way: "clusterIP" } as const;
    for (const port of [kuboPorts.gateway, clusterPorts.rest, clusterPorts.pinning]) {
      assert.equal(apiPort(port, inside).port, port.number);
    }
    // These must not compile; `npm run types` says so if one does.
    const refused = () => {
      // @ts-expect-error
      apiPort(kuboPorts.rpc, inside);
      // @ts-expect-error
      apiPort(clusterPorts.proxy, inside);
      // @ts-expect-error
      apiPort(clusterPorts.metrics, inside);
      // @ts-expect-error
      apiPort(clusterPorts.swarm, inside);
    };
    assert.equal(typeof refused, "function");
  });
});

describe("the Service of ipfs-cluster's proxy", () => {
  it("is where programs look for kubo's RPC, inside the Kubernetes cluster and nowhere else", () => {
    const settings = exposed({}, { cluster: { proxy: true } });
    const made = proxyService(settings);
    assert.equal(made?.metadata.name, "proxy");
    assert.deepEqual(made?.spec, {
      type: "ClusterIP",
      selector: selectorLabels(settings, "cluster"),
      ports: [{ name: "proxy", port: 5001, targetPort: "proxy", protocol: "TCP", appProtocol: "http" }],
    });
  });

  it("is not there while the proxy is off", () => {
    assert.equal(proxyService(exposed({})), undefined);
  });
});
