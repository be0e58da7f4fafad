import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { GeneratedProvider } from "../../local/plugins/generated/provider";
import {
  type Call,
  type CheckResult,
  type PropertyMap,
  reveal,
  Secret,
  unknown,
} from "../../local/plugins/protocol/index";
import { authorizedKey, opensshPrivateKey, sshPublicKey } from "../../local/plugins/tls/openssh";
import { tlsTypes } from "../../local/plugins/tls/types";
import { sshKeys } from "./plugins.sshKeys";

const provider = new GeneratedProvider({ name: "tls", version: "5.6.1" }, tlsTypes);
const warnings: string[] = [];
const call: Call = {
  signal: new AbortController().signal,
  timeoutSeconds: undefined,
  log: (_severity, message) => warnings.push(message),
  status: () => {},
};

const types = {
  key: "tls:index/privateKey:PrivateKey",
  selfSigned: "tls:index/selfSignedCert:SelfSignedCert",
  request: "tls:index/certRequest:CertRequest",
  signed: "tls:index/locallySignedCert:LocallySignedCert",
};

const resource = (type: string) => ({ urn: `urn:pulumi:dev::p::${type}::x`, type, name: "x" });

function check(type: string, inputs: PropertyMap): Promise<CheckResult> {
  const request = { ...resource(type), oldInputs: {}, inputs, autonaming: undefined, randomSeed: new Uint8Array() };
  return provider.check(request);
}

/** The outputs that the user sees, secrets revealed. */
async function created(type: string, inputs: PropertyMap): Promise<Record<string, string>> {
  const { outputs } = await provider.create({ ...resource(type), inputs, preview: false }, call);
  return reveal(outputs) as Record<string, string>;
}

async function diff(type: string, oldOutputs: PropertyMap, inputs: PropertyMap) {
  const { detailedDiff } = await provider.diff({
    ...resource(type),
    id: "x",
    oldInputs: {},
    oldOutputs,
    inputs,
    ignoreChanges: [],
  });
  return detailedDiff;
}

const keyInputs: Record<string, PropertyMap> = {
  RSA: { algorithm: "RSA", rsaBits: 1024 },
  P224: { algorithm: "ECDSA" },
  P256: { algorithm: "ECDSA", ecdsaCurve: "P256" },
  P384: { algorithm: "ECDSA", ecdsaCurve: "P384" },
  P521: { algorithm: "ECDSA", ecdsaCurve: "P521" },
  ED25519: { algorithm: "ED25519" },
};

describe("local tls provider: OpenSSH", () => {
  for (const [kind, { pem, openssh, authorizedKey: line }] of Object.entries(sshKeys)) {
    it(`writes ${kind} keys byte by byte as ssh-keygen does, but for the random check number`, () => {
      const key = createPrivateKey(pem);
      const blob = sshPublicKey(createPublicKey(key));
      assert.ok(blob);
      assert.equal(authorizedKey(blob), line);
      assert.deepEqual(withoutCheck(opensshPrivateKey(key, blob)), withoutCheck(openssh));
    });
  }

  it("has no form for P224, which SSH does not know", async () => {
    const key = await created(types.key, { algorithm: "ECDSA" });
    assert.equal(key.ecdsaCurve, "P224");
    assert.equal(key.publicKeyOpenssh, "");
    assert.equal(key.privateKeyOpenssh, "");
    assert.equal(key.publicKeyFingerprintSha256, "");
  });
});

