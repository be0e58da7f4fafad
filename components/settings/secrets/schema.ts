import { z } from "zod";
import { publicKeyOfPeerId } from "../../peerId";
import { dnsName } from "../forms";

/** What a stack file may say about where secret values come from: `secrets`. It never holds one. */

const generation = z
  .int()
  .min(1)
  .max(1000)
  .optional()
  .describe("raise it to change the value; what that restarts is in docs/secrets.md. Default 1");

// What kubeseal prints is longer than any of our values: 512 characters are its encrypted session key alone.
const sealed = z
  .string()
  .regex(/^[A-Za-z0-9+/]{344,}={0,2}$/, "must be what kubeseal printed for this key, and is not of that form");

/** The sources of a secret, each with further keys. */
function sources<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z
    .discriminatedUnion(
      "source",
      [
        z.strictObject({ source: z.literal("generated").optional(), generation, ...shape }),
        z.strictObject({ source: z.literal("config"), generation, ...shape }),
        z.strictObject({
          source: z.literal("existing"),
          name: dnsName.describe("of a Secret in the stack's namespace"),
          generation,
          ...shape,
        }),
        z.strictObject({
          source: z.literal("externalSecret"),
          store: z.strictObject({
            name: dnsName,
            kind: z.enum(["SecretStore", "ClusterSecretStore"]).optional().describe("default ClusterSecretStore"),
          }),
          remoteKey: z
            .string()
            .min(1)
            .max(1024)
            .describe("name of the secret in the store; it has a property for each key of the Secret"),
          generation,
          ...shape,
        }),
        z.strictObject({
          source: z.literal("sealedSecret"),
          scope: z.enum(["strict", "namespace-wide", "cluster-wide"]).optional().describe("as sealed. Default strict"),
          encryptedData: z.record(z.string(), sealed).describe("the SealedSecret's spec.encryptedData"),
          generation,
          ...shape,
        }),
      ],
      { error: "must name a source: generated, config, existing, externalSecret or sealedSecret" },
    )
    .optional();
}

const peerId = z
  .string()
  .refine((id) => publicKeyOfPeerId(id) !== undefined, "must be the peer id of an Ed25519 key: 12D3KooW...");

const identities = sources({
  ids: z.array(peerId).optional().describe("public peer ids by ordinal, where the keys are not this program's"),
  peers: z
    .record(z.string().regex(/^\d{1,3}$/, "must be a peer's number"), z.strictObject({ generation }))
    .optional()
    .describe("generations of single peers: {1: {generation: 2}} gives peer 1 a new key"),
});

export const secretsSections = {
  secrets: z
    .strictObject({
      clusterSecret: sources({}).describe("the pre-shared key between cluster peers"),
      swarmKey: sources({}).describe("the pre-shared key between kubo peers of a private network"),
      restCredentials: sources({
        keepPrevious: z
          .boolean()
          .optional()
          .describe("true: the credentials of the generation before count as well. Default false"),
      }).describe("user and password of the REST and pinning APIs"),
      identities: z
        .strictObject({
          kubo: identities.describe("private keys of the kubo peers"),
          cluster: identities.describe("private keys of the cluster peers"),
        })
        .optional(),
    })
    .optional()
    .describe("where secret values come from (docs/secrets.md). Default: they are generated"),
};
