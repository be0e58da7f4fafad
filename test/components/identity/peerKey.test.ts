import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { generateKeyPair, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import fc from "fast-check";
import { libp2pPrivateKeyOfPem, peerIdOfPrivateKey, peerIdOfPublicPem } from "../../../components/identity/peerKey";

describe("peer keys", () => {
  it("agree with libp2p's own library on id and bytes", async () => {
    for (let count = 0; count < 20; count++) {
      const key = await generateKeyPair("Ed25519");
      const base64 = Buffer.from(privateKeyToProtobuf(key)).toString("base64");
      assert.equal(peerIdOfPrivateKey(base64), peerIdFromPrivateKey(key).toString());
    }
  });

  it("come out of PEM as the same peer, from the private and from the public half", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const base64 = libp2pPrivateKeyOfPem(privateKey.export({ format: "pem", type: "pkcs8" }) as string);
    const id = peerIdOfPublicPem(publicKey.export({ format: "pem", type: "spki" }) as string);
    assert.equal(peerIdOfPrivateKey(base64), id);
    assert.match(id, /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/);
    assert.match(base64, /^CAES[A-Za-z0-9+/]{87}=$/);
  });

  it("of another kind are refused, without being quoted", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    assert.throws(() => libp2pPrivateKeyOfPem(pem), /not an Ed25519 key/);
    fc.assert(
      fc.property(fc.base64String(), (text) => {
        assert.throws(
          () => peerIdOfPrivateKey(text),
          (error: Error) => text.length < 8 || !error.message.includes(text),
        );
      }),
    );
  });

  it("whose halves do not belong together are refused", () => {
    const [one, other] = [0, 1].map(() =>
      Buffer.from(
        libp2pPrivateKeyOfPem(
          generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string,
        ),
        "base64",
      ),
    );
    const mixed = Buffer.concat([one.subarray(0, 36), other.subarray(36)]);
    assert.throws(() => peerIdOfPrivateKey(mixed.toString("base64")), /public half does not match/);
  });
});