describe("local tls provider: private keys", () => {
  it("are secret in every form, and public keys are not", async () => {
    const inputs = { algorithm: "ED25519" };
    const { outputs } = await provider.create({ ...resource(types.key), inputs, preview: false }, call);
    const secrets = Object.keys(outputs).filter((name) => outputs[name] instanceof Secret);
    assert.deepEqual(secrets.sort(), ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]);
  });

  it("are a pair with their public key, in PKCS #8 as well", async () => {
    const key = await created(types.key, { algorithm: "ED25519" });
    for (const form of [key.privateKeyPem, key.privateKeyPemPkcs8]) {
      const exported = createPublicKey(createPrivateKey(form as string)).export({ type: "spki", format: "pem" });
      assert.equal(exported, key.publicKeyPem);
    }
  });

  it("come in the traditional PEM of their algorithm", async () => {
    const labels = { RSA: "RSA PRIVATE KEY", P256: "EC PRIVATE KEY", ED25519: "PRIVATE KEY" };
    for (const [kind, label] of Object.entries(labels)) {
      const { privateKeyPem } = await created(types.key, keyInputs[kind] as PropertyMap);
      assert.ok(privateKeyPem?.startsWith(`-----BEGIN ${label}-----\n`), kind);
      assert.ok(privateKeyPem?.endsWith("-----\n"), kind);
    }
  });

  it("are promised in a preview, and nothing is generated", async () => {
    const inputs = { algorithm: "ED25519" };
    const { outputs } = await provider.create({ ...resource(types.key), inputs, preview: true }, call);
    assert.equal(outputs.publicKeyPem, unknown);
    assert.deepEqual(outputs.privateKeyPem, new Secret(unknown));
    assert.equal(outputs.algorithm, "ED25519");
  });

  it("are generated anew when an input changes, and not when a default is written out", async () => {
    const key = await created(types.key, { algorithm: "ED25519" });
    assert.deepEqual(await diff(types.key, key, { algorithm: "ED25519", rsaBits: 2048 }), {});
    assert.deepEqual(await diff(types.key, key, { algorithm: "ECDSA" }), {
      algorithm: { kind: "update", replace: true },
    });
  });

  it("are refused for an algorithm that does not exist", async () => {
    const { failures } = await check(types.key, { algorithm: "ed25519" });
    assert.deepEqual(failures, [{ property: "algorithm", reason: "must be one of RSA, ECDSA, ED25519" }]);
  });

  it("cannot be imported", async () => {
    const request = { ...resource(types.key), id: "x", inputs: undefined, outputs: {} };
    await assert.rejects(provider.read(request), /cannot be imported/);
  });
});

