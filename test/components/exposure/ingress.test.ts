import assert from "node:assert/strict";
import { apiService } from "../../../components/exposure/apiService";
import { backendConfigs } from "../../../components/exposure/gce";
import { ingresses } from "../../../components/exposure/ingress";
import type { HttpApi } from "../../../components/settings";
import { ownedAnnotations } from "../../../components/settings/exposure/rules";
import { hosts, proxied, ranges, settingsWith } from "./exposed";

const plain = {
  exposure: { gateway: { way: "ingress", host: hosts.gateway }, rest: { way: "ingress", host: hosts.rest } },
};

const prefix = "nginx.ingress.kubernetes.io/";
const profile = {
  "ssl-redirect": "true",
  "proxy-body-size": "0",
  "proxy-request-buffering": "off",
  "proxy-buffering": "off",
  "proxy-http-version": "1.1",
  "proxy-read-timeout": "3600",
  "proxy-send-timeout": "3600",
  "proxy-next-upstream": "off",
};

/** What is said to ingress-nginx by the Ingress of an API. */
function nginxAnnotations(raw: object, api: HttpApi): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotationsOf(raw, api)).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

function annotationsOf(raw: object, api: HttpApi): Record<string, string> {
  const found = ingresses(settingsWith({ ...raw })).find(({ metadata }) => metadata.name === api);
  assert.ok(found, api);
  return found.metadata.annotations;
}

describe("an Ingress", () => {
  it("lets bodies of any size flow through, for as long as something moves, and sends nothing twice", () => {
    assert.deepEqual(nginxAnnotations(plain, "gateway"), profile);
    assert.deepEqual(nginxAnnotations(plain, "rest"), profile);
  });

  it("lets in whom it is told to, as often as it is told", () => {
    assert.deepEqual(nginxAnnotations(proxied["an ingress"], "rest"), {
      ...profile,
      "whitelist-source-range": ranges.join(","),
      "limit-rps": "5",
      "limit-connections": "7",
    });
  });

  it("asks for credentials at the gateway, and leaves the APIs to ask for their own", () => {
    const raw = { ...plain, gateway: { credentials: true } };
    assert.deepEqual(nginxAnnotations(raw, "gateway"), {
      ...profile,
      "auth-type": "basic",
      "auth-secret": "gateway-users",
      "auth-realm": "IPFS gateway",
    });
    assert.deepEqual(nginxAnnotations(raw, "rest"), profile);
  });

  it("has the user's own annotations, but none that this program sets: those are refused", () => {
    const annotations = { "example.org/team": "a" };
    const gateway = {
      ...plain.exposure.gateway,
      annotations,
      allowFrom: ["10.0.0.0/8"],
      requestsPerSecond: 1,
      connections: 1,
    };
    const made = annotationsOf({ exposure: { gateway }, gateway: { credentials: true } }, "gateway");
    assert.equal(made["example.org/team"], "a");
    assert.deepEqual(
      Object.keys(made)
        .filter((key) => key.startsWith(prefix))
        .sort(),
      [...ownedAnnotations].sort(),
    );
  });

  it("is one for each API, of the controller's class, with a certificate for all of its names", () => {
    const certificate = { ...plain.exposure.rest, certificate: "mine" };
    const gateway = { ...plain.exposure.gateway, subdomains: true };
    const made = ingresses(
      settingsWith({
        exposure: { gateway, rest: certificate },
        ingressController: { install: "existing", class: "web" },
      }),
    );
    assert.deepEqual(
      made.map(({ spec }) => [spec.ingressClassName, spec.tls]),
      [
        [
          "web",
          [
            {
              hosts: [hosts.gateway, `*.ipfs.${hosts.gateway}`, `*.ipns.${hosts.gateway}`],
              secretName: "gateway-tls",
            },
          ],
        ],
        ["web", [{ hosts: [hosts.rest], secretName: "mine" }]],
      ],
    );
  });

  it("is waited for where this stack brings the controller; another one may never say an address", () => {
    assert.equal(annotationsOf(plain, "rest")["pulumi.com/timeoutSeconds"], "300");
    const existing = { ...plain, ingressController: { install: "existing" } };
    assert.equal(annotationsOf(existing, "rest")["pulumi.com/skipAwait"], "true");
    assert.equal(annotationsOf(existing, "rest")["pulumi.com/timeoutSeconds"], undefined);
  });

  it("tells ExternalDNS its names", () => {
    const annotations = annotationsOf(proxied["an ingress"], "gateway");
    for (const group of ["external-dns.kubernetes.io", "external-dns.alpha.kubernetes.io"]) {
      assert.equal(
        annotations[`${group}/hostname`],
        `${hosts.gateway},*.ipfs.${hosts.gateway},*.ipns.${hosts.gateway}`,
      );
    }
  });
});

describe("GKE's own Ingress", () => {
  const raw = proxied["GKE's ingress"];
  const checks = (more: object = {}) =>
    Object.fromEntries(
      backendConfigs(settingsWith({ ...raw, ...more })).map(({ metadata, spec }) => [metadata.name, spec]),
    );

  it("is asked for by the one annotation that its controller goes by", () => {
    const [gateway] = ingresses(settingsWith({ ...raw }));
    assert.equal(gateway.metadata.annotations["kubernetes.io/ingress.class"], "gce");
    assert.equal(gateway.spec.ingressClassName, undefined);
  });

  it("checks each API where it is answered 200, and ends no request", () => {
    const timeoutSec = 2147483647;
    const metrics = { type: "HTTP", requestPath: "/metrics", port: 8888 };
    assert.deepEqual(checks(), {
      gateway: { timeoutSec, healthCheck: { type: "HTTP", requestPath: "/version", port: 8080 } },
      rest: { timeoutSec, healthCheck: metrics },
      pinning: { timeoutSec, healthCheck: metrics },
    });
  });

  it("is told by each Service which check is its own", () => {
    const { annotations } = apiService(settingsWith({ ...raw }), "rest").metadata;
    assert.deepEqual(JSON.parse(annotations["cloud.google.com/backend-config"]), { default: "rest" });
    assert.deepEqual(JSON.parse(annotations["cloud.google.com/neg"]), { ingress: true });
  });

  it("is nobody else's business", () => {
    assert.deepEqual(backendConfigs(settingsWith(plain)), []);
    assert.deepEqual(apiService(settingsWith(plain), "rest").metadata.annotations, {});
  });
});
