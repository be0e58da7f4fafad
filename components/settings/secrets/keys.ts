import type { IdentityRole, RestCredentialsSettings } from "./types";

/** The keys of a Secret, whoever makes it; each is a file that the pods read. */

export const clusterSecretKey = "cluster-secret";
export const swarmKeyKey = "swarm.key";
export const previousPasswordKey = "previous-password";

/** The keys of the credentials that count. */
export function restCredentialsKeys({ keepPrevious }: Pick<RestCredentialsSettings, "keepPrevious">): string[] {
  return ["username", "password", ...(keepPrevious ? ["previous-username", previousPasswordKey] : [])];
}

/** The key of one peer's private key. */
export function identityKey(role: IdentityRole, ordinal: number | string): string {
  return `${role}-${ordinal}`;
}

/** The keys of all peers' private keys. */
export function identityKeys(role: IdentityRole, identities: number): string[] {
  return Array.from({ length: identities }, (_, ordinal) => identityKey(role, ordinal));
}
