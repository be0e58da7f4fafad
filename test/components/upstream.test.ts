import assert from "node:assert/strict";
import fc from "fast-check";
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
} from "../../components/upstream";

describe("upstream", () => {
  describe("the tables", () => {
    it("hold what a private kubo is configured with", () => {
      const config = {
        Identity: { PeerID: "12D3KooW", PrivKey: "CAESQ" },
        Addresses: {
          API: "/ip4/0.0.0.0/tcp/5001",
          Gateway: ["/ip4/0.0.0.0/tcp/8080"],
          Swarm: ["/ip4/0.0.0.0/tcp/4001"],
        },
        AutoConf: { Enabled: false },
        Bootstrap: [],
        Datastore: { StorageMax: "80GB", GCPeriod: "1h", Spec: { type: "mount", mounts: [{ path: "blocks" }] } },
        DNS: { Resolvers: { ".": "https://dns.example" } },
        Gateway: { HTTPHeaders: { "X-One": ["a"] }, PublicGateways: { "example.com": { Paths: ["/ipfs"] } } },
        Internal: { ShutdownTimeout: "90s" },
        Peering: { Peers: [{ ID: "12D3KooW", Addrs: ["/dns4/ipfs-0/tcp/4001"] }] },
        Plugins: { Plugins: { telemetry: { Disabled: true, Config: { Mode: "off" } } } },
        Provide: { Enabled: false, DHT: { Interval: "22h" } },
        Routing: { Type: "none" },
        Swarm: {
          ConnMgr: { LowWater: 600, HighWater: 900, GracePeriod: "20s" },
          ResourceMgr: { MaxMemory: 1_000_000_000 },
          Transports: { Network: { QUIC: false }, Security: { TLS: false, Noise: 100 } },
        },
      };
      assert.deepEqual(unknownKnobs(kuboConfig, config, "kubo"), []);
    });

    it("hold what a CRDT peer of ipfs-cluster is configured with", () => {
      const config = {
        cluster: {
          peername: "cluster-0",
          secret: "00",
          listen_multiaddress: "/ip4/0.0.0.0/tcp/9096",
          connection_manager: { high_water: 400 },
          resource_manager: { memory_limit_bytes: 0 },
          pubsub: { d_factor: 4 },
          replication_factor_min: -1,
          monitor_ping_interval: "15s",
          peer_addresses: [],
        },
        consensus: {
          crdt: { trusted_peers: ["12D3KooW"], batching: { max_batch_age: "15s", max_queue_size: 50_000 } },
        },
        api: {
          restapi: { basic_auth_credentials: { admin: "pass" }, headers: { "X-One": ["a"] } },
          ipfsproxy: {},
          pinsvcapi: {},
        },
        ipfs_connector: { ipfshttp: { pin_timeout: "2m0s" } },
        pin_tracker: { stateless: { concurrent_pins: 10 } },
        monitor: { pubsubmon: { check_interval: "15s" } },
        allocator: { balanced: { allocate_by: ["tag:region", "freespace"] } },
        informer: {
          disk: { metric_ttl: "30s" },
          pinqueue: { weight_bucket_size: 1 },
          tags: { tags: { region: "eu" } },
        },
        observations: { metrics: { enable_stats: true }, tracing: { sampling_prob: 0.3 } },
        datastore: { pebble: { pebble_options: { cache_size_bytes: 1 << 28, levels: [{ block_size: 4096 }] } } },
      };
      assert.deepEqual(unknownKnobs(serviceJson, config, "cluster"), []);
    });

    it("hold the environment variables of the daemons, of go-libp2p and of the Go runtime", () => {
      for (const name of [
        "IPFS_PATH",
        "IPFS_TELEMETRY",
        "IPFS_FD_MAX",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "LIBP2P_TCP_MUX",
      ]) {
        assert(kuboEnvironment.has(name), name);
      }
      for (const name of [
        "CLUSTER_SECRET",
        "CLUSTER_ID",
        "CLUSTER_PUBSUB_DFACTOR",
        "CLUSTER_TAGS_TAGS",
        "IPFS_CLUSTER_LOG_LEVEL",
      ]) {
        assert(clusterEnvironment.has(name), name);
      }
      for (const name of [
        "LIBP2P_FORCE_PNET",
        "GOLOG_LOG_LEVEL",
        "GOMEMLIMIT",
        "GOGC",
        "HTTPS_PROXY",
        "HOME",
        "TMPDIR",
      ]) {
        assert(kuboEnvironment.has(name) && clusterEnvironment.has(name), name);
      }
    });

    it("do not hold the names that public charts and guides made up, or that have gone", () => {
      for (const name of [
        "IPFS_SWARM_CONNMGR_HIGHWATER",
        "IPFS_ENABLE_EXPERIMENTAL_FEATURES",
        "LIBP2P_MUX_PREFS",
        "IPFS_API",
      ]) {
        assert(!kuboEnvironment.has(name), name);
      }
      for (const name of [
        "CLUSTER_MONITOR_PING_INTERVAL",
        "CLUSTER_RESTAPI_BASICAUTHCREDS",
        "CLUSTER_ALLOCATOR_BALANCED_ALLOCATEBY",
        "CLUSTER_IPFSHTTP_POOLSIZE",
        "CLUSTER_PEBBLE_PEBBLEOPTIONS_FLUSHDELAYRANGEKEY",
        "IPFS_CLUSTER_DATASTORE",
        "IPFS_API",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_SERVICE_NAME",
      ]) {
        assert(!clusterEnvironment.has(name), name);
      }
    });

    it("hold the options of the daemons, but not those that upstream calls deprecated", () => {
      for (const flag of ["migrate", "enable-gc", "routing", "offline", "agent-version-suffix"]) {
        assert(kuboDaemonFlags.has(flag), flag);
      }
      for (const flag of ["enable-pubsub-experiment", "local", "upgrade"]) assert(!kuboDaemonFlags.has(flag), flag);
      assert.deepEqual([...clusterDaemonFlags], ["bootstrap", "leave", "no-trust", "stats", "tracing"]);
    });

    it("have a setting in service.json for every CLUSTER_ variable but those of identity.json", () => {
      const variables = [...clusterEnvironment].filter((name) => name.startsWith("CLUSTER_"));
      const without = variables.filter((name) => settingFor(serviceJson, name) === undefined);
      assert(variables.length > 200);
      assert.deepEqual(without, []);
      assert.equal(settingFor(serviceJson, "CLUSTER_BALANCED_ALLOCATEBY"), "allocator.balanced.allocate_by");
      assert.equal(settingFor(serviceJson, "CLUSTER_ID"), "cluster.id");
    });
  });

  describe("unknownKnobs", () => {
    it("refuses names that do not exist, with the nearest one beside them", () => {
      const value = { Swarm: { ConnMgr: { HighWatter: 900 } }, Gateways: {}, Identify: {}, nothing: { like: "it" } };
      assert.deepEqual(
        unknownKnobs(kuboConfig, value, "kubo.config").map(({ path, fix }) => [path, fix]),
        [
          ["kubo.config.Swarm.ConnMgr.HighWatter", "use kubo.config.Swarm.ConnMgr.HighWater"],
          ["kubo.config.Gateways", "use kubo.config.Gateway"],
          ["kubo.config.Identify", "use kubo.config.Identity"],
          ["kubo.config.nothing", undefined],
        ],
      );
      assert.deepEqual(
        unknownKnobs(serviceJson, { consensus: { crdt: { init_peerset: [], trustedPeers: [] } } }, "").map(
          ({ path, fix }) => [path, fix],
        ),
        [
          ["consensus.crdt.init_peerset", undefined],
          ["consensus.crdt.trustedPeers", "use consensus.crdt.trusted_peers"],
        ],
      );
    });

    it("refuses settings that upstream still names but ignores or rejects, in its words", () => {
      const value = {
        Reprovider: { Interval: "12h" },
        Experimental: { AcceleratedDHTClient: true },
        AutoConf: { TLSInsecureSkipVerify: true },
      };
      const faults = unknownKnobs(kuboConfig, value, "kubo");
      assert.deepEqual(
        faults.map(({ path }) => path),
        ["kubo.Reprovider", "kubo.Experimental.AcceleratedDHTClient", "kubo.AutoConf.TLSInsecureSkipVerify"],
      );
      assert.match(faults[0].reason, /use Provide/);
      assert.match(faults[1].reason, /moved to Routing\.AcceleratedDHTClient/);
      assert.match(faults[2].reason, /nothing reads it/);
      assert.deepEqual(unknownKnobs(kuboConfig, { Provider: {}, Reprovider: {} }, "as kubo itself writes them"), []);
    });

    const wrong: [known: Knob, values: unknown[], right: unknown[]][] = [
      ["string", [1, true, [], {}], ["", "a"]],
      ["strings", [1, ["a", 1], {}], ["a", [], ["a", "b"]]],
      ["boolean", ["true", 1], [true, false]],
      ["integer", ["1", 1.5, true], [1, -1]],
      ["unsigned", [-1, 0.5], [0, 1]],
      ["number", ["0.3"], [0.3, 1]],
      ["priority", [true, 0, -1, "1"], [false, 100]],
      ["duration", [30, "30", "1d", "5 s", "s", "1h30"], ["30s", "1h30m0s", "1.5h", "-5m", "250ms", "10µs", "0", ""]],
      ["size", [10, "10XB", "GB", ""], ["10GB", "10", "1.5 MiB", "10g", "1,000kB"]],
      ["bytes", [-1, true, "x"], [10, "10GB"]],
      [["integer"], [1, ["1"]], [[], [1, 2]]],
      [{ "*": "boolean" }, [true, [], { a: 1 }], [{}, { a: true, "b.c": false }]],
      [{ a: "string" }, ["a", [], { a: 1 }, { b: "" }], [{}, { a: "" }]],
    ];
    for (const [known, values, right] of wrong) {
      it(`knows what is ${JSON.stringify(known)}`, () => {
        for (const value of values) assert.equal(unknownKnobs(known, value, "it").length, 1, JSON.stringify(value));
        for (const value of right) assert.deepEqual(unknownKnobs(known, value, "it"), [], JSON.stringify(value));
      });
    }

    it("says what stands there, what should and where, for all faults at once", () => {
      const value = {
        cluster: { dial_peer_timeout: 10 },
        consensus: { crdt: { trusted_peers: ["*", 1] } },
        informer: { tags: { tags: { "a b": 1 } } },
      };
      assert.deepEqual(unknownKnobs(serviceJson, value, "cluster.config"), [
        {
          path: "cluster.config.cluster.dial_peer_timeout",
          value: 10,
          reason: 'must be a duration such as "30s" or "1h30m", and is a number',
        },
        {
          path: "cluster.config.consensus.crdt.trusted_peers[1]",
          value: 1,
          reason: "must be a string, and is a number",
        },
        { path: 'cluster.config.informer.tags.tags["a b"]', value: 1, reason: "must be a string, and is a number" },
      ]);
    });

    it("takes null and undefined for the default", () => {
      assert.deepEqual(
        unknownKnobs(kuboConfig, { Swarm: null, Gateway: { NoFetch: null, NoSuch: undefined } }, "kubo"),
        [],
      );
      assert.deepEqual(unknownKnobs(kuboConfig, undefined, "kubo"), []);
    });

    it("is not taken in by names that every JavaScript object has", () => {
      const value: unknown = JSON.parse(
        '{"__proto__": {"a": 1}, "constructor": 1, "toString": 1, "hasOwnProperty": 1}',
      );
      assert.equal(unknownKnobs(kuboConfig, value, "kubo").length, 4);
    });

    it("never throws, whatever the JSON", () => {
      for (const known of [kuboConfig, serviceJson]) {
        const json = fc.oneof(fc.jsonValue(), shaped(known, fc.jsonValue({ maxDepth: 1 })));
        fc.assert(
          fc.property(json, (value) => {
            for (const { path, reason } of unknownKnobs(known, value, "it")) assert(path.startsWith("it") && reason);
          }),
          { numRuns: 50 },
        );
      }
    });

    it("accepts whatever has the shape of the table", () => {
      for (const known of [kuboConfig, serviceJson]) {
        fc.assert(
          fc.property(shaped(known), (value) => assert.deepEqual(unknownKnobs(known, value, "it"), [])),
          { numRuns: 50 },
        );
      }
    });

    it("never repeats what may be a secret", () => {
      const secret = "b64s3cret";
      for (const known of [kuboConfig, serviceJson]) {
        const secrets = [
          {
            Identity: { PrivKey: [secret] },
            API: { Authorizations: { me: { AuthSecret: { a: secret }, AllowedPaths: secret } } },
          },
          { Identity: secret, Pinning: { RemoteServices: { a: { API: { Key: [secret], Kee: secret } } } } },
          { AutoTLS: { RegistrationToken: [secret] }, Gateway: { HTTPHeaders: { Authorization: secret } } },
          { cluster: { secret: [secret], private_key: secret, secrett: secret } },
          {
            cluster: secret,
            api: {
              restapi: { basic_auth_credentials: { user: [secret] } },
              pinsvcapi: { basic_auth_credentials: secret },
            },
          },
        ];
        for (const value of secrets) {
          const faults = unknownKnobs(known, value, "it");
          assert(faults.length > 0);
          assert(!JSON.stringify(faults).includes(secret), JSON.stringify(faults));
        }
      }
    });
  });

  describe("nearest", () => {
    it("finds what was meant in the typos of public charts", () => {
      assert.equal(nearest("CLUSTER_MONITOR_PING_INTERVAL", clusterEnvironment), "CLUSTER_MONITORPINGINTERVAL");
      assert.equal(
        nearest("CLUSTER_RESTAPI_BASICAUTHCREDS", clusterEnvironment),
        "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS",
      );
      assert.equal(
        nearest("CLUSTER_CONNECTION_MANAGER_HIGH_WATER", clusterEnvironment),
        "CLUSTER_CONNECTIONMANAGER_HIGHWATER",
      );
      assert.equal(nearest("enable-garbage", kuboDaemonFlags), undefined);
      assert.equal(nearest("enablegc", kuboDaemonFlags), "enable-gc");
    });

    it("would rather say nothing than mislead", () => {
      for (const name of [
        "IPFS_PROFILE",
        "IPFS_API",
        "IPFS_SWARM_CONNMGR_HIGHWATER",
        "IPFS_ENABLE_EXPERIMENTAL_FEATURES",
        "",
      ]) {
        assert.equal(nearest(name, kuboEnvironment), undefined, name);
      }
      for (const name of ["CLUSTER_IPFSHTTP_POOLSIZE", "OTEL_EXPORTER_OTLP_ENDPOINT", "IPFS_CLUSTER_DATASTORE"]) {
        assert.equal(nearest(name, clusterEnvironment), undefined, name);
      }
    });

    it("finds every name itself, and any one letter away from it", () => {
      const names = [...clusterEnvironment].filter((name) => name.length > 12);
      fc.assert(
        fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom("Q", ""), (name, at, letter) => {
          assert.equal(nearest(name, names), name);
          const typo = name.slice(0, at % name.length) + letter + name.slice((at % name.length) + 1);
          assert(nearest(typo, names) !== undefined);
        }),
      );
    });
  });

  describe("settingFor", () => {
    it("finds the setting behind variables that do not exist", () => {
      assert.equal(settingFor(kuboConfig, "IPFS_SWARM_CONNMGR_HIGHWATER"), "Swarm.ConnMgr.HighWater");
      assert.equal(settingFor(serviceJson, "CLUSTER_MONITOR_PING_INTERVAL"), "cluster.monitor_ping_interval");
      assert.equal(settingFor(serviceJson, "CLUSTER_ALLOCATOR_BALANCED_ALLOCATEBY"), "allocator.balanced.allocate_by");
      assert.equal(settingFor(kuboConfig, "IPFS_ENABLE_EXPERIMENTAL_FEATURES"), undefined);
      assert.equal(settingFor(serviceJson, "CLUSTER_IPFSHTTP_POOLSIZE"), undefined);
    });
  });
});

