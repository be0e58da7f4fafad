import assert from "node:assert/strict";
import type { CustomObject } from "../../../components/exposure/customObject";
import { gatewayListeners, gatewayRoutes, ownGateway } from "../../../components/exposure/gatewayApi";
import { assertCrds } from "../../support/crds";
import { hosts, proxied, ranges, settingsWith } from "./exposed";

const plain = { gatewayApi: { class: "cilium" }, exposure: { rest: { way: "gatewayApi", host: hosts.rest } } };
const envoy = proxied["a Gateway of Envoy Gateway"];

const extra = { name: "ipfs-0-swarm", port: 4001, protocol: "TCP" };

/** The spec of the object of that kind and name. */
function specOf(objects: readonly CustomObject[], kind: string, name: string): CustomObject["spec"] {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found.spec;
}
const kinds = (objects: readonly CustomObject[]) => [...new Set(objects.map(({ kind }) => kind))];

describe("a Gateway of the stack's own", () => {
  const settings = settingsWith({ ...envoy });

  it("listens for every name with its certificate, and without TLS for redirects and challenges", () => {
    const same = { namespaces: { from: "Same" } };
    const secure = (name: string, hostname: string, certificate: string) => ({
      name,
      port: 443,
      protocol: "HTTPS",
      hostname,
      tls: { mode: "Terminate", certificateRefs: [{ name: certificate }] },
      allowedRoutes: same,
    });
    assert.deepEqual(gatewayListeners(settings, []), [
      { name: "http", port: 80, protocol: "HTTP", allowedRoutes: same },
      secure("https-gateway", hosts.gateway, "gateway-tls"),
      secure("https-gateway-ipfs", `*.ipfs.${hosts.gateway}`, "gateway-tls"),
      secure("https-gateway-ipns", `*.ipns.${hosts.gateway}`, "gateway-tls"),
      secure("https-rest", hosts.rest, "rest-tls"),
      secure("https-pinning", hosts.pinning, "pinning-tls"),
    ]);
  });

  it("has a listener for each peer's WebSocket host, and those of other protocols", () => {
    const websocket = { way: "gatewayApi", host: "ws.example.org" };
    const swarm = { way: "clusterIP", websocket };
    const listeners = gatewayListeners(
      settingsWith({ network: "public", gatewayApi: { class: "cilium" }, exposure: { swarm } }),
      [extra],
    );
    assert.deepEqual(
      listeners.map(({ name, hostname }) => [name, hostname]),
      [
        ["http", undefined],
        ["https-websocket-0", "ipfs-0.ws.example.org"],
        ["https-websocket-1", "ipfs-1.ws.example.org"],
        ["https-websocket-2", "ipfs-2.ws.example.org"],
        ["ipfs-0-swarm", undefined],
      ],
    );
  });

  it("is there for other protocols alone as well, then without HTTP", () => {
    const none = settingsWith({ gatewayApi: { class: "cilium" } });
    assert.deepEqual(ownGateway(none, [extra])?.spec, { gatewayClassName: "cilium", listeners: [extra] });
    assert.equal(ownGateway(none, []), undefined);
  });

  it("is of the class and has the annotations that the stack file says", () => {
    const gateway = ownGateway(settings, []);
    assert.equal(gateway?.metadata.name, "gateway");
    assert.equal(gateway?.spec.gatewayClassName, "envoy");
    assert.deepEqual(gateway?.metadata.annotations, { "example.org/team": "a" });
  });
});

