import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuantity, resolveSettings, SettingsError, warnings } from "../../../components/settings";
import { settingsSchema } from "../../../components/settings/schema";
import { anySettings, anyStack } from "./anySettings";

/** Whether the settings are accepted; fails on any other error than one that is meant for the operator. */
function accepted(raw: unknown, stack = "test"): boolean {
  try {
    resolveSettings(raw, { stack });
    return true;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    assert.ok(error.faults.length > 0);
    return false;
  }
}

/** JSON that looks like a stack file: known keys, in places right and wrong, over values of any kind. */
function likeAStackFile(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const keys = [
    ...Object.keys(settingsSchema.shape),
    ...[
      "volume",
      "size",
      "resources",
      "limits",
      "memory",
      "environment",
      "arguments",
      "config",
      "image",
      "tolerations",
    ],
    ...["Swarm", "ConnMgr", "Identity", "PrivKey", "secret", "api", "restapi", "basic_auth_credentials", "min", "max"],
  ];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      value,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), tie("tree"), { maxKeys: 6 }),
    ),
  }));
  return fc
    .dictionary(fc.constantFrom(...keys), tree, { maxKeys: 8 })
    .chain((raw) => fc.constantFrom(raw, { ...raw, environment: "dev" }));
}

describe("settings: properties", () => {
  it("any JSON is either accepted or refused in words, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), likeAStackFile(fc.jsonValue())), fc.string(), (raw, stack) => {
        accepted(raw, stack);
      }),
      { numRuns: 500 },
    );
  });

  it("sound settings with one part replaced by anything are accepted or refused in words", () => {
    const replaced = fc.tuple(anySettings, fc.constantFrom(...Object.keys(settingsSchema.shape)), fc.jsonValue());
    fc.assert(
      fc.property(replaced, ([raw, key, value]) => void accepted({ ...raw, [key]: value })),
      { numRuns: 200 },
    );
  });

  it("sound settings are accepted, with warnings in whole sentences", () => {
    fc.assert(
      fc.property(anySettings, anyStack, (raw, stack) => {
        const settings = resolveSettings(raw, { stack });
        for (const warning of warnings(settings)) assert.match(warning, /^ipfs-cluster:\S+ \S+ is /);
        assert.ok(settings.identities >= settings.replicas);
        assert.ok(settings.kubo.storageMax <= parseQuantity(settings.kubo.volume.size));
      }),
      { numRuns: 200 },
    );
  });

  it("settings that passed pass again", () => {
    fc.assert(
      fc.property(anySettings, (raw) => {
        const { kubo, issuer, ...settings } = resolveSettings(raw, { stack: "test" });
        const again = JSON.parse(
          JSON.stringify({ ...settings, kubo: { ...kubo, storageMax: `${kubo.storageMax}` }, tls: { issuer } }),
        );
        delete again.stack;
        assert.deepEqual(resolveSettings(again, { stack: "test" }), resolveSettings(raw, { stack: "test" }));
      }),
      { numRuns: 100 },
    );
  });

  it("what looks like a key or a secret is never shown, wherever it ended up", () => {
    const secret = fc.oneof(
      fc.stringMatching(/^[0-9a-f]{64}$/),
      fc.uint8Array({ minLength: 68, maxLength: 68 }).map((bytes) => Buffer.from(bytes).toString("base64")),
      fc.stringMatching(/^[A-Za-z]{8,24}[0-9][A-Za-z0-9]{15,24}$/),
    );
    let refused = 0;
    fc.assert(
      fc.property(
        secret.chain((value) =>
          likeAStackFile(fc.constantFrom<unknown>(value, `admin:${value}`, 5, true)).map((raw) => ({ raw, value })),
        ),
        ({ raw, value }) => {
          try {
            resolveSettings(raw, { stack: "test" });
          } catch (error) {
            assert.ok(error instanceof SettingsError);
            const shown = [error.message, ...error.faults.flatMap(({ reason, fix }) => [reason, fix])].join("\n");
            for (let start = 0; start + 16 <= value.length; start += 8) {
              assert.ok(!shown.includes(value.slice(start, start + 16)), shown);
            }
            if (JSON.stringify(raw).includes(value)) refused++;
          }
        },
      ),
      { numRuns: 500 },
    );
    assert.ok(refused > 100, `only ${refused} of the messages could have shown it`);
  });
});
