import assert from "node:assert/strict";
import type { CustomObject } from "../../../components/exposure/customObject";
import { gatewayRoutes, ownGateway } from "../../../components/exposure/gatewayApi";
import { backendConfigs } from "../../../components/exposure/gce";
import { type IngressObject, ingresses } from "../../../components/exposure/ingress";
import { istioObjects } from "../../../components/exposure/istio";
import { meshObjects } from "../../../components/exposure/mesh";
import { apiHosts, type HttpApi, type Settings } from "../../../components/settings";
import { assertCrds } from "../../support/crds";
import { hosts, proxied, settingsWith } from "./exposed";
import { destinationOf } from "./requests";

const cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

const served: Readonly<Record<HttpApi, { port: number; paths: readonly string[] }>> = {
  gateway: { port: 8080, paths: ["/ipfs", `/ipfs/${cid}`, `/ipfs/${cid}/a/b`, "/ipns/docs.ipfs.tech/x"] },
  rest: {
    port: 9094,
    paths: [
      ..."/id /version /peers /peers/x /add /allocations /allocations/x /pins /pins/x/recover /pins/ipfs/x/y".split(
        " ",
      ),
      ..."/ipfs/gc /health /health/graph /health/alerts /monitor/metrics /monitor/metrics/ping /token".split(" "),
    ],
  },
  pinning: { port: 9097, paths: ["/pins", "/pins/x", "/token", "/health"] },
};

/** Of programs behind the same ports, of kubo's RPC, and near misses. */
const unserved: Readonly<Record<HttpApi, readonly string[]>> = {
  gateway: ["/version", "/routing/v1/providers/x", "/ipfsx", "/IPFS/x", "/add", "/pins"],
  rest: ["/identity", "/pinsx", `/ipfs/${cid}`, "/ipfs", "/ipfs/gcx", "/monitor", "/Pins"],
  pinning: ["/add", "/peers", "/id", "/ipfs/gc", "/version", "/monitor/metrics"],
};
const nowhere = [
  "/",
  "/api/v0/id",
  "/api/v0/add",
  "/api",
  "/debug/pprof",
  "/debug/metrics/prometheus",
  "/webui",
  "/metrics",
];

const objectsOf = (settings: Settings): (CustomObject | IngressObject)[] => [
  ...ingresses(settings),
  ...gatewayRoutes(settings),
  ...istioObjects(settings),
];

for (const [about, raw] of Object.entries(proxied)) {
  describe(`ways in through ${about}`, () => {
    const settings = settingsWith(raw);
    const objects = objectsOf(settings);
    const owned = apiHosts(settings).every(({ certificate }) => certificate !== undefined);

    for (const api of ["gateway", "rest", "pinning"] as const) {
      const ask = (path: string, host = hosts[api], plain = false) => destinationOf(objects, { host, path, plain });

      it(`lead to the ${api} API by its own paths`, () => {
        for (const path of served[api].paths) assert.equal(ask(path), `${api}:${served[api].port}`, path);
      });

      it(`lead nowhere by others at the host of the ${api} API`, () => {
        for (const path of [...nowhere, ...unserved[api]]) assert.equal(ask(path), undefined, path);
      });

      it(`take nothing for the ${api} API without TLS, but redirect`, () => {
        // At somebody else's gateway, the listener without TLS is theirs.
        if (!owned) return;
        for (const path of served[api].paths) assert.equal(ask(path, hosts[api], true), "redirect", path);
      });
    }

    it("lead to all of a CID at its subdomain, and to nothing at other hosts", () => {
      const ask = (host: string, path: string) => destinationOf(objects, { host, path });
      for (const host of [`${cid}.ipfs.${hosts.gateway}`, `docs-example-org.ipns.${hosts.gateway}`]) {
        for (const path of ["/", "/index.html"]) assert.equal(ask(host, path), "gateway:8080", `${host}${path}`);
      }
      for (const host of ["example.org", `x.${hosts.gateway}`, `x.${hosts.rest}`, `${cid}.ipfs.${hosts.rest}`]) {
        for (const path of ["/", "/ipfs/x", "/pins"]) assert.equal(ask(host, path), undefined, `${host}${path}`);
      }
    });

    it("are objects as their definitions have them", () => {
      const gateway = ownGateway(settings, []);
      const custom = [...objects, ...meshObjects(settings), ...(gateway ? [gateway] : [])];
      assertCrds(...custom.filter((object) => "kind" in object));
    });

    it("name every object once, and label all as the stack's", () => {
      const names = [...objects, ...meshObjects(settings), ...backendConfigs(settings)].map((object) =>
        "kind" in object ? `${object.apiVersion} ${object.kind} ${object.metadata.name}` : object.metadata.name,
      );
      assert.equal(new Set(names).size, names.length);
      for (const { metadata } of objects) assert.equal(metadata.labels["app.kubernetes.io/instance"], "test");
    });
  });
}
