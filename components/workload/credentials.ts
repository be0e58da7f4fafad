import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../identity";
import { labels } from "../platform";
import { restCredentialsKeys, type Settings } from "../settings";
import { controllersSecret } from "./secretObjects";

/** Name of the Secret with `username` and `password` for the REST and pinning APIs. */
export function credentialsSecret({ secrets: { restCredentials } }: Pick<Settings, "secrets">): string {
  switch (restCredentials.source) {
    case "existing":
      return restCredentials.name;
    case "externalSecret":
    case "sealedSecret":
      return controllersSecret("rest-credentials", restCredentials, restCredentialsKeys(restCredentials));
    default:
      return "cluster-credentials";
  }
}

/**
 * The Secret that people and applications read, where this program knows the credentials.
 *
 * @param pods later credentials than the first are not shown before all pods take them.
 */
export function clientCredentials(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  { restCredentials }: StackIdentity,
  pods: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  if (restCredentials === undefined) return;
  const { username, password } = restCredentials;
  new k8s.core.v1.Secret(
    `${name}-credentials`,
    {
      metadata: { namespace, name: credentialsSecret(settings), labels: labels(settings.stack) },
      type: "kubernetes.io/basic-auth",
      stringData: { username, password },
    },
    { parent, dependsOn: settings.secrets.restCredentials.generation > 1 ? [...pods] : [] },
  );
}
