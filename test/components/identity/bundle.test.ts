import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { RunError } from "@pulumi/pulumi";
import fc from "fast-check";
import { type IdentityBundle, parseBundle } from "../../../components/identity";
import { libp2pPrivateKeyOfPem } from "../../../components/identity/peerKey";
import { resolveSettings } from "../../../components/settings";

const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const newKey = () =>
  libp2pPrivateKeyOfPem(generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string);
const keys = Array.from({ length: 6 }, newKey);
const asking = (identities: number, secrets: Record<string, unknown> = {}) =>
  resolveSettings({ environment: "dev", replicas: 1, identities, secrets }, { stack: "test" });
const bundle: IdentityBundle = {
  clusterSecret: hex("cluster"),
  swarmKey: hex("swarm"),
  restPassword: "correct-horse-battery",
  kubo: keys.slice(0, 3),
  cluster: keys.slice(3),
};

/** What is refused, and the one line that says why. */
const wrong: readonly [about: string, changed: Partial<Record<keyof IdentityBundle, unknown>>, reason: string][] = [
  ["no cluster secret", { clusterSecret: undefined }, "clusterSecret is not 64 hex digits"],
  ["a short cluster secret", { clusterSecret: hex("x").slice(1) }, "clusterSecret is not 64 hex digits"],
  ["an upper case swarm key", { swarmKey: hex("x").toUpperCase() }, "swarmKey is not 64 hex digits"],
  [
    "a whole swarm.key file",
    { swarmKey: `/key/swarm/psk/1.0.0/\n/base16/\n${hex("x")}` },
    "swarmKey is not 64 hex digits",
  ],
  ...[
    "short",
    "fifteen-letters",
    "with:colon:in-between",
    "with,comma,in-between",
    "with spaces in between",
    'with"quotes"in-between',
    "with\\backslashes\\in-between",
    "mit-Umlauten-wie-ä-und-ö",
    "x".repeat(257),
    1234567890123456,
  ].map((restPassword): (typeof wrong)[number] => [
    `the password ${restPassword}`,
    { restPassword },
    "restPassword is not 16 to 256 characters of ASCII without spaces, colons, commas, quotes and backslashes",
  ]),
  ["no keys", { kubo: undefined }, "kubo is not a list of keys"],
  ["a key that is no list", { cluster: keys[0] }, "cluster is not a list of keys"],
  ["too few keys", { kubo: keys.slice(0, 2) }, "kubo holds 2 keys, the settings ask for 3 identities"],
  ["a key twice", { cluster: [keys[3], keys[4], keys[3]] }, "cluster holds the same key twice"],
  [
    "a key that is none",
    { kubo: [keys[0], "CAESQ", keys[2]] },
    "kubo[1] is not an Ed25519 private key in libp2p's base64 form",
  ],
  ["a number as key", { kubo: [keys[0], 5, keys[2]] }, "kubo[1] is not an Ed25519 private key in libp2p's base64 form"],
  [
    "a key with a space",
    { kubo: [keys[0], ` ${keys[1]}`, keys[2]] },
    "kubo[1] is not an Ed25519 private key in libp2p's base64 form",
  ],
  [
    "a key whose halves don't belong together",
    { cluster: [keys[3].slice(0, 40) + keys[4].slice(40), keys[4], keys[5]] },
    "cluster[0] is a private key whose public half does not match",
  ],
];

