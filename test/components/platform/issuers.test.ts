import assert from "node:assert/strict";
import { gatewayName, plainListener } from "../../../components/exposure/gatewayListeners";
import { ingresses } from "../../../components/exposure/ingress";
import { certificatePlaces } from "../../../components/platform/certificatePlaces";
import { certificateObject } from "../../../components/platform/certificates";
import type { AcmeSpec } from "../../../components/platform/certManagerObjects";
import { issuerObjects, issuerRef } from "../../../components/platform/issuer";
import type { Settings } from "../../../components/settings";
import { assertCrds } from "../../support/crds";
import { everythingThrough, letsEncrypt, ofKind, platformGraph, settingsOf, waitsFor } from "./stacks";

type Raw = Record<string, unknown>;

const selfSigned = { issuer: { kind: "selfSigned" } };

/** The issuers' specs, of all places. */
function specsOf(settings: Settings): unknown[] {
  return certificatePlaces(settings).flatMap((place) =>
    Object.values(issuerObjects(settings, place)).map(({ spec }) => spec),
  );
}

function acmeOf(raw: Raw): AcmeSpec {
  const [{ acme }] = specsOf(settingsOf(raw)) as { acme: AcmeSpec }[];
  return acme;
}

function certificatesOf(settings: Settings) {
  return certificatePlaces(settings).flatMap(({ hosts }) => hosts.map((host) => certificateObject(settings, host)));
}