describe("an HTTPRoute", () => {
  it("is attached to the listeners of its names, and takes as long as it takes", () => {
    const routes = gatewayRoutes(settingsWith({ ...envoy }));
    const parents = (name: string) =>
      (specOf(routes, "HTTPRoute", name).parentRefs as { sectionName: string }[]).map(({ sectionName }) => sectionName);
    assert.deepEqual(parents("gateway"), ["https-gateway"]);
    assert.deepEqual(parents("gateway-subdomains"), ["https-gateway-ipfs", "https-gateway-ipns"]);
    assert.deepEqual(parents("rest"), ["https-rest"]);
    assert.deepEqual(parents("redirect"), ["http"]);
    for (const name of ["gateway", "gateway-subdomains", "rest", "pinning"]) {
      const [rule, ...others] = specOf(routes, "HTTPRoute", name).rules as { timeouts: object }[];
      assert.deepEqual([rule.timeouts, others], [{ request: "0s" }, []]);
    }
  });

  it("is attached to a listener of an existing Gateway in another namespace; its redirects are its owner's", () => {
    const existing = { name: "shared", namespace: "edge", listener: "https" };
    const settings = settingsWith({ ...plain, gatewayApi: { existing } });
    const parent = { name: "shared", namespace: "edge", sectionName: "https" };
    assert.deepEqual(specOf(gatewayRoutes(settings), "HTTPRoute", "rest").parentRefs, [parent]);
    assert.ok(gatewayRoutes(settings).every(({ metadata }) => metadata.name !== "redirect"));
    assert.equal(ownGateway(settings, [extra]), undefined);
  });

  it("redirects in as many as it takes, as each has sixteen names at most", () => {
    const websocket = { way: "gatewayApi", host: "ws.example.org" };
    const swarm = { way: "clusterIP", websocket };
    const many = settingsWith({
      network: "public",
      replicas: 20,
      identities: 20,
      gatewayApi: { class: "envoy" },
      exposure: { swarm },
    });
    const redirects = gatewayRoutes(many).filter(({ metadata }) => metadata.name.startsWith("redirect"));
    const names = redirects.map(({ spec }) => (spec as { hostnames: string[] }).hostnames);
    assert.deepEqual(
      names.map(({ length }) => length),
      [16, 4],
    );
    assert.equal(new Set(names.flat()).size, 20);
    assertCrds(...redirects);
  });

  it("redirects all names for good, at the listener without TLS", () => {
    const redirect = specOf(gatewayRoutes(settingsWith(plain)), "HTTPRoute", "redirect");
    assert.deepEqual(redirect.hostnames, [hosts.rest]);
    assert.deepEqual(redirect.rules, [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
      },
    ]);
  });

  it("tells ExternalDNS its names", () => {
    const rest = gatewayRoutes(settingsWith({ ...envoy })).find(({ metadata }) => metadata.name === "rest");
    assert.equal(rest?.metadata.annotations?.["external-dns.kubernetes.io/hostname"], hosts.rest);
  });
});

describe("policies of Envoy Gateway", () => {
  const objects = gatewayRoutes(settingsWith({ ...envoy, gateway: { credentials: true } }));
  const gatewayRouteNames = ["gateway", "gateway-subdomains"].map((name) => ({
    group: "gateway.networking.k8s.io",
    kind: "HTTPRoute",
    name,
  }));

  it("are made for no other implementation", () => {
    assert.deepEqual(kinds(gatewayRoutes(settingsWith({ ...plain }))), ["HTTPRoute"]);
  });

  it("keep connections open on which nothing moves, by default at five minutes' end", () => {
    const { gatewayApi } = envoy as { gatewayApi: object };
    const bare = gatewayRoutes(settingsWith({ ...plain, gatewayApi }));
    assert.deepEqual(kinds(bare), ["HTTPRoute", "BackendTrafficPolicy"]);
    const policy = specOf(bare, "BackendTrafficPolicy", "rest");
    assert.deepEqual(policy.timeout, {
      http: {
        requestTimeout: "0s",
        maxStreamDuration: "0s",
        streamIdleTimeout: "3600s",
        connectionIdleTimeout: "3600s",
      },
    });
    assert.equal(policy.rateLimit, undefined);
    assert.equal(policy.retry, undefined, "Envoy Gateway retries only if told to");
  });

  it("let in whom they are told to, and nobody else", () => {
    const { authorization } = specOf(objects, "SecurityPolicy", "rest") as { authorization: object };
    assert.deepEqual(authorization, {
      defaultAction: "Deny",
      rules: [{ name: "allow-from", action: "Allow", principal: { clientCIDRs: ranges } }],
    });
  });

  it("ask for credentials at the gateway's routes, subdomains included, and at no other", () => {
    const gateway = specOf(objects, "SecurityPolicy", "gateway");
    assert.deepEqual(gateway.targetRefs, gatewayRouteNames);
    assert.deepEqual(gateway.basicAuth, { users: { group: "", kind: "Secret", name: "gateway-users" } });
    assert.equal(specOf(objects, "SecurityPolicy", "rest").basicAuth, undefined);
  });

  it("count the requests of each address by itself, be it of one family or the other", () => {
    const { rateLimit, targetRefs } = specOf(objects, "BackendTrafficPolicy", "gateway");
    assert.deepEqual(targetRefs, gatewayRouteNames);
    const limit = { requests: 5, unit: "Second" };
    assert.deepEqual(rateLimit, {
      type: "Local",
      local: {
        rules: ["0.0.0.0/0", "::/0"].map((value) => ({
          clientSelectors: [{ sourceCIDR: { type: "Distinct", value } }],
          limit,
        })),
      },
    });
  });
});
