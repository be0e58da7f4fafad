import {
  clusterDaemonFlags,
  clusterEnvironment,
  type Knob,
  kuboConfig,
  kuboDaemonFlags,
  kuboEnvironment,
  nearest,
  serviceJson,
  settingFor,
  unknownKnobs,
} from "../upstream";
import { type Fault, removeCommand, setCommand } from "./faults";
import {
  type Owned,
  ownedClusterVariables,
  ownedKuboKeys,
  ownedKuboVariables,
  ownedServiceKeys,
  privateKuboKeys,
  refusedClusterFlags,
  refusedKuboFlags,
} from "./owned";
import type { Settings } from "./settings";
import type { FreeForm } from "./workload";

/**
 * One of the two programs, for the rules over what this one does not model but passes on: config keys, environment variables and daemon
 * arguments. They must exist in the pinned kubo and ipfs-cluster, and must not undo what this program promises.
 */
export interface Daemon {
  /** The key of its settings in a stack file. */
  readonly key: "kubo" | "cluster";
  readonly name: string;
  readonly config: () => Knob;
  readonly environment: () => ReadonlySet<string>;
  readonly flags: () => ReadonlySet<string>;
  readonly ownedKeys: Owned;
  readonly ownedVariables: Owned;
  readonly refusedFlags: Owned;
}

// Functions, as the tables are loaded only when somebody looks.
export const kuboDaemon: Daemon = {
  key: "kubo",
  name: "kubo",
  config: () => kuboConfig,
  environment: () => kuboEnvironment,
  flags: () => kuboDaemonFlags,
  ownedKeys: ownedKuboKeys,
  ownedVariables: ownedKuboVariables,
  refusedFlags: refusedKuboFlags,
};

export const clusterDaemon: Daemon = {
  key: "cluster",
  name: "ipfs-cluster",
  config: () => serviceJson,
  environment: () => clusterEnvironment,
  flags: () => clusterDaemonFlags,
  ownedKeys: ownedServiceKeys,
  ownedVariables: ownedClusterVariables,
  refusedFlags: refusedClusterFlags,
};

/** Faults of `kubo.config`. */
export function kuboConfigFaults(settings: Settings): Fault[] {
  const { config } = settings.kubo;
  if (settings.network === "public") return configFaults(kuboDaemon, config, ownedKuboKeys);
  return [
    ...configFaults(kuboDaemon, config, { ...ownedKuboKeys, ...privateKuboKeys }),
    ...privateRoutingFaults(config),
  ];
}

/** Faults of `cluster.config`. */
export function serviceJsonFaults(settings: Settings): Fault[] {
  return configFaults(clusterDaemon, settings.cluster.config, { ...ownedServiceKeys, ...absentApis(settings) });
}

function configFaults(daemon: Daemon, config: FreeForm, owned: Owned): Fault[] {
  if (Object.keys(config).length === 0) return [];
  const path = `${daemon.key}.config`;
  return [...unknownKnobs(daemon.config(), config, path), ...ownedFaults(config, path, owned)];
}

// ipfs-cluster serves an API as soon as its section exists, so an option of one that is off would switch it on, without credentials.
function absentApis({ cluster }: Settings): Owned {
  return {
    ...(cluster.pinningService ? {} : { "api.pinsvcapi": "it is switched off: set cluster.pinningService first" }),
    ...(cluster.proxy ? {} : { "api.ipfsproxy": "it is switched off: set cluster.proxy first" }),
  };
}

/** What of the relay a kubo can't start with, as it needs something else that this program or the stack file switches off. */
export function relayFaults({ kubo: { config }, network }: Settings): Fault[] {
  const swarm = Object(config.Swarm) as FreeForm;
  const given = (section: unknown, name: string) => (Object(section) as FreeForm)[name];
  const transport = given(given(swarm.Transports, "Network"), "Relay") ?? network === "public";
  const client = given(swarm.RelayClient, "Enabled") ?? false;
  const needing = (["RelayClient.Enabled", "RelayService.Enabled"] as const)
    .filter((key) => transport !== true && given(swarm[key.split(".")[0]], "Enabled") === true)
    .map((key) => [key, "Transports.Network.Relay"]);
  if (swarm.EnableHolePunching === true && client !== true) needing.push(["EnableHolePunching", "RelayClient.Enabled"]);
  return needing.map(([key, needed]) => ({
    path: `kubo.config.Swarm.${key}`,
    value: true,
    reason: `kubo does not start with it unless Swarm.${needed} is true`,
    fix: `${setCommand(`kubo.config.Swarm.${needed}`, true)}, or ${removeCommand(`kubo.config.Swarm.${key}`)}`,
  }));
}

/** Where each peer has addresses outside of its own, one list for all of them would take their place. */
export function announceFaults({ kubo: { config }, network, exposure: { swarm } }: Settings): Fault[] {
  if (swarm.way === "clusterIP" && swarm.websocket === undefined) return [];
  const key = network === "public" ? "Announce" : "AppendAnnounce";
  if ((Object(config.Addresses) as FreeForm)[key] === undefined) return [];
  const path = `kubo.config.Addresses.${key}`;
  const reason = "each peer announces the addresses that exposure.swarm gives it, and would announce these instead";
  return [{ path, reason, fix: removeCommand(path) }];
}

