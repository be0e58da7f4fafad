import { generateKeyPairSync } from "node:crypto";
import { libp2pPrivateKeyOfPem, peerIdOfPublicPem } from "../../../components/identity/peerKey";

/** A new identity, as ipfs-cluster wants it. */
export function newPeer(): { readonly id: string; readonly privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    id: peerIdOfPublicPem(String(publicKey.export({ format: "pem", type: "spki" }))),
    privateKey: libp2pPrivateKeyOfPem(String(privateKey.export({ format: "pem", type: "pkcs8" }))),
  };
}
