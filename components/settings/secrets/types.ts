/** The secrets that a stack lives by, as the stack file calls them below `secrets`. */
export type SecretName = "clusterSecret" | "swarmKey" | "restCredentials";

/** The two kinds of peer that have an identity. */
export type IdentityRole = "kubo" | "cluster";

/** Where the value of a secret comes from. The program itself knows those of `generated` and `config` only. */
export type SecretSource =
  | { readonly source: "generated" }
  | { readonly source: "config" }
  | { readonly source: "existing"; readonly name: string }
  | {
      readonly source: "externalSecret";
      readonly store: { readonly name: string; readonly kind: "SecretStore" | "ClusterSecretStore" };
      /** Name of the remote secret, whose properties are named as the Secret's keys. */
      readonly remoteKey: string;
    }
  | {
      readonly source: "sealedSecret";
      readonly scope: "strict" | "namespace-wide" | "cluster-wide";
      readonly encryptedData: Readonly<Record<string, string>>;
    };

/** A source, and how often the value was changed on purpose. */
export type SecretSettings = SecretSource & {
  /** Counts from 1. */
  readonly generation: number;
};

/** Credentials of which the last ones can go on counting. */
export type RestCredentialsSettings = SecretSettings & { readonly keepPrevious: boolean };

export type IdentitySettings = SecretSettings & {
  /** Public ids by ordinal, where the program does not know the keys; else none. */
  readonly ids: readonly string[];
  /** Generations of single peers, by ordinal; of those that it does not name: 1. */
  readonly peers: Readonly<Record<string, { readonly generation: number }>>;
};

export interface SecretsSettings {
  readonly clusterSecret: SecretSettings;
  readonly swarmKey: SecretSettings;
  readonly restCredentials: RestCredentialsSettings;
  readonly identities: Readonly<Record<IdentityRole, IdentitySettings>>;
}
