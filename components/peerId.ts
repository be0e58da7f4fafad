import { base58btc } from "multiformats/bases/base58";

/** An Ed25519 key's peer id is its public key with this before it, in base 58 (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md). */
const header = Buffer.from([0x00, 0x24, 0x08, 0x01, 0x12, 0x20]);
const publicKeyLength = 32;

/** The peer id (`12D3Koo...`) of an Ed25519 public key. */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  return base58btc.baseEncode(Buffer.concat([header, publicKey]));
}

/** The Ed25519 public key that a peer id is made of; undefined where the text is no such id. */
export function publicKeyOfPeerId(id: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = Buffer.from(base58btc.baseDecode(id));
  } catch {
    return undefined;
  }
  const sound = bytes.length === header.length + publicKeyLength && bytes.subarray(0, header.length).equals(header);
  return sound ? bytes.subarray(header.length) : undefined;
}
