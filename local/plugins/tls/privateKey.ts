import { createHash, createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { GeneratedType } from "../generated/resourceType";
import { authorizedKey, opensshPrivateKey, sshPublicKey } from "./openssh";

export type Algorithm = "RSA" | "ECDSA" | "ED25519";

/** Elliptic curves by the names of the tls package. */
const curves: Readonly<Record<string, string>> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

/**
 * Reads a private key, and which kind it is.
 *
 * @throws Error if it is none, without quoting it.
 */
export function parsePrivateKey(pem: string): { readonly key: KeyObject; readonly algorithm: Algorithm } {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("the private key is not PEM in PKCS #1, SEC 1 or PKCS #8 form");
  }
  const algorithm = ({ rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" } as const)[key.asymmetricKeyType as string];
  if (!algorithm) throw new Error(`private keys of type ${key.asymmetricKeyType} are not supported`);
  return { key, algorithm };
}

export const privateKey: GeneratedType = {
  schemaVersion: 1,
  inputs: {
    algorithm: { type: "string", required: true, oneOf: ["RSA", "ECDSA", "ED25519"] },
    ecdsaCurve: { type: "string", default: "P224", oneOf: Object.keys(curves) },
    rsaBits: { type: "integer", default: 2048, min: 1024 },
  },
  outputs: {
    privateKeyOpenssh: { secret: true },
    privateKeyPem: { secret: true },
    privateKeyPemPkcs8: { secret: true },
    publicKeyFingerprintMd5: {},
    publicKeyFingerprintSha256: {},
    publicKeyOpenssh: {},
    publicKeyPem: {},
  },
  async generate({ algorithm, ecdsaCurve, rsaBits }) {
    const generated = await generateKeys(algorithm as Algorithm, String(ecdsaCurve), Number(rsaBits));
    const der = generated.publicKey.export({ type: "spki", format: "der" });
    return {
      id: createHash("sha1").update(der).digest("hex"),
      outputs: {
        ...ssh(generated),
        privateKeyPem: traditionalPem(generated.privateKey, algorithm as Algorithm),
        privateKeyPemPkcs8: pem(generated.privateKey, "pkcs8"),
        publicKeyPem: generated.publicKey.export({ type: "spki", format: "pem" }).toString(),
      },
    };
  },
};

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function generateKeys(algorithm: Algorithm, curve: string, bits: number): Promise<KeyPair> {
  switch (algorithm) {
    case "RSA":
      return promisify(generateKeyPair)("rsa", { modulusLength: bits });
    case "ECDSA":
      return promisify(generateKeyPair)("ec", { namedCurve: curves[curve] as string });
    case "ED25519":
      return promisify(generateKeyPair)("ed25519");
  }
}

const pem = (key: KeyObject, type: "pkcs1" | "sec1" | "pkcs8") => key.export({ type, format: "pem" }).toString();

/** The form that OpenSSL gave each algorithm first. */
function traditionalPem(key: KeyObject, algorithm: Algorithm): string {
  return pem(key, ({ RSA: "pkcs1", ECDSA: "sec1", ED25519: "pkcs8" } as const)[algorithm]);
}

/** All empty for P224, which SSH does not know. */
function ssh({ publicKey, privateKey: key }: KeyPair) {
  const blob = sshPublicKey(publicKey);
  if (!blob) {
    return {
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
      publicKeyFingerprintSha256: "",
    };
  }
  const md5 = createHash("md5").update(blob).digest("hex");
  const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return {
    privateKeyOpenssh: opensshPrivateKey(key, blob),
    publicKeyOpenssh: authorizedKey(blob),
    publicKeyFingerprintMd5: md5.replace(/..(?!$)/g, "$&:"),
    publicKeyFingerprintSha256: `SHA256:${sha256}`,
  };
}
