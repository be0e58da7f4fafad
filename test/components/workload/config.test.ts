import assert from "node:assert/strict";
import fc from "fast-check";
import type { Settings } from "../../../components/settings";
import { resolveSettings } from "../../../components/settings";
import { kuboConfig as kuboKnobs, serviceJson as serviceKnobs, unknownKnobs } from "../../../components/upstream";
import { kuboConfig, serviceJson } from "../../../components/workload";
import { anySettings, anyStack } from "../settings/anySettings";
import { peerIdsOf, peersOf, samples, settingsOf } from "./samples";

/** What is read of a config: enough of its form to look things up. */
type Tree = { readonly [key: string]: Tree };

const kubo = (settings: Settings, ordinal = 0) => kuboConfig(settings, peersOf(settings), ordinal) as unknown as Tree;
const service = (settings: Settings) => serviceJson(settings, peerIdsOf(settings)) as unknown as Tree;
/** As the pod completes it. */
const completed = (settings: Settings) =>
  JSON.parse(JSON.stringify(service(settings)).replaceAll('"@rest-credentials@"', '{"admin":"password"}'));
const announced = (raw: Record<string, unknown>, outside: readonly string[]) => {
  const settings = settingsOf(raw);
  return kuboConfig(settings, peersOf(settings), 0, outside) as unknown as Tree;
};
const of = (raw: Record<string, unknown>) => kubo(settingsOf(raw));

