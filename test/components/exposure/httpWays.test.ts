import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ComponentResource, CustomResource, output } from "@pulumi/pulumi";
import { httpWaysIn } from "../../../components/exposure";
import { assertCrds, hasCrd } from "../../support/crds";
import { type Graph, type Registered, runProgram } from "../../support/graph";
import { hosts, proxied, settingsWith } from "./exposed";

class Controller extends CustomResource {}

/** Registers what leads in, beside a resource that all of it may have to wait for. */
async function run(raw: object): Promise<Graph> {
  return runProgram({
    settings: {},
    program: async () => {
      const parent = new ComponentResource("test:index:Parent", "parent");
      const controller = new Controller("test:index:Controller", "controller", {}, { parent });
      const settings = settingsWith({ ...raw });
      const args = { namespace: output(settings.namespace.name), settings, after: [controller] };
      const { urls, dnsRecords } = httpWaysIn("x", args, parent);
      return { ...urls, dnsRecords };
    },
  });
}

const made = ({ resources }: Graph) => resources.filter(({ type }) => type.startsWith("kubernetes:"));
const kindOf = ({ type }: Registered) => type.split(":").at(-1) ?? "";
const nameOf = ({ inputs }: Registered) => (inputs.metadata as { name: string }).name;
const named = (graph: Graph) => made(graph).map((resource) => `${kindOf(resource)} ${nameOf(resource)}`);

function the(graph: Graph, wanted: string): Registered {
  const [found, ...others] = made(graph).filter((resource) => `${kindOf(resource)} ${nameOf(resource)}` === wanted);
  assert.ok(found && others.length === 0, wanted);
  return found;
}

const waits = ({ dependencies }: Registered, name: string) => dependencies.some((urn) => urn.endsWith(`::${name}`));

for (const [about, raw] of Object.entries(proxied)) {
  describe(`a program with ${about}`, () => {
    let graph: Graph;
    before(async () => {
      graph = await run(raw);
    });

    it("registers each object once, below its parent, and in the stack's namespace or its gateway's", () => {
      const urns = graph.resources.map(({ urn }) => urn);
      assert.equal(new Set(urns).size, urns.length);
      for (const { name, parent, inputs } of made(graph)) {
        assert.ok(name.startsWith("x-") && parent.endsWith("::parent"), name);
        const { namespace } = inputs.metadata as { namespace: string };
        const atGateway = /^x-ipfs-test-.*-allow-from$/.test(name);
        const wanted = atGateway ? ["istio-ingress", "edge"] : ["ipfs-test"];
        assert.ok(wanted.includes(namespace), `${name} in ${namespace}`);
      }
    });

    it("sends objects as their definitions have them", () => {
      const objects = made(graph).map(({ inputs }) => inputs as { apiVersion: string; kind: string });
      const custom = objects.filter(({ apiVersion, kind }) => hasCrd(apiVersion, kind));
      assertCrds(...custom);
      const others = objects.filter((object) => !custom.includes(object)).map(({ kind }) => kind);
      for (const kind of others) assert.match(kind, /^(Service|Secret|Ingress|BackendConfig)$/);
    });

    it("leads nothing in but the three APIs' ports, each to its own Service", () => {
      const services = made(graph).filter((resource) => kindOf(resource) === "Service");
      const led = services.map((service) => {
        const { type, ports } = service.inputs.spec as { type: string; ports: { targetPort: string }[] };
        return [nameOf(service), type, ...ports.map(({ targetPort }) => targetPort)].join(" ");
      });
      const apis = ["gateway", "rest", "pinning"].map((api) => `${api} ClusterIP ${api}`);
      const proxy = about.includes("mesh") ? ["proxy ClusterIP proxy"] : [];
      assert.deepEqual(led.sort(), [...apis, ...proxy].sort());
    });

    it("makes what a controller reads wait for it, and for the Services behind", () => {
      for (const resource of made(graph)) {
        const kind = kindOf(resource);
        const alone = ["Service", "BackendConfig", "PeerAuthentication"].includes(kind);
        const ofPods = kind === "AuthorizationPolicy" && !nameOf(resource).endsWith("-allow-from");
        const [expected, wanted] = [!alone && !ofPods, `${kind} ${nameOf(resource)}`];
        assert.equal(waits(resource, "controller"), expected, wanted);
        assert.equal(waits(resource, "x-rest"), expected, wanted);
      }
    });

    it("says where the APIs are", () => {
      const { gateway, rest, pinning } = graph.outputs;
      assert.deepEqual(
        { gateway, rest, pinning },
        {
          gateway: `https://${hosts.gateway}`,
          rest: `https://${hosts.rest}`,
          pinning: `https://${hosts.pinning}`,
        },
      );
      const records = graph.outputs.dnsRecords as { name: string }[];
      assert.deepEqual(
        records.map(({ name }) => name),
        [hosts.gateway, `*.ipfs.${hosts.gateway}`, `*.ipns.${hosts.gateway}`, hosts.rest, hosts.pinning],
      );
    });
  });
}