/** ipfs-cluster writes pins together only where it is told how many and for how long. */
export function batchingFaults({ cluster: { config } }: Settings): Fault[] {
  const { crdt } = Object(config.consensus) as FreeForm;
  const batching = Object((Object(crdt) as FreeForm).batching) as FreeForm;
  const { max_batch_size: size, max_batch_age: age } = batching;
  const sized = typeof size === "number" && size > 0;
  const aged = typeof age === "string" && /[1-9]/.test(age);
  if (sized === aged) return [];
  const [is, needed] = sized ? ["max_batch_size", "max_batch_age"] : ["max_batch_age", "max_batch_size"];
  const at = (key: string) => `cluster.config.consensus.crdt.batching.${key}`;
  const reason = `without ${needed} beside it nothing is batched, so it has no effect`;
  return [
    {
      path: at(is),
      value: batching[is],
      reason,
      fix: `${setCommand(at(needed), needed === "max_batch_age" ? "500ms" : 300)}, or ${removeCommand(at(is))}`,
    },
  ];
}

// kubo with a swarm key refuses to start with the other types.
function privateRoutingFaults(config: FreeForm): Fault[] {
  const type = (Object(config.Routing) as FreeForm).Type;
  const possible = ["dht", "dhtserver", "dhtclient", "none"];
  if (typeof type !== "string" || possible.includes(type)) return [];
  const path = "kubo.config.Routing.Type";
  const reason = `needs the public network; with network: private it must be one of ${possible.join(", ")}`;
  return [{ path, value: type, reason, fix: removeCommand(path) }];
}

/** An owned key is at fault where it is named, and where a `null` above it would take it away. */
function ownedFaults(config: FreeForm, path: string, owned: Owned): Fault[] {
  const faults = new Map<string, Fault>();
  for (const [key, reason] of Object.entries(owned)) {
    const found = reach(config, key.split("."));
    if (found === undefined || faults.has(found)) continue;
    const at = `${path}.${found}`;
    faults.set(found, {
      path: at,
      reason: found === key ? reason : "empty, it would take away what this program sets below it",
      fix: removeCommand(at),
    });
  }
  return [...faults.values()];
}

/** How far a configuration reaches into a key: all the way, or up to a `null`. Undefined if it leaves the key alone. */
function reach(config: FreeForm, key: readonly string[]): string | undefined {
  let at: unknown = config;
  for (const [depth, name] of key.entries()) {
    if (at === null) return key.slice(0, depth).join(".");
    if (typeof at !== "object" || !Object.hasOwn(at, name)) return undefined;
    at = (at as FreeForm)[name];
  }
  return key.join(".");
}

/** Faults of further environment variables; their values are never shown. */
export function variableFaults(daemon: Daemon, variables: Readonly<Record<string, string>>): Fault[] {
  return Object.keys(variables).flatMap((variable) => variableFault(variable, daemon));
}

function variableFault(variable: string, daemon: Daemon): Fault[] {
  const { key, name, ownedVariables: owned } = daemon;
  const path = `${key}.environment.${variable}`;
  if (Object.hasOwn(owned, variable)) return [{ path, reason: owned[variable], fix: removeCommand(path) }];
  const environment = daemon.environment();
  if (environment.has(variable) && !isSetting(variable)) return [];
  const setting = settingFor(daemon.config(), variable);
  if (setting !== undefined) return [settingFault(path, setting, daemon)];
  const like = nearest(
    variable,
    [...environment].filter((known) => !Object.hasOwn(owned, known) && !isSetting(known)),
  );
  return [{ path, reason: `${name} reads no such variable`, fix: like ? `use ${like}` : removeCommand(path) }];
}

/** ipfs-cluster takes most of its configuration file by environment too, and this program writes that file. */
function isSetting(variable: string): boolean {
  return variable.startsWith("CLUSTER_");
}

/** A variable that stands for a key of the configuration file: there it has one place. */
function settingFault(path: string, setting: string, { key, name, ownedKeys }: Daemon): Fault {
  const owner = Object.keys(ownedKeys).find((owned) => setting === owned || setting.startsWith(`${owned}.`));
  if (owner !== undefined) return { path, reason: ownedKeys[owner], fix: removeCommand(path) };
  const reason = `${name}'s settings have one place, its configuration file`;
  return { path, reason, fix: setCommand(`${key}.config.${setting}`, "<value>") };
}

/** Faults of further daemon arguments. What follows a "=" may be a secret, and so may a word that is no flag. */
export function argumentFaults(daemon: Daemon, words: readonly string[]): Fault[] {
  return words.flatMap((word, index) => argumentFault(word, `${daemon.key}.arguments[${index}]`, daemon));
}

function argumentFault(word: string, path: string, { name, flags, refusedFlags }: Daemon): Fault[] {
  const [value, flag] = /^--?([A-Za-z0-9][A-Za-z0-9-]*)/.exec(word) ?? [];
  if (flag === undefined) {
    return [{ path, reason: "not a flag", fix: "write a flag and its value as one: --flag=value" }];
  }
  if (Object.hasOwn(refusedFlags, flag)) return [{ path, value, reason: refusedFlags[flag], fix: removeCommand(path) }];
  const known = flags();
  if (known.has(flag)) return [];
  const like = nearest(
    flag,
    [...known].filter((other) => !Object.hasOwn(refusedFlags, other)),
  );
  const reason = `${name}'s daemon has no such flag`;
  return [{ path, value, reason, fix: like ? `use --${like}` : removeCommand(path) }];
}