describe("an ACME issuer", () => {
  it("has the server, the account and nothing that was not given", () => {
    const { solvers, ...rest } = acmeOf({ tls: letsEncrypt, ...everythingThrough("ingress") });
    assert.equal(solvers.length, 1);
    assert.deepEqual(rest, {
      server: "https://acme-staging-v02.api.letsencrypt.org/directory",
      email: "ops@example.org",
      privateKeySecretRef: {
        name: `${issuerRef(settingsOf({ tls: letsEncrypt, ...everythingThrough("ingress") })).name}-account`,
      },
    });
  });

  it("has another name where the authority is another, and no other where it is not, so that certificates are signed again", () => {
    const { issuer } = letsEncrypt;
    const server = "https://ca.example.org/directory";
    const all = [issuer, { ...issuer, staging: false }, { kind: "acme", server }, { kind: "selfSigned" }];
    const name = (each: Raw) => issuerRef(settingsOf({ tls: { issuer: each }, ...everythingThrough("ingress") })).name;
    assert.equal(new Set(all.map(name)).size, all.length);
    assert.equal(name({ ...issuer, email: "others@example.org" }), name(issuer));
  });

  it("trusts the server of a private authority by what the stack file has of it", () => {
    const caBundle = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const issuer = { kind: "acme", server: "https://ca.example.org/directory", caBundle };
    const acme = acmeOf({ tls: { issuer }, ...everythingThrough("ingress") });
    assert.equal(Buffer.from(acme.caBundle ?? "", "base64").toString(), caBundle);
    assert.equal(acme.email, undefined);
  });

  it("proves its hosts by DNS where it is told how", () => {
    const dns01 = { route53: { region: "eu-west-1" } };
    const acme = acmeOf({ tls: { issuer: { ...letsEncrypt.issuer, dns01 } }, ...everythingThrough("ingress") });
    assert.deepEqual(acme.solvers, [{ dns01 }]);
  });

  it("proves each host through the way in that it has", () => {
    const raw = everythingThrough("ingress") as { exposure: Raw };
    const exposure = { ...raw.exposure, rest: { way: "gatewayApi", host: "rest.example.org" } };
    const { solvers } = acmeOf({ ...raw, tls: letsEncrypt, exposure, gatewayApi: { class: "envoy" } });
    assert.deepEqual(
      solvers.map(({ selector, http01 }) => [Object.keys(http01 ?? {})[0], selector?.dnsNames]),
      [
        ["ingress", ["gateway.example.org", "pinning.example.org", "ipfs-0.ws.example.org", "ipfs-1.ws.example.org"]],
        ["gatewayHTTPRoute", ["rest.example.org"]],
      ],
    );
  });

  const http01 = (way: "ingress" | "gatewayApi" | "istio", raw: Raw = {}) =>
    acmeOf({ tls: letsEncrypt, ...everythingThrough(way), ...raw }).solvers[0].http01 as Record<string, Raw>;

  it("uses the ingress class of the stack file", () => {
    const { ingress } = http01("ingress", { ingressController: { class: "edge" } });
    assert.deepEqual([ingress.ingressClassName, ingress.serviceType], ["edge", "ClusterIP"]);
  });

  it("uses the listener without TLS of the Gateway that the stack makes, and Istio by its class", () => {
    const listener = { name: gatewayName, kind: "Gateway", sectionName: plainListener.name };
    assert.deepEqual(http01("gatewayApi").gatewayHTTPRoute.parentRefs, [listener]);
    assert.equal(http01("istio").ingress.class, "istio");
  });

  it("solves in pods that the namespace lets run", () => {
    const solvers = [http01("ingress").ingress, http01("gatewayApi").gatewayHTTPRoute, http01("istio").ingress];
    for (const { podTemplate } of solvers) {
      assert.deepEqual((podTemplate as { spec: { securityContext: unknown } }).spec.securityContext, {
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
    }
  });

  it("leaves Google's load balancers a node port to the solver", () => {
    assert.equal(
      http01("ingress", {
        ...everythingThrough("ingress", false),
        ingressController: { install: "existing", class: "gce" },
      }).ingress.serviceType,
      undefined,
    );
  });
});

describe("a self-signed issuer", () => {
  it("is an authority whose certificate another issuer signs, and keeps its key", () => {
    const settings = settingsOf({ tls: selfSigned, ...everythingThrough("ingress") });
    const [place] = certificatePlaces(settings);
    const [root, authority, issuer] = Object.values(issuerObjects(settings, place));
    assert.deepEqual(root.spec, { selfSigned: {} });
    assert.ok(authority.kind === "Certificate" && authority.spec.isCA);
    assert.equal(authority.spec.issuerRef.name, root.metadata.name);
    assert.equal(authority.spec.privateKey.rotationPolicy, "Never");
    assert.deepEqual(issuer.spec, { ca: { secretName: authority.spec.secretName } });
    assert.equal(issuer.metadata.name, issuerRef(settings).name);
  });
});

describe("an issuer of others", () => {
  const refOf = (issuer: Raw) =>
    issuerRef(settingsOf({ tls: { issuer: { kind: "existing", ...issuer } }, ...everythingThrough("ingress") }));

  it("is named, and nothing is made for it", () => {
    assert.deepEqual(refOf({ name: "corporate" }), {
      group: "cert-manager.io",
      kind: "ClusterIssuer",
      name: "corporate",
    });
    assert.equal(refOf({ name: "ours", scope: "namespace" }).kind, "Issuer");
    const raw = { tls: { issuer: { kind: "existing", name: "corporate" } }, ...everythingThrough("ingress") };
    assert.deepEqual(specsOf(settingsOf(raw)), []);
  });
});

describe("a host's certificate", () => {
  it("is for all names of the host, in the Secret that the way in reads", () => {
    const dns01 = { cloudflare: {} };
    const certificates = certificatesOf(
      settingsOf({
        tls: { issuer: { ...letsEncrypt.issuer, dns01 } },
        exposure: {
          gateway: { way: "ingress", host: "gw.example.org", subdomains: true },
          rest: { way: "ingress", host: "rest.example.org", certificate: "mine" },
        },
      }),
    );
    assert.equal(certificates.length, 1, "the user's own certificate is the user's");
    const [{ spec, metadata }] = certificates;
    assert.deepEqual(spec.dnsNames, ["gw.example.org", "*.ipfs.gw.example.org", "*.ipns.gw.example.org"]);
    assert.deepEqual([spec.secretName, metadata.name], ["gateway-tls", "gateway-tls"]);
  });

  it("gets a new ECDSA key with every renewal, whose time cert-manager chooses", () => {
    for (const { spec } of certificatesOf(settingsOf({ tls: letsEncrypt, ...everythingThrough("ingress") }))) {
      assert.deepEqual(spec.privateKey, { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" });
      assert.deepEqual(Object.keys(spec).sort(), ["dnsNames", "issuerRef", "privateKey", "secretName", "usages"]);
    }
  });

  it("is proved on the host's own Ingress where Google's controller gives each another address, and nowhere else", () => {
    const { swarm: _, ...exposure } = everythingThrough("ingress").exposure as Raw;
    const settingsWith = (raw: Raw) => settingsOf({ tls: letsEncrypt, exposure, ...raw });
    const edits = (raw: Raw) =>
      certificatesOf(settingsWith(raw)).map(
        ({ metadata }) => metadata.annotations["acme.cert-manager.io/http01-override-ingress-name"],
      );
    const gce = { ingressController: { install: "existing", class: "gce" } };
    const names = ingresses(settingsWith(gce)).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["gateway", "rest", "pinning"]);
    assert.deepEqual(edits(gce), names);
    assert.deepEqual(edits({ ingressController: { install: "existing", class: "gce-internal" } }), names);
    assert.deepEqual(edits({}), Array(3).fill(undefined));
    assert.deepEqual(edits({ ...gce, tls: selfSigned }), Array(3).fill(undefined));
    const dns01 = { issuer: { ...letsEncrypt.issuer, dns01: { route53: {} } } };
    assert.deepEqual(edits({ ...gce, tls: dns01 }), Array(3).fill(undefined));
  });

  it("is in the namespace of the Istio gateway that serves it", () => {
    const istio = { public: { namespace: "edge" }, client: { namespace: "inner" } };
    const settings = settingsOf({ tls: letsEncrypt, ...everythingThrough("istio"), istio });
    const places = certificatePlaces(settings).map(({ namespace, hosts }) => [namespace, hosts.map(({ use }) => use)]);
    assert.deepEqual(places, [
      ["edge", ["gateway", "websocket"]],
      ["inner", ["rest", "pinning"]],
    ]);
  });
});

describe("issuers and certificates of a stack", () => {
  const kinds = [
    { about: "ACME", tls: letsEncrypt },
    { about: "a self-signed authority", tls: selfSigned },
  ];
  for (const { about, tls } of kinds) {
    for (const way of ["ingress", "gatewayApi", "istio"] as const) {
      it(`come in order with ${about} through ${way}: cert-manager, issuer, certificates, in one namespace`, async () => {
        const graph = await platformGraph(settingsOf({ tls, ...everythingThrough(way) }));
        const manager = ofKind(graph, "Release").find(({ inputs }) => inputs.name === "cert-manager");
        assert.ok(manager);
        const issuers = ofKind(graph, "Issuer");
        const certificates = ofKind(graph, "Certificate").filter(({ object }) => !object.spec.isCA);
        assert.equal(certificates.length, 4);
        const namespace = way === "istio" ? "istio-ingress" : "ipfs-eu";
        for (const { object } of [...issuers, ...certificates]) assert.equal(object.metadata.namespace, namespace);
        for (const { urn } of issuers) assert.ok(waitsFor(graph, urn).has(manager.urn), urn);
        for (const { urn, object } of certificates) {
          const issuer = issuers.find((each) => each.object.metadata.name === (object.spec.issuerRef as Raw).name);
          assert.ok(issuer && waitsFor(graph, urn).has(issuer.urn), urn);
        }
      });
    }
  }

  it("don't come with an authority of Pulumi's or without hosts", async () => {
    for (const raw of [
      { tls: { issuer: { kind: "generated" } }, ...everythingThrough("ingress") },
      { tls: letsEncrypt },
    ]) {
      const graph = await platformGraph(settingsOf(raw));
      assert.deepEqual([...ofKind(graph, "Issuer"), ...ofKind(graph, "Certificate")], []);
    }
  });

  it("are waited for where no way in is needed for them, so that these come with their certificates", async () => {
    const graph = await platformGraph(settingsOf({ tls: selfSigned, ...everythingThrough("ingress") }));
    const certificates = ofKind(graph, "Certificate");
    for (const { object } of certificates) {
      assert.equal(object.metadata.annotations["pulumi.com/waitFor"], "condition=Ready");
    }
    const ready = graph.outputs.ready as string[];
    for (const { urn, object } of certificates) assert.equal(ready.includes(urn), !object.spec.isCA);
  });

  it("are not waited for where the authority comes through the way in", async () => {
    const graph = await platformGraph(settingsOf({ tls: letsEncrypt, ...everythingThrough("ingress") }));
    for (const { object } of ofKind(graph, "Certificate")) {
      assert.equal(object.metadata.annotations["pulumi.com/skipAwait"], "true");
      assert.equal(object.metadata.annotations["pulumi.com/waitFor"], undefined);
    }
    const releases = ofKind(graph, "Release").map(({ urn }) => urn);
    assert.deepEqual([...(graph.outputs.ready as string[])].sort(), releases.sort(), "both controllers, nothing else");
  });

  it("have the stack's labels, and names that another stack doesn't have", async () => {
    const graph = await platformGraph(settingsOf({ tls: selfSigned, ...everythingThrough("istio") }));
    for (const { object } of [...ofKind(graph, "Issuer"), ...ofKind(graph, "Certificate")]) {
      assert.equal(object.metadata.labels["app.kubernetes.io/instance"], "eu");
    }
    for (const { object } of ofKind(graph, "Issuer")) assert.match(object.metadata.name, /^ipfs-eu/);
  });

  it("are what cert-manager's definitions allow, every field", async () => {
    const caBundle = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const dns01 = { route53: { region: "eu-west-1" } };
    const issuers = [
      selfSigned.issuer,
      letsEncrypt.issuer,
      { ...letsEncrypt.issuer, dns01 },
      { kind: "acme", server: "https://ca.example.org/directory", caBundle },
      { kind: "existing", name: "corporate", scope: "namespace" },
    ];
    const controllers = [{}, { ingressController: { install: "existing", class: "gce" } }];
    for (const issuer of issuers) {
      for (const way of ["ingress", "gatewayApi", "istio"] as const) {
        for (const controller of controllers) {
          const settings = settingsOf({
            tls: { issuer },
            ...everythingThrough(way, controller === controllers[0]),
            ...controller,
          });
          const graph = await platformGraph(settings);
          const objects = [...ofKind(graph, "Issuer"), ...ofKind(graph, "Certificate")].map(({ inputs }) => inputs);
          assert.ok(objects.length >= 3);
          assertCrds(...objects);
        }
      }
    }
  });

  it("are the same resources in a preview", async () => {
    for (const kind of ["selfSigned", "generated"]) {
      const settings = settingsOf({ tls: { issuer: { kind } }, ...everythingThrough("istio") });
      const [update, preview] = [await platformGraph(settings), await platformGraph(settings, { preview: true })];
      const urns = (graph: typeof update) => graph.resources.map(({ urn }) => urn).sort();
      assert.deepEqual(urns(preview), urns(update));
    }
  });
});