describe("a kept identity", () => {
  it("is taken as it is when it is sound, with spare keys too", () => {
    for (const identities of [1, 2, 3])
      assert.deepEqual(parseBundle(JSON.stringify(bundle), asking(identities)), bundle);
    assert.ok(parseBundle(JSON.stringify({ ...bundle, restPassword: "sixteen-letters!" }), asking(3)));
  });

  it("of a stack of one topology is refused by a stack of the other, where its volumes would not be found", () => {
    const paired = JSON.stringify({ ...bundle, topology: "paired" });
    assert.deepEqual(parseBundle(paired, asking(3)), bundle);
    assert.deepEqual(parseBundle(JSON.stringify(bundle), { ...asking(3), topology: "colocated" }), bundle, "by hand");
    assert.throws(
      () => parseBundle(paired, { ...asking(3), topology: "colocated" }),
      /\n {2}it is of a stack of another topology than colocated, so its peers would start with empty volumes: /,
    );
  });

  for (const [about, changed, reason] of wrong) {
    it(`with ${about} is refused, and nothing of it shown`, () => {
      const text = JSON.stringify({ ...bundle, ...changed });
      assert.throws(
        () => parseBundle(text, asking(3)),
        (error: Error) => {
          assert.ok(error instanceof RunError);
          assert.equal(
            error.message,
            `The secret ipfs-cluster:identity can't be used; nothing was changed.\n  ${reason}\n` +
              "  fix: set it to what `pulumi stack output identity --show-secrets` printed, or remove it to make new identities",
          );
          return true;
        },
      );
    });
  }

  it("need not hold what comes from elsewhere, and must not", () => {
    const secrets = { clusterSecret: { source: "existing", name: "mine" } };
    const { clusterSecret, ...rest } = bundle;
    assert.deepEqual(parseBundle(JSON.stringify(rest), asking(3, secrets)), rest);
    assert.throws(
      () => parseBundle(JSON.stringify(bundle), asking(3, secrets)),
      ({ message }: Error) =>
        message.includes("nothing takes clusterSecret from it") && !message.includes(clusterSecret),
    );
  });

  it("may hold what the settings say is in the configuration, and nothing else, or all that was generated as well", () => {
    const secrets = { swarmKey: { source: "config" } };
    const { swarmKey } = bundle;
    assert.deepEqual(parseBundle(JSON.stringify({ swarmKey }), asking(3, secrets)), { swarmKey });
    assert.deepEqual(parseBundle(JSON.stringify(bundle), asking(3, secrets)), bundle);
    assert.throws(() => parseBundle(JSON.stringify({ ...bundle, kubo: undefined }), asking(3, secrets)), /kubo is not/);
    assert.throws(() => parseBundle(undefined, asking(3, secrets)), /swarmKey is not 64 hex digits/);
    assert.deepEqual(parseBundle(undefined, asking(3)), {});
  });

  it("with several faults is refused with all of them", () => {
    assert.throws(
      () => parseBundle(JSON.stringify({ kubo: ["x", "y"], cluster: keys.slice(3) }), asking(3)),
      ({ message }: Error) =>
        ["clusterSecret", "swarmKey", "restPassword", "kubo holds 2", "kubo[0]", "kubo[1]"].every((part) =>
          message.includes(part),
        ),
    );
  });

  it("that is not JSON, or JSON of something else, is refused", () => {
    for (const text of ["", "{", "secret", "null", "[]", "5", '"x"']) {
      assert.throws(() => parseBundle(text, asking(1)), RunError, text);
    }
  });

  it("whatever is wrong with it, is refused in words that hold none of it", () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12,64}$/);
    const any = fc.oneof(secret, fc.array(secret), fc.jsonValue());
    const some = fc.record(
      { clusterSecret: any, swarmKey: any, restPassword: any, kubo: any, cluster: any },
      { requiredKeys: [] },
    );
    const texts = (value: unknown): string[] =>
      typeof value === "string"
        ? [value]
        : typeof value === "object" && value
          ? Object.values(value).flatMap(texts)
          : [];
    fc.assert(
      fc.property(some, (value) => {
        assert.throws(
          () => parseBundle(JSON.stringify(value), asking(1)),
          (error: Error) => {
            assert.ok(error instanceof RunError);
            return texts(value).every((text) => text.length < 12 || !error.message.includes(text));
          },
        );
      }),
    );
  });
});
