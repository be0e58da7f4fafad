import assert from "node:assert/strict";
import { resolveSettings } from "../../../components/settings";
import { gatewayPodConfig, gatewaySection } from "../../../components/workload";

const settingsOf = (raw: Record<string, unknown>) => resolveSettings({ environment: "dev", ...raw }, { stack: "test" });
const open = settingsOf({ network: "public", gateway: { content: "open" } });
const restricted = settingsOf({ network: "public" });
const trustless = settingsOf({ network: "public", gateway: { content: "trustless" } });
const enclosed = settingsOf({});

describe("kubo's gateway", () => {
  it("fetches from others only where it may: on a private network, or when it is open", () => {
    assert.equal(gatewaySection(enclosed, "peers").NoFetch, false);
    assert.equal(gatewaySection(open, "peers").NoFetch, false);
    assert.equal(gatewaySection(restricted, "peers").NoFetch, true);
    assert.equal(gatewaySection(restricted, "gateway").NoFetch, false, "these pods know the stack's peers only");
  });

  it("gives out whole files, or what can be verified only", () => {
    assert.equal(gatewaySection(restricted, "gateway").DeserializedResponses, true);
    assert.equal(gatewaySection(trustless, "gateway").DeserializedResponses, false);
    assert.equal(gatewaySection(trustless, "peers").DeserializedResponses, false);
  });

  it("knows the host it is reached at, and makes origins of CIDs there when asked to", () => {
    const host = "gw.example.org";
    const exposed = (subdomains: boolean) =>
      settingsOf({ exposure: { gateway: { way: "ingress", host, subdomains } } });
    const gateways = (subdomains: boolean) =>
      gatewaySection(exposed(subdomains), "peers").PublicGateways as Record<string, Record<string, unknown>>;
    assert.deepEqual(gatewaySection(enclosed, "peers").PublicGateways, {});
    assert.equal(gateways(false)[host].UseSubdomains, false);
    assert.deepEqual(gateways(true)[host].Paths, ["/ipfs", "/ipns"]);
    assert.equal(gateways(true)[host].UseSubdomains, true);
    assert.equal(gateways(true)[host].InlineDNSLink, true);
  });

  it("takes its limits from the settings, and further keys from kubo's", () => {
    const settings = settingsOf({
      gateway: { concurrentRequests: 7, retrievalTimeout: "2s", requestTimeout: "3m" },
      kubo: { config: { Gateway: { RootRedirect: "/ipfs/bafkqaaa" } } },
    });
    const { MaxConcurrentRequests, RetrievalTimeout, MaxRequestDuration, RootRedirect } = gatewaySection(
      settings,
      "peers",
    );
    assert.deepEqual(
      [MaxConcurrentRequests, RetrievalTimeout, MaxRequestDuration, RootRedirect],
      [7, "2s", "3m", "/ipfs/bafkqaaa"],
    );
  });

  it("in pods of its own dials the stack's peers and nobody else, listens to nobody, and has no RPC", () => {
    const config = gatewayPodConfig(restricted, [{ id: "a" }, { id: "b" }]) as Record<string, Record<string, unknown>>;
    assert.ok(!("Datastore" in config) && !("Identity" in config), "kubo needs all of these, as it made them itself");
    assert.deepEqual(config.Peering.Peers, [
      { ID: "a", Addrs: ["/dns/ipfs-0.ipfs-test.svc.cluster.local/tcp/4001"] },
      { ID: "b", Addrs: ["/dns/ipfs-1.ipfs-test.svc.cluster.local/tcp/4001"] },
    ]);
    assert.deepEqual(config.Addresses.Swarm, []);
    assert.deepEqual(config.Addresses.API, []);
    assert.deepEqual(config.Bootstrap, []);
    assert.equal(config.Routing.Type, "none");
    for (const section of ["AutoConf", "AutoTLS", "HTTPRetrieval", "Provide"])
      assert.equal(config[section].Enabled, false);
  });
});
