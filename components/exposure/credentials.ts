import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { labels } from "../platform";
import type { Settings } from "../settings";

/** The user that ways in to the gateway know. */
export const gatewayUser = "gateway";

/** What browsers show when they ask for it. */
export const gatewayRealm = "IPFS gateway";

/** Name of the Secret that controllers read: users and hashes. */
export const gatewayUsersSecret = "gateway-users";

/** Name of the Secret that people read: `username` and `password`. */
export const gatewayCredentialsSecret = "gateway-credentials";

/** A line of an htpasswd file. SHA-1 is all that Envoy Gateway knows, and says nothing about a password that nobody could guess. */
export function htpasswd(user: string, password: string): string {
  return `${user}:{SHA}${createHash("sha1").update(password).digest("base64")}`;
}

/** The keys under which controllers look for users: nginx and Traefik for the first, Envoy Gateway for the second. */
export function usersFiles(line: string): Record<string, string> {
  return { auth: line, ".htpasswd": line };
}

/** Makes the password for `gateway.credentials` and the Secrets that hold it; nothing where it is off. */
export function gatewayCredentials(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  parent: pulumi.Resource,
): k8s.core.v1.Secret[] {
  if (!settings.gateway.credentials) return [];
  // No ":", which would end the user's name, and nothing that a URL would have to escape.
  const { result: password } = new random.RandomPassword(
    `${name}-gateway-password`,
    { length: 32, special: false },
    { parent },
  );
  const secret = (secretName: string, type: string, stringData: pulumi.Input<Record<string, pulumi.Input<string>>>) =>
    new k8s.core.v1.Secret(
      `${name}-${secretName}`,
      { metadata: { namespace, name: secretName, labels: labels(settings.stack) }, type, stringData },
      { parent },
    );
  return [
    secret(
      gatewayUsersSecret,
      "Opaque",
      password.apply((text) => usersFiles(htpasswd(gatewayUser, text))),
    ),
    secret(gatewayCredentialsSecret, "kubernetes.io/basic-auth", { username: gatewayUser, password }),
  ];
}