describe("rendered configuration", () => {
  for (const { about, settings } of samples) {
    it(`has no name or type that the daemons don't know (${about})`, () => {
      assert.deepEqual(unknownKnobs(kuboKnobs, kubo(settings), "config"), []);
      assert.deepEqual(unknownKnobs(serviceKnobs, completed(settings), "service.json"), []);
    });
  }

  it("has none whatever the settings, and survives JSON", () => {
    fc.assert(
      fc.property(anySettings, anyStack, (raw, stack) => {
        const settings = resolveSettings(raw, { stack });
        for (const [known, config] of [
          [kuboKnobs, kubo(settings)],
          [serviceKnobs, completed(settings)],
        ] as const) {
          assert.deepEqual(unknownKnobs(known, config, ""), []);
          assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
        }
      }),
      { numRuns: 50 },
    );
  });

  describe("of kubo", () => {
    it("is a closed network by default", () => {
      const config = of({});
      assert.deepEqual(config.Addresses.Swarm, ["/ip4/0.0.0.0/tcp/4001", "/ip6/::/tcp/4001"]);
      assert.deepEqual(config.Bootstrap, []);
      assert.deepEqual(config.AutoConf, { Enabled: false });
      assert.deepEqual(config.AutoTLS, { Enabled: false });
      assert.deepEqual(config.Routing, { Type: "dhtserver", DelegatedRouters: [] });
      assert.deepEqual(config.Ipns, { DelegatedPublishers: [] });
      assert.deepEqual(config.DNS, { Resolvers: {} });
      assert.deepEqual(config.HTTPRetrieval, { Enabled: false });
      assert.deepEqual(Object.values(config.Swarm.Transports.Network), [false, false, false, false, false]);
      assert.doesNotMatch(JSON.stringify(config), /auto"|udp|quic|https:/);
    });

    it("is a node like any other on the public network", () => {
      const config = of({ network: "public" });
      assert.deepEqual(config.Bootstrap, ["auto"]);
      assert.deepEqual(config.AutoConf, { Enabled: true });
      assert.equal(config.Swarm.Transports, undefined);
      for (const part of [
        "/tcp/4001",
        "/udp/4001/quic-v1",
        "/udp/4001/quic-v1/webtransport",
        "/udp/4001/webrtc-direct",
      ]) {
        for (const ip of ["/ip4/0.0.0.0", "/ip6/::"]) {
          assert.ok((config.Addresses.Swarm as unknown as string[]).includes(ip + part), ip + part);
        }
      }
    });

    it("announces in a closed network where it is outside, beside where it is inside", () => {
      const outside = ["/ip4/192.0.2.1/tcp/30400"];
      const { Addresses } = announced({}, outside);
      assert.deepEqual([Addresses.Announce, Addresses.AppendAnnounce], [[], outside]);
    });

    it("announces to the public network nothing but where it is outside, if it is", () => {
      const outside = ["/dns/one.example.org/tcp/4001", "/ip4/192.0.2.1/udp/4001/quic-v1"];
      const { Addresses } = announced({ network: "public" }, outside);
      assert.deepEqual([Addresses.Announce, Addresses.AppendAnnounce], [outside, []]);
      const hidden = announced({ network: "public" }, []).Addresses;
      assert.deepEqual([hidden.Announce, hidden.AppendAnnounce], [[], []]);
    });

    it("dials its peers inside and listens as ever, whatever it announces", () => {
      for (const network of ["private", "public"]) {
        const { Peering, Addresses } = announced({ network }, ["/ip4/192.0.2.1/tcp/30400"]);
        assert.deepEqual(Peering, of({ network }).Peering);
        assert.deepEqual(Addresses.Swarm, of({ network }).Addresses.Swarm);
      }
    });

    it("listens for WebSocket on a port of its own where it has hosts for it, and only there", () => {
      const websocket = { way: "ingress", host: "ws.example.org" };
      const settings = settingsOf({ network: "public", exposure: { swarm: { way: "clusterIP", websocket } } });
      const config = kubo(settings);
      const without = of({ network: "public" }).Addresses.Swarm as unknown as string[];
      const added = ["/ip4/0.0.0.0/tcp/8081/ws", "/ip6/::/tcp/8081/ws"];
      assert.deepEqual(config.Addresses.Swarm, [...without, ...added]);
      assert.deepEqual(config.Swarm.Transports, { Network: { Websocket: true } });
      assert.deepEqual(unknownKnobs(kuboKnobs, config, "config"), []);
    });

    it("says nothing to third parties and opens nothing but its own ports on either", () => {
      for (const network of ["private", "public"]) {
        const config = of({ network });
        assert.equal(config.Gateway.DiagnosticServiceURL, "");
        assert.deepEqual(config.Discovery, { MDNS: { Enabled: false } });
        assert.deepEqual(config.Version, { SwarmCheckEnabled: false });
        assert.equal(config.Swarm.DisableNatPortMap, true);
        assert.equal(config.Addresses.API, "/ip4/0.0.0.0/tcp/5001");
        assert.equal(config.Addresses.Gateway, "/ip4/0.0.0.0/tcp/8080");
      }
    });

    it("names its own identity, and all other peers of the stack by the address they keep", () => {
      const settings = settingsOf({ identities: 4, namespace: { name: "data" }, clusterDomain: "k8s.example" });
      const peers = peersOf(settings);
      for (const ordinal of [0, 3]) {
        const config = kubo(settings, ordinal);
        assert.deepEqual(config.Identity, { PeerID: peers[ordinal].id, PrivKey: "@private-key@" });
        const others = [0, 1, 2, 3].filter((other) => other !== ordinal);
        assert.deepEqual(
          config.Peering.Peers,
          others.map((other) => ({ ID: peers[other].id, Addrs: [`/dns/ipfs-${other}.data.svc.k8s.example/tcp/4001`] })),
        );
      }
    });

    it("lets blocks fill what the volume leaves them", () => {
      assert.equal(of({ kubo: { volume: { size: "10G" } } }).Datastore.StorageMax, "8000000000B");
      assert.equal(of({ kubo: { volume: { size: "20G" } } }).Datastore.StorageMax, "16000000000B");
      assert.equal(of({ kubo: { volume: { size: "20G" }, storageMax: "5G" } }).Datastore.StorageMax, "5000000000B");
    });

    it("never changes the layout of a repository", () => {
      const layouts = new Set(samples.map(({ settings }) => JSON.stringify(kubo(settings).Datastore.Spec)));
      assert.equal(layouts.size, 1);
    });

    it("takes further keys beside its own, objects by key and lists whole", () => {
      const { Gateway, Swarm, Addresses } = of({
        kubo: {
          config: {
            Gateway: { DisableHTMLErrors: true, HTTPHeaders: { "X-One": ["a"] } },
            Swarm: { ConnMgr: { GracePeriod: "1m" } },
            Addresses: { NoAnnounce: ["/ip4/10.0.0.0/ipcidr/8"] },
          },
        },
      });
      assert.deepEqual(Gateway, {
        ...of({}).Gateway,
        DisableHTMLErrors: true,
        HTTPHeaders: { "X-One": ["a"] },
      });
      assert.equal(Gateway.ExposeRoutingAPI, false);
      assert.deepEqual(Swarm.ConnMgr, { Type: "basic", LowWater: 32, HighWater: 96, GracePeriod: "1m" });
      assert.deepEqual(Addresses.NoAnnounce, ["/ip4/10.0.0.0/ipcidr/8"]);
    });
  });

  describe("of ipfs-cluster", () => {
    it("never leaves, trusts exactly the stack's peers and knows all their addresses", () => {
      for (const { settings } of samples) {
        const { cluster, consensus } = service(settings);
        const peerIds = peerIdsOf(settings);
        assert.equal(cluster.leave_on_shutdown, false);
        assert.deepEqual(consensus.crdt.trusted_peers, peerIds);
        assert.equal(consensus.raft, undefined);
        assert.deepEqual(
          cluster.peer_addresses,
          peerIds.map(
            (id, ordinal) => `/dns/cluster-${ordinal}.ipfs-prod-eu.svc.${settings.clusterDomain}/tcp/9096/p2p/${id}`,
          ),
        );
        assert.equal(cluster.secret, "@cluster-secret@");
      }
    });

    it("keeps pins on as many peers as the settings say", () => {
      const factors = (replication: unknown) => {
        const { cluster } = service(settingsOf({ replication }));
        return [cluster.replication_factor_min, cluster.replication_factor_max];
      };
      assert.deepEqual(factors({ min: 2, max: 3 }), [2, 3]);
      assert.deepEqual(factors("everywhere"), [-1, -1]);
    });

    it("repins only when asked to", () => {
      assert.equal(service(settingsOf({})).cluster.disable_repinning, true);
      assert.equal(service(settingsOf({ repinning: true })).cluster.disable_repinning, false);
    });

    it("serves every API that is on with credentials, and no section of one that is off", () => {
      const apis = (cluster: object) => service(settingsOf({ cluster })).api;
      assert.deepEqual(Object.keys(apis({})), ["restapi", "pinsvcapi"]);
      assert.deepEqual(Object.keys(apis({ pinningService: false })), ["restapi"]);
      assert.deepEqual(Object.keys(apis({ proxy: true })), ["restapi", "pinsvcapi", "ipfsproxy"]);
      for (const api of ["restapi", "pinsvcapi"]) {
        const { basic_auth_credentials, cors_allowed_origins } = apis({})[api] as Record<string, unknown>;
        assert.equal(basic_auth_credentials, "@rest-credentials@");
        assert.deepEqual(cors_allowed_origins, ["https://nobody.invalid"]);
      }
    });

    it("measures what allocation goes by", () => {
      const { allocator, informer } = service(
        settingsOf({ allocateBy: ["tag:rack", "reposize"], tags: { rack: "a" }, cluster: { metricTtl: "1m" } }),
      );
      assert.deepEqual(allocator.balanced, { allocate_by: ["tag:rack", "reposize"] });
      assert.deepEqual(informer.disk, { metric_ttl: "1m", metric_type: "reposize" });
      assert.deepEqual(informer.tags, { metric_ttl: "1m", tags: { rack: "a" } });
      assert.equal(service(settingsOf({})).informer.disk.metric_type, "freespace");
    });

    it("is the same for every peer, so that a peer more changes nothing", () => {
      const three = service(settingsOf({ replicas: 3 }));
      assert.deepEqual(service(settingsOf({ replicas: 5 })), three);
    });

    it("keeps its one datastore", () => {
      for (const { settings } of samples) assert.deepEqual(Object.keys(service(settings).datastore), ["pebble"]);
    });
  });
});
