import type { SettingsInput } from "../schema";
import type { IdentitySettings, SecretSettings, SecretsSettings } from "./types";

type SecretsInput = NonNullable<SettingsInput["secrets"]>;
type SecretInput = NonNullable<SecretsInput["clusterSecret"]>;
type IdentityInput = NonNullable<NonNullable<SecretsInput["identities"]>["kubo"]>;

/** Fills in what a stack file leaves out of `secrets`. */
export function secrets(input: SettingsInput["secrets"]): SecretsSettings {
  return {
    clusterSecret: secret(input?.clusterSecret),
    swarmKey: secret(input?.swarmKey),
    restCredentials: {
      ...secret(input?.restCredentials),
      keepPrevious: input?.restCredentials?.keepPrevious ?? false,
    },
    identities: { kubo: identity(input?.identities?.kubo), cluster: identity(input?.identities?.cluster) },
  };
}

function secret(input: SecretInput = {}): SecretSettings {
  const generation = input.generation ?? 1;
  switch (input.source) {
    case undefined:
    case "generated":
      return { source: "generated", generation };
    case "config":
      return { source: "config", generation };
    case "existing":
      return { source: "existing", name: input.name, generation };
    case "externalSecret": {
      const { name, kind = "ClusterSecretStore" } = input.store;
      return { source: "externalSecret", store: { name, kind }, remoteKey: input.remoteKey, generation };
    }
    case "sealedSecret": {
      const { scope = "strict", encryptedData } = input;
      return { source: "sealedSecret", scope, encryptedData, generation };
    }
  }
}

function identity(input: IdentityInput = {}): IdentitySettings {
  const peers = Object.entries(input.peers ?? {}).map(([ordinal, { generation = 1 }]) => [
    String(Number(ordinal)),
    { generation },
  ]);
  return { ...secret(input), ids: input.ids ?? [], peers: Object.fromEntries(peers) };
}
