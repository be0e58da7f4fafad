import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { certificatePlaces } from "../../../components/platform/certificatePlaces";
import { authorityArgs, grantArgs, requestArgs } from "../../../components/platform/generatedCA";
import { GeneratedProvider } from "../../../local/plugins/generated/provider";
import { type Call, type PropertyMap, reveal } from "../../../local/plugins/protocol";
import { tlsTypes } from "../../../local/plugins/tls/types";
import { fakePem, type Graph } from "../../support/graph";
import { everythingThrough, ofKind, platformGraph, settingsOf } from "./stacks";

const raw = {
  environment: "dev",
  exposure: {
    gateway: { way: "ingress", host: "gw.example.org", subdomains: true },
    rest: { way: "istio", host: "rest.example.org" },
    pinning: { way: "ingress", host: "pin.example.org", certificate: "mine" },
  },
};

describe("certificates of an authority that Pulumi makes", () => {
  let graph: Graph;
  before(async () => {
    graph = await platformGraph(settingsOf(raw));
  });

  it("are Secrets where their proxies look for them, each with its own key", () => {
    const secrets = ofKind(graph, "Secret").map(({ object }) => object);
    assert.deepEqual(
      secrets.map(({ type, metadata }) => [type, metadata.namespace, metadata.name]),
      [
        ["kubernetes.io/tls", "ipfs-eu", "gateway-generated-tls"],
        ["kubernetes.io/tls", "istio-ingress", "ipfs-eu-rest-generated-tls"],
      ],
    );
    const [gateway, rest] = secrets.map(({ stringData }) => stringData);
    assert.notEqual(gateway["tls.key"], rest["tls.key"]);
    const chain = fakePem("CERTIFICATE", "eu-gateway-tls-certificate") + fakePem("CERTIFICATE", "eu-ca");
    assert.equal(gateway["tls.crt"], chain);
  });

  it("come before what uses them, and need no cert-manager", () => {
    const urns = ofKind(graph, "Secret").map(({ urn }) => urn);
    for (const urn of urns) assert.ok((graph.outputs.ready as string[]).includes(urn));
    const releases = ofKind(graph, "Release").map(({ inputs }) => inputs.name);
    assert.deepEqual(releases, ["ingress-nginx"]);
  });

  it("can be trusted by a certificate that is no secret", () => {
    assert.equal(graph.outputs.caCertificate, fakePem("CERTIFICATE", "eu-ca"));
    assert.ok(!graph.secretOutputs.includes("caCertificate"));
  });

  it("have private keys in secrets only", () => {
    const keys = graph.resources.filter(({ type }) => type.endsWith(":PrivateKey"));
    assert.equal(keys.length, 3);
    const seen = graph.resources.flatMap(({ name, inputs, secretPaths }) =>
      Object.entries(inputs).flatMap(([field, value]) =>
        keys.some(({ state }) => JSON.stringify(value).includes(String(state.privateKeyPem).split("\n")[1]))
          ? [{ where: `${name} ${field}`, secret: secretPaths.some((path) => path.split(".")[0] === field) }]
          : [],
      ),
    );
    assert.equal(seen.length, 7, "the authority's certificate, two signatures, requests and Secrets");
    for (const { where, secret } of seen) assert.ok(secret, where);
  });

  it("are not made where no host needs one", async () => {
    const without = await platformGraph(settingsOf({ environment: "dev" }));
    assert.deepEqual(without.outputs, { ready: [], caCertificate: undefined });
    assert.equal(without.resources.filter(({ type }) => type.startsWith("tls:")).length, 0);
  });

  it("have no authority to trust where cert-manager makes them", async () => {
    const settings = settingsOf({ tls: { issuer: { kind: "selfSigned" } }, ...everythingThrough("ingress") });
    assert.equal((await platformGraph(settings)).outputs.caCertificate, undefined);
  });
});

describe("a certificate by the tls provider", () => {
  const provider = new GeneratedProvider({ name: "tls", version: "5.6.1" }, tlsTypes);
  const call: Call = {
    signal: new AbortController().signal,
    timeoutSeconds: undefined,
    log: () => {},
    status: () => {},
  };

  /** What the provider makes of arguments: checked, created, secrets revealed. */
  async function made(kind: string, given: object): Promise<Record<string, string>> {
    const type = `tls:index/${kind[0].toLowerCase()}${kind.slice(1)}:${kind}`;
    const resource = { urn: `urn:pulumi:dev::p::${type}::x`, type, name: "x" };
    const { inputs, failures } = await provider.check({
      ...resource,
      oldInputs: {},
      inputs: given as PropertyMap,
      autonaming: undefined,
      randomSeed: new Uint8Array(),
    });
    assert.deepEqual(failures ?? [], []);
    const { outputs } = await provider.create({ ...resource, inputs, preview: false }, call);
    return reveal(outputs) as Record<string, string>;
  }

  let authority: X509Certificate;
  let certificate: X509Certificate;
  before(async () => {
    const settings = settingsOf(raw);
    const [host] = certificatePlaces(settings)[0].hosts;
    const key = () => made("PrivateKey", { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const [authorityKey, hostKey] = [await key(), await key()];
    const { privateKeyPem: caPrivateKeyPem } = authorityKey;
    const { certPem: caCertPem } = await made("SelfSignedCert", {
      ...authorityArgs(settings),
      privateKeyPem: caPrivateKeyPem,
    });
    const { certRequestPem } = await made("CertRequest", {
      ...requestArgs(host),
      privateKeyPem: hostKey.privateKeyPem,
    });
    const { certPem } = await made("LocallySignedCert", { ...grantArgs, certRequestPem, caCertPem, caPrivateKeyPem });
    authority = new X509Certificate(caCertPem);
    certificate = new X509Certificate(certPem);
  });

  it("is an authority's that may sign certificates of hosts, and of no other authority", () => {
    assert.equal(authority.ca, true);
    assert.ok(authority.verify(authority.publicKey));
    assert.match(authority.subject, /CN=ipfs-eu/);
  });

  it("is a host's for all its names, signed by the authority", () => {
    assert.ok(certificate.verify(authority.publicKey));
    assert.ok(certificate.checkIssued(authority));
    assert.equal(certificate.ca, false);
    assert.ok(certificate.checkHost("gw.example.org"));
    assert.ok(certificate.checkHost("bafkqaaa.ipfs.gw.example.org"));
    assert.ok(!certificate.checkHost("rest.example.org"));
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  });

  it("is over before its authority's next one comes, and after no more than what clients take", () => {
    const days = (from: Date, to: string) => (Date.parse(to) - from.getTime()) / 86_400_000;
    assert.ok(days(new Date(), certificate.validTo) <= 825);
    const { earlyRenewalHours } = authorityArgs(settingsOf(raw));
    assert.ok(Number(earlyRenewalHours) >= grantArgs.validityPeriodHours);
    assert.ok(days(new Date(), authority.validTo) > 3 * 730, "people need not trust another one every year");
    assert.ok(grantArgs.earlyRenewalHours >= 365 * 24, "a stack with an update every year always has a valid one");
  });
});
