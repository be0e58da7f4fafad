import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, YAMLParseError } from "yaml";
import { IpfsCluster } from "../ipfsCluster";
import { resolveSettings, type Settings, SettingsError, settingsOfStackFile, warnings } from "../settings";

/** What `npm run check` found. */
export interface Verdict {
  readonly sound: boolean;
  /** Every fault, or warnings and what the stack file would create. */
  readonly text: string;
}

/**
 * Validates a stack file and lists what it would create, with no cluster and no Pulumi at hand. Kept identities, which are encrypted, are
 * not looked at.
 *
 * @param folder where the stack files are.
 */
export async function check(stack: string, folder: string): Promise<Verdict> {
  const file = `Pulumi.${stack}.yaml`;
  const place = path.join(folder, file);
  if (!existsSync(place)) return fault(`There is no ${file} here. Make it: pulumi stack init ${stack}`);
  try {
    const settings = resolveSettings(settingsOfStackFile(parse(readFileSync(place, "utf8"))), { stack });
    const resources = await planned(settings);
    const lines = [
      ...warnings(settings).map((warning) => `warning: ${warning}`),
      `${file} is sound. It would create ${resources.length} resources:`,
      ...summary(resources).map((line) => `  ${line}`),
    ];
    return { sound: true, text: lines.join("\n") };
  } catch (error) {
    if (error instanceof SettingsError) return fault(error.message);
    if (error instanceof YAMLParseError) return fault(`${file} is not YAML; nothing was changed.\n${error.message}`);
    throw error;
  }
}

function fault(text: string): Verdict {
  return { sound: false, text };
}

/** Type and name of every resource. */
async function planned(settings: Settings): Promise<string[]> {
  const resources: string[] = [];
  await pulumi.runtime.setMocks(collector(resources), "ipfs-cluster", settings.stack, true);
  new IpfsCluster(settings.stack, { settings });
  await pulumi.runtime.disconnect();
  return resources;
}

function collector(resources: string[]): pulumi.runtime.Mocks {
  return {
    call: () => ({}),
    newResource: ({ type, name, inputs }) => {
      resources.push(`${type.replace(/^kubernetes:/, "")} ${inputs.metadata?.name ?? name}`);
      return { id: name, state: inputs };
    },
  };
}

/** One line a kind: how many, and their names. */
function summary(resources: readonly string[]): string[] {
  const names = new Map<string, string[]>();
  for (const resource of resources) {
    const [type, name] = resource.split(" ");
    names.set(type, [...(names.get(type) ?? []), name]);
  }
  return [...names].map(([type, list]) => `${String(list.length).padStart(3)} ${type}: ${shorten(list)}`);
}

function shorten(list: readonly string[]): string {
  return list.length <= 6 ? list.join(", ") : `${list.slice(0, 3).join(", ")}, ... ${list[list.length - 1]}`;
}

async function main(stack: string | undefined): Promise<void> {
  const { sound, text } = stack ? await check(stack, process.cwd()) : fault("Usage: npm run check -- <stack>");
  (sound ? console.log : console.error)(text);
  process.exitCode = sound ? 0 : 1;
}

if (require.main === module) void main(process.argv[2]);