describe("local tls provider: certificates", () => {
  for (const [kind, inputs] of Object.entries(keyInputs)) {
    it(`chain up to their authority with ${kind} keys`, async () => {
      const { privateKeyPem = "" } = await created(types.key, inputs);
      const ca = await selfSigned(privateKeyPem);
      const leaf = new X509Certificate((await signedBy(ca.certPem as string, privateKeyPem)).certPem as string);
      const authority = new X509Certificate(ca.certPem as string);
      assert.ok(authority.ca);
      assert.ok(authority.verify(authority.publicKey));
      assert.ok(leaf.checkIssued(authority));
      assert.ok(leaf.verify(authority.publicKey));
      assert.ok(!leaf.ca);
    });
  }

  it("carry the names, uses and times that were asked for", async () => {
    const { privateKeyPem = "" } = await created(types.key, { algorithm: "ED25519" });
    const ca = await selfSigned(privateKeyPem);
    const outputs = await signedBy(ca.certPem as string, privateKeyPem);
    const leaf = new X509Certificate(outputs.certPem as string);
    assert.equal(leaf.subject, "C=DE\nO=Größe\nCN=leaf");
    assert.equal(
      leaf.subjectAltName,
      "DNS:a.example.org, IP Address:10.0.0.1, IP Address:FE80:0:0:0:0:0:0:1, URI:spiffe://x/y",
    );
    assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    const [start, end] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
    assert.equal(end - start, 12 * 3_600_000);
    assert.equal(outputs.validityEndTime, new Date(end).toISOString());
    assert.equal(outputs.id, String(BigInt(`0x${leaf.serialNumber}`)));
    assert.equal(outputs.caKeyAlgorithm, "ED25519");
  });

  it("are refused by an authority whose key does not fit, and the key is not quoted", async () => {
    const { privateKeyPem = "" } = await created(types.key, { algorithm: "ED25519" });
    const other = await created(types.key, { algorithm: "ED25519" });
    const ca = await selfSigned(privateKeyPem);
    await assert.rejects(signedBy(ca.certPem as string, other.privateKeyPem as string), {
      message: "caPrivateKeyPem is not the key of caCertPem",
    });
    await assert.rejects(
      signedBy(ca.certPem as string, "hunter2"),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });

  it("warn about an authority that is none", async () => {
    const { privateKeyPem = "" } = await created(types.key, { algorithm: "ED25519" });
    const ca = await selfSigned(privateKeyPem, { isCaCertificate: false });
    warnings.length = 0;
    await signedBy(ca.certPem as string, privateKeyPem);
    assert.match(warnings.join(), /caCertPem is not an authority's/);
  });

  it("mark the private key secret though the user did not", async () => {
    const { inputs } = await check(types.selfSigned, { privateKeyPem: "p", allowedUses: [], validityPeriodHours: 1 });
    assert.deepEqual(inputs.privateKeyPem, new Secret("p"));
  });

  it("refuse an authority without a name, unknown uses, bad addresses and misspelt parts of a name", async () => {
    const { failures = [] } = await check(types.selfSigned, {
      privateKeyPem: "p",
      allowedUses: ["cert_signing"],
      validityPeriodHours: 1,
      isCaCertificate: true,
      ipAddresses: ["10.0.0.256"],
      subject: { comonName: "x" },
    });
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["subject.comonName", "ipAddresses", "subject"],
    );
    const uses = await check(types.selfSigned, { privateKeyPem: "p", allowedUses: ["fly"], validityPeriodHours: 1 });
    assert.match(uses.failures?.[0]?.reason ?? "", /^must be of digital_signature, /);
  });

  it("are renewed early when asked to, and a change of that alone renews nothing", async () => {
    const { privateKeyPem = "" } = await created(types.key, { algorithm: "ED25519" });
    const inputs = { ...authorityInputs, privateKeyPem };
    const ca = await created(types.selfSigned, inputs);
    assert.deepEqual(await diff(types.selfSigned, ca, inputs), {});
    assert.deepEqual(await diff(types.selfSigned, ca, { ...inputs, earlyRenewalHours: 1 }), {
      earlyRenewalHours: { kind: "update", replace: false },
    });
    assert.deepEqual(await diff(types.selfSigned, ca, { ...inputs, earlyRenewalHours: 24 }), {
      earlyRenewalHours: { kind: "update", replace: false },
      readyForRenewal: { kind: "update", replace: true },
    });
  });

  it("keep the path length when it is left out again", async () => {
    const { privateKeyPem = "" } = await created(types.key, { algorithm: "ED25519" });
    const inputs = { ...authorityInputs, privateKeyPem };
    const ca = await created(types.selfSigned, { ...inputs, maxPathLength: 1 });
    assert.deepEqual(await diff(types.selfSigned, ca, inputs), {});
  });
});

const authorityInputs = {
  allowedUses: ["cert_signing"],
  validityPeriodHours: 24,
  isCaCertificate: true,
  subject: { commonName: "authority" },
};

function selfSigned(privateKeyPem: string, more: PropertyMap = {}) {
  return created(types.selfSigned, { ...authorityInputs, privateKeyPem, ...more });
}

async function signedBy(caCertPem: string, caPrivateKeyPem: string) {
  const { privateKeyPem } = await created(types.key, { algorithm: "ED25519" });
  const request = await created(types.request, {
    privateKeyPem: privateKeyPem as string,
    dnsNames: ["a.example.org"],
    ipAddresses: ["10.0.0.1", "fe80::1"],
    uris: ["spiffe://x/y"],
    subject: { commonName: "leaf", organization: "Größe", country: "DE" },
  });
  return created(types.signed, {
    caCertPem,
    caPrivateKeyPem,
    certRequestPem: request.certRequestPem as string,
    allowedUses: ["server_auth", "client_auth", "digital_signature"],
    validityPeriodHours: 12,
  });
}

/** An OpenSSH private key with its random check number (twice four bytes, after the public key) set to zero. */
function withoutCheck(openssh: string): Buffer {
  const bytes = Buffer.from(openssh.replace(/-----[^-]+-----/g, ""), "base64");
  let offset = "openssh-key-v1\0".length;
  const skipString = () => {
    offset += 4 + bytes.readUInt32BE(offset);
  };
  skipString(); // cipher
  skipString(); // key derivation
  skipString(); // its options
  offset += 4; // number of keys
  skipString(); // public key
  offset += 4; // length of the private part
  return bytes.fill(0, offset, offset + 8);
}
