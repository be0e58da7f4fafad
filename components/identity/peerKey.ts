import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { peerIdOfPublicKey } from "../peerId";

/**
 * Ed25519 keys as libp2p writes them (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md). These few constant bytes stand
 * for @libp2p/crypto and @libp2p/peer-id, which take a quarter of the program's start; the tests hold both against each other.
 */
const privateKeyHeader = Buffer.from([0x08, 0x01, 0x12, 0x40]);
const publicKeyLength = 32;
const privateKeyLength = privateKeyHeader.length + 64;

/** The peer id (`12D3Koo...`) that belongs to an Ed25519 public key in PEM. */
export function peerIdOfPublicPem(pem: string): string {
  return peerIdOfPublicKey(coordinate(createPublicKey(pem), "x"));
}

/** The private key in the form that kubo's `Identity.PrivKey` and ipfs-cluster's `private_key` want: base64 of libp2p's protobuf. */
export function libp2pPrivateKeyOfPem(pem: string): string {
  const key = createPrivateKey(pem);
  return Buffer.concat([privateKeyHeader, coordinate(key, "d"), coordinate(key, "x")]).toString("base64");
}

/**
 * The peer id that belongs to a private key in libp2p's base64 form.
 *
 * @throws RangeError when it is no Ed25519 key in that form; the message does not quote it.
 */
export function peerIdOfPrivateKey(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  // Node reads past spaces and the letters of URLs; Go does not.
  const exact = bytes.length === privateKeyLength && bytes.toString("base64") === base64;
  if (!exact || !bytes.subarray(0, privateKeyHeader.length).equals(privateKeyHeader)) {
    throw new RangeError("not an Ed25519 private key in libp2p's base64 form");
  }
  const publicKey = bytes.subarray(-publicKeyLength);
  const seed = bytes.subarray(privateKeyHeader.length, -publicKeyLength);
  if (!publicKeyOfSeed(seed).equals(publicKey)) throw new RangeError("a private key whose public half does not match");
  return peerIdOfPublicKey(publicKey);
}

const pkcs8Header = Buffer.from("302e020100300506032b657004220420", "hex");

function publicKeyOfSeed(seed: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: "der", type: "pkcs8" });
  return coordinate(createPublicKey(key), "x");
}

function coordinate(key: KeyObject, name: "d" | "x"): Buffer {
  const jwk = key.export({ format: "jwk" });
  if (jwk.crv !== "Ed25519" || !jwk[name]) throw new RangeError("not an Ed25519 key");
  return Buffer.from(jwk[name], "base64url");
}
