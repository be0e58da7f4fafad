import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { tools } from "../../../local";
import { waitFor } from "../../../local/waitFor";

export interface HostKuboOptions {
  /** Of the private network that it joins; absent: the public one, of which it knows nobody. */
  readonly swarmKey?: string;
  /** Names that it finds, as in /etc/hosts. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** PEM; whom it trusts. */
  readonly authority?: string;
}

const settings: Readonly<Record<string, unknown>> = {
  "AutoConf.Enabled": false,
  "AutoTLS.Enabled": false,
  Bootstrap: [],
  "DNS.Resolvers": {},
  "Discovery.MDNS.Enabled": false,
  "Ipns.DelegatedPublishers": [],
  Routing: { Type: "none", DelegatedRouters: [] },
  "Addresses.API": "/ip4/127.0.0.1/tcp/0",
  "Addresses.Gateway": [],
  "Addresses.Swarm": [],
};

/** A kubo on this machine, which is outside of the Kubernetes cluster. It dials, and listens nowhere. */
export class HostKubo {
  private constructor(
    private readonly program: string,
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly daemon: ChildProcess,
  ) {}

  static async start({ swarmKey, hosts = {}, authority }: HostKuboOptions): Promise<HostKubo> {
    const { programs } = await tools(() => {});
    const directory = await mkdtemp(join(tmpdir(), "host-kubo-"));
    const file = async (name: string, text: string) => {
      await writeFile(join(directory, name), text);
      return join(directory, name);
    };
    const repository = join(directory, "repository");
    const env = {
      ...process.env,
      HOME: directory,
      IPFS_PATH: repository,
      ...(swarmKey ? { LIBP2P_FORCE_PNET: "1" } : {}),
      ...(authority ? { SSL_CERT_FILE: await file("authority.pem", authority) } : {}),
    };
    const command = (...args: string[]) => promisify(execFile)(programs.ipfs, args, { env });
    await command("init");
    for (const [key, value] of Object.entries(settings)) await command("config", "--json", key, JSON.stringify(value));
    if (swarmKey) {
      await writeFile(join(repository, "swarm.key"), `/key/swarm/psk/1.0.0/\n/base16/\n${swarmKey}\n`);
    }
    const names = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    const table = await file("hosts", `127.0.0.1 localhost\n${names.join("")}`);
    // It has a table of hosts of its own: that of the machine is nobody's to change.
    const script = 'mount --bind "$1" /etc/hosts && exec "$2" daemon';
    const daemon = spawn("unshare", ["--mount", "sh", "-c", script, "sh", table, programs.ipfs], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    daemon.stderr.on("data", (chunk) => {
      said += chunk;
    });
    const kubo = new HostKubo(programs.ipfs, directory, env, daemon);
    // Before it listens, a command would open the repository itself, which then is not the daemon's to open.
    const listens = async () => existsSync(join(repository, "api"));
    await waitFor("a kubo on the host to run", 60, listens).catch(async (error: Error) => {
      await kubo.stop();
      throw new Error(`${error.message}; it said: ${said}`);
    });
    return kubo;
  }

  /** Runs a command of it and returns what it prints; rejects, with what it says, if it fails. */
  async ipfs(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.program, args, { env: this.env, timeout: 60_000 });
    return stdout;
  }

  /** Ends it and removes what it kept. */
  async stop(): Promise<void> {
    if (this.daemon.exitCode === null) {
      const ended = once(this.daemon, "exit");
      this.daemon.kill("SIGTERM");
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
