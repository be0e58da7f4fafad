import { type Fault, removeCommand, setCommand } from "../faults";
import type { Settings } from "../settings";
import { clusterSecretKey, identityKeys, restCredentialsKeys, swarmKeyKey } from "./keys";
import type { IdentityRole, SecretSettings } from "./types";

/** What is wrong with where secrets come from. */
export function secretsRules(settings: Settings): Fault[] {
  const { clusterSecret, swarmKey, restCredentials, identities } = settings.secrets;
  return [
    ...sealedFaults("secrets.clusterSecret", clusterSecret, [clusterSecretKey]),
    ...sealedFaults("secrets.swarmKey", swarmKey, [swarmKeyKey]),
    ...sealedFaults("secrets.restCredentials", restCredentials, restCredentialsKeys(restCredentials)),
    ...previousFaults(settings),
    ...(["kubo", "cluster"] as const).flatMap((role) => [
      ...sealedFaults(`secrets.identities.${role}`, identities[role], identityKeys(role, settings.identities)),
      ...idFaults(role, settings),
      ...peerFaults(role, settings),
    ]),
  ];
}

function sealedFaults(path: string, secret: SecretSettings, keys: readonly string[]): Fault[] {
  if (secret.source !== "sealedSecret") return [];
  const missing = keys.filter((key) => !Object.hasOwn(secret.encryptedData, key));
  const extra = Object.keys(secret.encryptedData).filter((key) => !keys.includes(key));
  return [
    ...(missing.length > 0
      ? [
          {
            path: `${path}.encryptedData`,
            reason: `without ${listed(missing)}, which the pods need`,
            fix: "seal a Secret with these keys (docs/secrets.md)",
          },
        ]
      : []),
    ...extra.map((key) => ({
      path: `${path}.encryptedData`,
      reason: `nothing reads the key ${JSON.stringify(key)}; the keys are ${listed(keys)}`,
      fix: removeCommand(`${path}.encryptedData[${JSON.stringify(key)}]`),
    })),
  ];
}

function previousFaults({ secrets: { restCredentials } }: Settings): Fault[] {
  const { source, generation, keepPrevious } = restCredentials;
  if (!keepPrevious || (source !== "generated" && source !== "config") || generation > 1) return [];
  return [
    {
      path: "secrets.restCredentials.keepPrevious",
      value: keepPrevious,
      reason: "generation 1 has none before it",
      fix: setCommand("secrets.restCredentials.generation", 2),
    },
  ];
}

/** Whoever does not see the keys has to be told the ids, as every peer is configured with those of all. */
function idFaults(role: IdentityRole, { identities, secrets }: Settings): Fault[] {
  const { source, ids } = secrets.identities[role];
  const path = `secrets.identities.${role}.ids`;
  if (source === "generated" || source === "config") {
    if (ids.length === 0) return [];
    return [{ path, reason: "they follow from the keys, which this program knows", fix: removeCommand(path) }];
  }
  const faults: Fault[] = [];
  if (ids.length !== identities) {
    const reason = `${ids.length} ids, and identities asks for ${identities}: every peer is configured with those of all`;
    faults.push({ path, reason, fix: "name the peer id of each key, in the order of the peers" });
  }
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    faults.push({ path: `${path}[${index}]`, value: id, reason: `the same as of peer ${ids.indexOf(id)}` });
  }
  return faults;
}

/** New keys for all peers at once would leave every pin with ids that are no more. */
function peerFaults(role: IdentityRole, { identities, secrets }: Settings): Fault[] {
  const { source, generation, peers } = secrets.identities[role];
  const path = `secrets.identities.${role}`;
  const all =
    generation > 1 && (source === "generated" || source === "config")
      ? [
          {
            path: `${path}.generation`,
            value: generation,
            reason: "all peers would become others at once, and every pin be allocated to none of them",
            fix: `${setCommand(`${path}.peers.0.generation`, 2)}, one peer after the other (docs/secrets.md)`,
          },
        ]
      : [];
  const unknown = Object.keys(peers)
    .filter((ordinal) => Number(ordinal) >= identities)
    .map((ordinal) => {
      const peer = `${path}.peers["${ordinal}"]`;
      return { path: peer, reason: `there is no such peer: identities is ${identities}`, fix: removeCommand(peer) };
    });
  return [...all, ...unknown];
}

function listed(keys: readonly string[]): string {
  return keys.length <= 6 ? keys.join(", ") : `${keys.slice(0, 3).join(", ")}, ... ${keys[keys.length - 1]}`;
}
