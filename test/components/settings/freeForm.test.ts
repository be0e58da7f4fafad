import assert from "node:assert/strict";
import { resolveSettings } from "../../../components/settings";
import {
  type Owned,
  ownedClusterVariables,
  ownedKuboKeys,
  ownedKuboVariables,
  ownedServiceKeys,
  privateKuboKeys,
  refusedClusterFlags,
  refusedKuboFlags,
} from "../../../components/settings/owned";
import { type Knob, kuboConfig, serviceJson } from "../../../components/upstream";
import { assertFault, refusal } from "./faults";

const sentinel = "hunter2";

/** `{a: {b: value}}` for `a.b`. */
function nested(path: string, value: unknown): Record<string, unknown> {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

function knobAt(known: Knob, path: string): Knob | undefined {
  return path.split(".").reduce<Knob | undefined>((knob, key) => (Object(knob) as Record<string, Knob>)[key], known);
}

/** A value that upstream could read at a place, so that ours is the only fault. */
function valueFor(known: Knob, path: string): unknown {
  const knob = knobAt(known, path);
  assert.ok(knob !== undefined, `upstream has no ${path}`);
  if (typeof knob === "object") return Array.isArray(knob) ? [] : {};
  const values: Record<string, unknown> = {
    strings: "x",
    boolean: true,
    integer: 1,
    unsigned: 1,
    bytes: "1GB",
    size: "1GB",
    duration: "1s",
    any: {},
  };
  return knob.startsWith("removed") ? {} : (values[knob] ?? "x");
}

const accepted = (raw: Record<string, unknown>) =>
  assert.ok(resolveSettings({ environment: "dev", ...raw }, { stack: "test" }));

const remove = (path: string) => `pulumi config rm --path 'ipfs-cluster:${path}'`;

describe("settings: what is passed on to the daemons", () => {
  describe("config keys that are this program's", () => {
    const tables: readonly [
      daemon: "kubo" | "cluster",
      known: () => Knob,
      owned: Owned,
      rest: Record<string, unknown>,
    ][] = [
      ["kubo", () => kuboConfig, ownedKuboKeys, { network: "public" }],
      ["kubo", () => kuboConfig, privateKuboKeys, { network: "private" }],
      ["cluster", () => serviceJson, ownedServiceKeys, { cluster: { proxy: true } }],
    ];
    for (const [daemon, known, owned, rest] of tables) {
      for (const [key, reason] of Object.entries(owned)) {
        it(`${daemon}.config.${key} is refused: ${reason}`, () => {
          const path = `${daemon}.config.${key}`;
          const config = nested(key, valueFor(known(), key));
          const raw = { ...rest, [daemon]: { ...(rest[daemon] as object), config } };
          assertFault({ raw }, { path, reason, fix: remove(path) });
        });
      }
    }

    it("can't be taken away by leaving what is above them empty", () => {
      for (const [raw, path] of [
        [{ cluster: { config: { cluster: null } } }, "cluster.config.cluster"],
        [{ cluster: { config: { consensus: { crdt: null } } } }, "cluster.config.consensus.crdt"],
        [{ kubo: { config: { Addresses: null } } }, "kubo.config.Addresses"],
        [{ kubo: { config: { Swarm: { Transports: { Network: null } } } } }, "kubo.config.Swarm.Transports.Network"],
      ] as const) {
        const reason = "empty, it would take away what this program sets below it";
        assertFault({ raw }, { path, reason, fix: remove(path) });
      }
    });

    it("leave their neighbours alone", () => {
      accepted({
        kubo: {
          config: {
            Addresses: { NoAnnounce: ["/ip4/10.0.0.0/ipcidr/8"] },
            Swarm: { ConnMgr: { GracePeriod: "1m" } },
          },
        },
        cluster: {
          config: {
            cluster: { dial_peer_timeout: "10s" },
            api: { restapi: { headers: { "X-One": ["a"] } } },
            consensus: { crdt: { batching: { max_batch_size: 300, max_batch_age: "15s" } } },
          },
        },
      });
    });
  });

  describe("on a private network", () => {
    const publicThings = {
      QUIC: { Swarm: { Transports: { Network: { QUIC: true } } } },
      WebTransport: { Swarm: { Transports: { Network: { WebTransport: true } } } },
      WebRTC: { Swarm: { Transports: { Network: { WebRTCDirect: true } } } },
      AutoTLS: { AutoTLS: { Enabled: true } },
      AutoConf: { AutoConf: { Enabled: true } },
      "bootstrap peers": { Bootstrap: ["auto"] },
      "delegated routing": { Routing: { DelegatedRouters: ["auto"] } },
    };
    for (const [thing, config] of Object.entries(publicThings)) {
      it(`${thing} is refused, and accepted on a public one`, () => {
        const { faults } = refusal({ raw: { kubo: { config } } });
        assert.equal(faults.length, 1);
        assert.match(faults[0].reason, /public network only|a private network has no/);
        accepted({ network: "public", kubo: { config } });
      });
    }

    it("routing that needs the public network is refused", () => {
      const config = { Routing: { Type: "autoclient" } };
      const path = "kubo.config.Routing.Type";
      const reason =
        "needs the public network; with network: private it must be one of dht, dhtserver, dhtclient, none";
      assertFault({ raw: { kubo: { config } } }, { path, reason, fix: remove(path) });
      accepted({ network: "public", kubo: { config } });
      accepted({ kubo: { config: { Routing: { Type: "none" } } } });
    });
  });

  describe("what kubo can't start with", () => {
    const relay = { Transports: { Network: { Relay: true } } };
    const on = { Enabled: true };
    const needing: readonly [network: string, swarm: Record<string, unknown>, key: string, needed: string][] = [
      ["private", { EnableHolePunching: true }, "EnableHolePunching", "RelayClient.Enabled"],
      ["public", { EnableHolePunching: true }, "EnableHolePunching", "RelayClient.Enabled"],
      ["public", { EnableHolePunching: true, RelayClient: {} }, "EnableHolePunching", "RelayClient.Enabled"],
      ["private", { RelayClient: on }, "RelayClient.Enabled", "Transports.Network.Relay"],
      ["private", { RelayService: on }, "RelayService.Enabled", "Transports.Network.Relay"],
      [
        "public",
        { RelayClient: on, EnableHolePunching: true, Transports: { Network: { Relay: false } } },
        "RelayClient.Enabled",
        "Transports.Network.Relay",
      ],
    ];
    for (const [network, swarm, key, needed] of needing) {
      it(`is refused on a ${network} network: ${JSON.stringify(swarm)}`, () => {
        const path = `kubo.config.Swarm.${key}`;
        assertFault(
          { raw: { network, kubo: { config: { Swarm: swarm } } } },
          {
            path,
            reason: `kubo does not start with it unless Swarm.${needed} is true`,
            fix: `pulumi config set --path 'ipfs-cluster:kubo.config.Swarm.${needed}' true, or ${remove(path)}`,
          },
        );
      });
    }

    it("is accepted with what it needs", () => {
      const all = { RelayClient: on, RelayService: on, EnableHolePunching: true };
      accepted({ network: "public", kubo: { config: { Swarm: all } } });
      accepted({ kubo: { config: { Swarm: { ...all, ...relay } } } });
      accepted({ kubo: { config: { Swarm: { RelayClient: { Enabled: false }, EnableHolePunching: false } } } });
    });
  });

  it("one list of addresses does not take the place of those that each peer has outside", () => {
    const config = (key: string) => ({ config: { Addresses: { [key]: ["/ip4/192.0.2.9/tcp/4001"] } } });
    const nodes = { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] };
    const reason = "each peer announces the addresses that exposure.swarm gives it, and would announce these instead";
    const websocket = { way: "ingress", host: "ws.example.org" };
    for (const [network, swarm, key] of [
      ["public", nodes, "Announce"],
      ["private", nodes, "AppendAnnounce"],
      ["public", { way: "clusterIP", websocket }, "Announce"],
    ] as const) {
      const path = `kubo.config.Addresses.${key}`;
      const raw = { network, exposure: { swarm }, kubo: config(key) };
      assertFault({ raw }, { path, reason, fix: remove(path) });
    }
    accepted({ network: "public", exposure: { swarm: nodes }, kubo: config("AppendAnnounce") });
    accepted({ network: "public", kubo: config("Announce") });
    accepted({ kubo: config("AppendAnnounce") });
  });

  it("pins are batched by number and age, or not at all", () => {
    const batching = (given: object) => ({ cluster: { config: { consensus: { crdt: { batching: given } } } } });
    for (const [given, is, needed] of [
      [{ max_batch_size: 300 }, "max_batch_size", "max_batch_age' 500ms"],
      [{ max_batch_size: 300, max_batch_age: "0s" }, "max_batch_size", "max_batch_age' 500ms"],
      [{ max_batch_age: "15s" }, "max_batch_age", "max_batch_size' 300"],
    ] as const) {
      const path = `cluster.config.consensus.crdt.batching.${is}`;
      const set = `pulumi config set --path 'ipfs-cluster:cluster.config.consensus.crdt.batching.${needed}`;
      assertFault(
        { raw: batching(given) },
        { path, reason: /nothing is batched, so it has no effect$/, fix: `${set}, or ${remove(path)}` },
      );
    }
    accepted(batching({ max_batch_size: 0, max_batch_age: "0s" }));
  });

  describe("config keys that upstream does not have", () => {
    it("are refused, with the nearest that it has", () => {
      assertFault(
        { raw: { kubo: { config: { Gateway: { DisableHTMLErors: true } } } } },
        {
          path: "kubo.config.Gateway.DisableHTMLErors",
          reason: "the daemon has no setting of this name and would ignore it",
          fix: "use kubo.config.Gateway.DisableHTMLErrors",
        },
      );
      assertFault(
        { raw: { cluster: { config: { cluster: { dial_timeout: "3s" } } } } },
        { path: "cluster.config.cluster.dial_timeout", reason: /no setting of this name/ },
      );
    });

    it("are refused where upstream has them with another type", () => {
      assertFault(
        { raw: { cluster: { config: { cluster: { dial_peer_timeout: 3 } } } } },
        { path: "cluster.config.cluster.dial_peer_timeout", reason: /^must be a duration/ },
      );
    });
  });

  it("options of an API that is switched off don't switch it on", () => {
    assertFault(
      { raw: { cluster: { config: { api: { ipfsproxy: { idle_timeout: "1m" } } } } } },
      { path: "cluster.config.api.ipfsproxy", reason: /set cluster.proxy first/, fix: /^pulumi config rm/ },
    );
    assertFault(
      { raw: { cluster: { pinningService: false, config: { api: { pinsvcapi: { idle_timeout: "1m" } } } } } },
      { path: "cluster.config.api.pinsvcapi", reason: /set cluster.pinningService first/, fix: /^pulumi config rm/ },
    );
    accepted({ cluster: { proxy: true, config: { api: { ipfsproxy: { idle_timeout: "1m" } } } } });
  });

  describe("environment variables", () => {
    for (const [daemon, owned] of [
      ["kubo", ownedKuboVariables],
      ["cluster", ownedClusterVariables],
    ] as const) {
      for (const [variable, reason] of Object.entries(owned)) {
        it(`${variable} of ${daemon} is this program's: ${reason}`, () => {
          const path = `${daemon}.environment.${variable}`;
          assertFault(
            { raw: { [daemon]: { environment: { [variable]: sentinel } } } },
            { path, reason, fix: remove(path) },
          );
        });
      }
    }

    const hints: readonly [daemon: "kubo" | "cluster", variable: string, reason: string | RegExp, fix: string][] = [
      [
        "cluster",
        "CLUSTER_REPLICATIONFACTORMIN",
        "use replication.min",
        remove("cluster.environment.CLUSTER_REPLICATIONFACTORMIN"),
      ],
      ["cluster", "CLUSTER_SECRET", "use secrets.clusterSecret", remove("cluster.environment.CLUSTER_SECRET")],
      ["cluster", "CLUSTER_TAGS_TAGS", "use tags", remove("cluster.environment.CLUSTER_TAGS_TAGS")],
      [
        "cluster",
        "CLUSTER_DIALPEERTIMEOUT",
        "ipfs-cluster's settings have one place, its configuration file",
        "pulumi config set --path 'ipfs-cluster:cluster.config.cluster.dial_peer_timeout' <value>",
      ],
      [
        "cluster",
        "CLUSTER_MONITOR_PING_INTERVAL",
        "use cluster.monitorPingInterval",
        remove("cluster.environment.CLUSTER_MONITOR_PING_INTERVAL"),
      ],
      [
        "cluster",
        "CLUSTER_IPFSHTTP_POOLSIZE",
        "ipfs-cluster reads no such variable",
        remove("cluster.environment.CLUSTER_IPFSHTTP_POOLSIZE"),
      ],
      ["cluster", "GOMAXPROC", "ipfs-cluster reads no such variable", "use GOMAXPROCS"],
      [
        "kubo",
        "IPFS_SWARM_CONNMGR_HIGHWATER",
        "use kubo.connections.high",
        remove("kubo.environment.IPFS_SWARM_CONNMGR_HIGHWATER"),
      ],
      [
        "kubo",
        "IPFS_GATEWAY_NODNSLINK",
        "kubo's settings have one place, its configuration file",
        "pulumi config set --path 'ipfs-cluster:kubo.config.Gateway.NoDNSLink' <value>",
      ],
      [
        "kubo",
        "IPFS_ENABLE_EXPERIMENTAL_FEATURES",
        "kubo reads no such variable",
        remove("kubo.environment.IPFS_ENABLE_EXPERIMENTAL_FEATURES"),
      ],
      ["kubo", "IPFS_FDMAX", "kubo reads no such variable", "use IPFS_FD_MAX"],
    ];
    for (const [daemon, variable, reason, fix] of hints) {
      it(`${variable} of ${daemon} is refused, with what to use instead`, () => {
        const path = `${daemon}.environment.${variable}`;
        const raw = { [daemon]: { environment: { [variable]: sentinel } } };
        assertFault({ raw }, { path, reason, fix });
        assert.doesNotMatch(refusal({ raw }).message, new RegExp(sentinel));
      });
    }

    it("that the daemons read are accepted", () => {
      accepted({
        kubo: { environment: { GOGC: "50", IPFS_FD_MAX: "8192", OTEL_TRACES_EXPORTER: "otlp" } },
        cluster: { environment: { GOMAXPROCS: "2", GODEBUG: "x" } },
      });
    });
  });

  describe("daemon arguments", () => {
    for (const [daemon, refused] of [
      ["kubo", refusedKuboFlags],
      ["cluster", refusedClusterFlags],
    ] as const) {
      for (const [flag, reason] of Object.entries(refused)) {
        it(`${flag} of ${daemon} is refused in every spelling: ${reason}`, () => {
          const path = `${daemon}.arguments[0]`;
          for (const argument of [`--${flag}`, `-${flag}`, `--${flag}=${sentinel}`]) {
            const raw = { [daemon]: { arguments: [argument] } };
            assertFault({ raw }, { path, reason, fix: remove(path) });
            assert.doesNotMatch(refusal({ raw }).message, new RegExp(sentinel));
          }
        });
      }
    }

    it("that don't exist are refused, with the nearest that does", () => {
      assertFault(
        { raw: { kubo: { arguments: ["--manage-fd-limits"] } } },
        { path: "kubo.arguments[0]", reason: "kubo's daemon has no such flag", fix: "use --manage-fdlimit" },
      );
      assertFault(
        { raw: { cluster: { arguments: ["--tracing", "--upgrade"] } } },
        {
          path: "cluster.arguments[1]",
          reason: "ipfs-cluster's daemon has no such flag",
          fix: remove("cluster.arguments[1]"),
        },
      );
    });

    it("that are no flags are refused without being quoted", () => {
      const raw = { kubo: { arguments: [sentinel] } };
      assertFault(
        { raw },
        { path: "kubo.arguments[0]", reason: "not a flag", fix: "write a flag and its value as one: --flag=value" },
      );
      assert.doesNotMatch(refusal({ raw }).message, new RegExp(sentinel));
    });

    it("that exist are accepted", () => {
      accepted({ kubo: { arguments: ["--manage-fdlimit=true"] }, cluster: { arguments: ["--tracing"] } });
    });
  });
});
