import { type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

/**
 * Keys as OpenSSH writes them. Public keys: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; private keys:
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key.
 */

const sshCurves: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** The binary form of a public key; undefined if SSH has no name for its kind. */
export function sshPublicKey(key: KeyObject): Buffer | undefined {
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
  const jwk = key.export({ format: "jwk" });
  switch (jwk.kty) {
    case "OKP":
      return Buffer.concat([text("ssh-ed25519"), text(bytes(jwk, "x"))]);
    case "RSA":
      return Buffer.concat([text("ssh-rsa"), integer(bytes(jwk, "e")), integer(bytes(jwk, "n"))]);
    default:
      return Buffer.concat([text(ecdsaName(jwk)), text(sshCurve(jwk)), text(point(jwk))]);
  }
}

/** A line for `authorized_keys`, without a comment. */
export function authorizedKey(publicKey: Buffer): string {
  const nameLength = publicKey.readUInt32BE(0);
  const name = publicKey.subarray(4, 4 + nameLength).toString();
  return `${name} ${publicKey.toString("base64")}\n`;
}

/** A private key without a passphrase and without a comment. */
export function opensshPrivateKey(key: KeyObject, publicKey: Buffer): string {
  const check = randomBytes(4);
  const noComment = text("");
  const body = Buffer.concat([check, check, privateFields(key.export({ format: "jwk" })), noComment]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (body.length % 8)) % 8);
  const envelope = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"), // cipher
    text("none"), // key derivation
    text(""), // its options
    Buffer.from([0, 0, 0, 1]), // number of keys
    text(publicKey),
    text(Buffer.concat([body, padding])),
  ]);
  const lines = envelope.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function privateFields(jwk: JsonWebKey): Buffer {
  switch (jwk.kty) {
    case "OKP": {
      const publicKey = bytes(jwk, "x");
      return Buffer.concat([text("ssh-ed25519"), text(publicKey), text(Buffer.concat([bytes(jwk, "d"), publicKey]))]);
    }
    case "RSA": {
      const numbers = (["n", "e", "d", "qi", "p", "q"] as const).map((name) => integer(bytes(jwk, name)));
      return Buffer.concat([text("ssh-rsa"), ...numbers]);
    }
    default:
      return Buffer.concat([text(ecdsaName(jwk)), text(sshCurve(jwk)), text(point(jwk)), integer(bytes(jwk, "d"))]);
  }
}

const sshCurve = ({ crv = "" }: JsonWebKey) => sshCurves[crv] ?? crv;
const ecdsaName = (jwk: JsonWebKey) => `ecdsa-sha2-${sshCurve(jwk)}`;
const bytes = (jwk: JsonWebKey, name: string) => Buffer.from(String(jwk[name]), "base64url");

const uncompressed = Buffer.from([4]);
const point = (jwk: JsonWebKey) => Buffer.concat([uncompressed, bytes(jwk, "x"), bytes(jwk, "y")]);

/** SSH's `string`: its length, then its bytes. */
function text(value: string | Buffer): Buffer {
  const content = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/** SSH's `mpint`: no leading zeros, except one that keeps the number positive. */
function integer(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  const digits = value.subarray(start);
  return text((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
