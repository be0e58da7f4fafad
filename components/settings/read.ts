import * as pulumi from "@pulumi/pulumi";
import { encrypted, partlyEncrypted } from "./encrypted";
import type { PreviousStack } from "./previousStack";
import { secretKeys } from "./schema";

/** The project name of Pulumi.yaml, and so the prefix of every key in a stack file. */
export const configPrefix = "ipfs-cluster";

/**
 * The stack file's settings as plain data; secret keys are left out, and any other that holds what was set with `--secret` comes as
 * encrypted, not in clear. The one place that reads Pulumi's configuration.
 */
export function readStackConfig(): Record<string, unknown> {
  // Pulumi's own, though its types leave it out.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  const settings = rawSettings(pulumi.runtime.allConfig());
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (!isConfigSecret(`${configPrefix}:${name}`)) return [name, value];
      return [name, typeof value === "object" ? partlyEncrypted : encrypted];
    }),
  );
}

/**
 * Identities kept from an earlier stack (the stack output `identity`), or undefined to make new ones. In clear, so that it can be checked
 * before anything is created: whoever passes it on marks it secret.
 */
export function readIdentity(): string | undefined {
  return new pulumi.Config(configPrefix).get("identity");
}

const previousOutputs = [
  "replicas",
  "namespace",
  "createsNamespace",
  "topology",
  "adopts",
  "volumes",
  "images",
  "acceptPeerLoss",
  "onDestroy",
] as const satisfies readonly (keyof PreviousStack)[];

/**
 * What the last update of this very stack left behind; nothing on the first. Settings alone can't tell that peers are to go or volumes to
 * shrink; the stack's own outputs can.
 */
export async function previousStack(): Promise<PreviousStack> {
  const self = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const values = previousOutputs.map(async (name) => [name, (await self.getOutputDetails(name)).value] as const);
  return Object.fromEntries(await Promise.all(values));
}

/**
 * Pulumi hands every top-level value over as text: objects, lists, numbers and booleans as JSON.
 *
 * @param config all configuration, keys with their namespace.
 */
export function rawSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const [namespace, name] = splitKey(key);
    if (namespace !== configPrefix || (secretKeys as readonly string[]).includes(name)) continue;
    settings[name] = typeof value === "string" ? parseValue(value) : value;
  }
  return settings;
}

/** The settings in a parsed `Pulumi.<stack>.yaml`, secret keys left out; what else was set with `--secret` is there, encrypted. */
export function settingsOfStackFile(file: unknown): Record<string, unknown> {
  const { config } = Object(file) as { config?: Record<string, unknown> };
  return rawSettings(config ?? {});
}

function splitKey(key: string): [namespace: string, name: string] {
  const colon = key.indexOf(":");
  return [key.slice(0, colon), key.slice(colon + 1)];
}

function parseValue(text: string): unknown {
  if (!/^(-?\d|true$|false$|\[|\{)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
