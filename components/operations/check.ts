import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { IpfsCluster } from "../ipfsCluster";
import { resolveSettings, SettingsError, settingsOfStackFile, warnings } from "../settings";

/** `npm run check -- <stack>`: validates a stack file and lists what it would create, with no cluster and no Pulumi at hand. */
async function main(stack: string | undefined): Promise<number> {
  if (!stack) return fail("Usage: npm run check -- <stack>");
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file)) return fail(`There is no ${file} here. Make it: pulumi stack init ${stack}`);
  try {
    const settings = resolveSettings(settingsOfStackFile(parse(readFileSync(file, "utf8"))), { stack });
    for (const warning of warnings(settings)) console.warn(`warning: ${warning}`);
    const resources: string[] = [];
    await pulumi.runtime.setMocks(collector(resources), "ipfs-cluster", stack, true);
    new IpfsCluster(stack, { settings });
    await pulumi.runtime.disconnect();
    console.log(`${file} is sound. It would create ${resources.length} resources:`);
    for (const line of summary(resources)) console.log(`  ${line}`);
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) return fail(error.message);
    throw error;
  }
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

function fail(message: string): number {
  console.error(message);
  return 1;
}

main(process.argv[2]).then((code) => {
  process.exitCode = code;
});