/** Values that fit a knob; `other` may stand at any place instead. */
function shaped(known: Knob, other?: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const fitting = typeof known === "string" ? plain(known) : composed(known, (below) => shaped(below, other));
  return other ? fc.oneof({ weight: 4, arbitrary: fitting }, { weight: 1, arbitrary: other }) : fitting;
}

function composed(known: Exclude<Knob, string>, inner: (known: Knob) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if ("*" in known) return fc.dictionary(fc.string(), inner(known["*"]), { maxKeys: 3 });
  if (0 in known) return fc.array(inner(known[0]), { maxLength: 3 });
  const members = Object.entries(known).map(([name, below]: [string, Knob]) => [name, inner(below)]);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

function plain(kind: string): fc.Arbitrary<unknown> {
  const text = fc.string();
  const kinds: Record<string, fc.Arbitrary<unknown>> = {
    string: text,
    strings: fc.oneof(text, fc.array(text)),
    boolean: fc.boolean(),
    integer: fc.integer(),
    unsigned: fc.nat(),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
    priority: fc.oneof(fc.constant(false), fc.integer({ min: 1 })),
    duration: fc.nat().map((seconds) => `${seconds}s`),
    size: fc.nat().map((count) => `${count} MiB`),
    bytes: fc.nat(),
    any: fc.jsonValue(),
  };
  return kinds[kind] ?? fc.constant({}); // what is left of a removed setting
}
