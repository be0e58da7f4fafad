import assert from "node:assert/strict";
import { ownGateway } from "../../../components/exposure/gatewayApi";
import { swarmListeners, swarmRoutes } from "../../../components/exposure/swarmRoutes";
import { resolveSettings, type Settings } from "../../../components/settings";
import { assertCrds } from "../../support/crds";

type Raw = Record<string, unknown>;

interface Route {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly parentRefs: readonly object[];
    readonly rules: readonly { readonly backendRefs: readonly object[] }[];
  };
}

function settingsOf(gatewayApi: Raw, raw: Raw = {}): Settings {
  const swarm = { way: "gatewayApi", basePort: 4100, addresses: ["192.0.2.1"] };
  return resolveSettings({ environment: "dev", gatewayApi, exposure: { swarm }, ...raw }, { stack: "test" });
}

const routes = (settings: Settings) => swarmRoutes(settings) as unknown as Route[];
const own = { class: "any" };
const existing = { existing: { name: "shared", namespace: "edge", listener: "https" } };

describe("a Gateway's listeners for peers", () => {
  it("are one for each, and as many again for UDP on the public network", () => {
    const listeners = (network: string) =>
      swarmListeners(settingsOf(own, { network })).map(({ name, port, protocol }) => `${name} ${port}/${protocol}`);
    assert.deepEqual(
      listeners("private"),
      [0, 1, 2].map((ordinal) => `ipfs-${ordinal}-swarm 410${ordinal}/TCP`),
    );
    assert.deepEqual(
      listeners("public"),
      [0, 1, 2].flatMap((n) => [`ipfs-${n}-swarm 410${n}/TCP`, `ipfs-${n}-swarm-udp 410${n}/UDP`]),
    );
  });

  it("are none where peers are reached in another way", () => {
    const settings = resolveSettings({ environment: "dev" }, { stack: "test" });
    assert.deepEqual([swarmListeners(settings), swarmRoutes(settings)], [[], []]);
  });

  it("are what its resource definition takes", () => {
    const settings = settingsOf(own, { network: "public" });
    const gateway = ownGateway(settings, swarmListeners(settings));
    assert.ok(gateway);
    assert.equal((gateway.spec.listeners as object[]).length, 6);
    assertCrds(gateway);
  });
});

describe("routes to peers", () => {
  it("attach each to its own listener, and lead to its own peer on the same protocol", () => {
    const settings = settingsOf(own, { network: "public" });
    const listeners = swarmListeners(settings);
    for (const { kind, metadata, spec } of routes(settings)) {
      const [, ordinal] = /^ipfs-(\d)-/.exec(metadata.name) ?? [];
      const listener = listeners.find(({ name }) => name === metadata.name);
      assert.equal(listener?.port, 4100 + Number(ordinal));
      assert.equal(`${listener?.protocol}Route`, kind);
      assert.deepEqual(spec.parentRefs, [{ name: "gateway", sectionName: metadata.name }]);
      assert.deepEqual(spec.rules, [{ backendRefs: [{ name: `ipfs-${ordinal}`, port: 4001 }] }]);
    }
    assert.equal(routes(settings).length, 6);
  });

  it("attach to somebody else's Gateway by port", () => {
    assert.deepEqual(routes(settingsOf(existing))[1].spec.parentRefs, [
      { name: "shared", namespace: "edge", port: 4101 },
    ]);
  });

  it("are of the version that the controller watches, and what its resource definition takes", () => {
    for (const routeVersion of ["v1", "v1alpha2"]) {
      for (const gateway of [own, existing]) {
        const settings = settingsOf({ ...gateway, routeVersion }, { network: "public" });
        assertCrds(...swarmRoutes(settings));
        assert.ok(routes(settings).every(({ apiVersion }) => apiVersion.endsWith(`/${routeVersion}`)));
      }
    }
  });
});