describe("a program with nothing exposed", () => {
  it("has the Services, for those inside, and nothing else", async () => {
    const graph = await run({});
    assert.deepEqual(named(graph), ["Service gateway", "Service rest", "Service pinning"]);
    const { dnsRecords, ...urls } = graph.outputs;
    assert.deepEqual([dnsRecords, urls], [[], { gateway: undefined, rest: undefined, pinning: undefined }]);
  });

  it("has none for an API that is off", async () => {
    const graph = await run({ cluster: { pinningService: false } });
    assert.deepEqual(named(graph), ["Service gateway", "Service rest"]);
    assert.equal(graph.outputs.pinning, undefined);
  });
});

describe("a program with a load balancer", () => {
  it("gives it its five minutes when pods run, which are part of what it is waited for", async () => {
    const graph = await run({ exposure: { gateway: { way: "loadBalancer" } } });
    assert.ok(waits(the(graph, "Service gateway"), "controller"));
    assert.ok(!waits(the(graph, "Service rest"), "controller"));
  });
});

describe("a program with swarm listeners", () => {
  it("has a Gateway for them, be there HTTP or not", async () => {
    const swarm = { way: "gatewayApi", basePort: 4001, addresses: ["192.0.2.1"] };
    const graph = await run({ gatewayApi: { class: "envoy" }, exposure: { swarm } });
    const { listeners } = the(graph, "Gateway gateway").inputs.spec as { listeners: { port: number }[] };
    assert.deepEqual(
      listeners.map(({ port }) => port),
      [4001, 4002, 4003],
    );
    assertCrds(the(graph, "Gateway gateway").inputs);
  });
});

describe("credentials for the gateway", () => {
  const raw = { ...proxied["an ingress"], gateway: { credentials: true } };

  it("are a user and a password for people, and its hash for every controller", async () => {
    const graph = await run(raw);
    const stringData = (name: string) => the(graph, `Secret ${name}`).inputs.stringData as Record<string, string>;
    const { username, password } = stringData("gateway-credentials");
    assert.equal(username, "gateway");
    assert.match(password, /^[A-Z]{32}$/);
    const line = `gateway:{SHA}${createHash("sha1").update(password).digest("base64")}`;
    assert.deepEqual(stringData("gateway-users"), { auth: line, ".htpasswd": line });
    assert.equal(the(graph, "Secret gateway-credentials").inputs.type, "kubernetes.io/basic-auth");
  });

  it("are in those two Secrets and nowhere else in clear", async () => {
    const graph = await run(raw);
    const { password } = the(graph, "Secret gateway-credentials").inputs.stringData as Record<string, string>;
    const hash = createHash("sha1").update(password).digest("base64");
    for (const { inputs, secretPaths, name } of graph.resources) {
      const told = [password, hash].some((text) => JSON.stringify(inputs).includes(text));
      assert.equal(told, /^x-gateway-(users|credentials)$/.test(name), name);
      if (told)
        assert.ok(
          secretPaths.some((path) => path.startsWith("stringData")),
          name,
        );
    }
  });

  it("are there before anything asks for them", async () => {
    assert.ok(waits(the(await run(raw), "Ingress gateway"), "x-gateway-users"));
  });

  it("are not made while nobody asks for them", async () => {
    const { resources } = await run(proxied["an ingress"]);
    assert.ok(resources.every(({ type }) => !/RandomPassword|Secret/.test(type)));
  });
});
