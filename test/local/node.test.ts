import assert from "node:assert/strict";
import { type Command, parseCommand } from "../../local/commandLine";
import { nodeLayout, nodesPerSlot, slots } from "../../local/node/layout";
import { assignPlace, findPlace, freePlace, type Places } from "../../local/node/places";

const nobody = new Set<number>();

describe("places of nodes", () => {
  it("give every node of every checkout addresses and names of its own", () => {
    const layouts = [...Array(slots).keys()].flatMap((slot) =>
      [...Array(nodesPerSlot).keys()].map((index) => nodeLayout("dev", { slot, index })),
    );
    for (const { podRange, allPodsRange } of layouts) {
      const [third, within] = [podRange, allPodsRange].map((range) => Number(range.split(".")[2]));
      assert.equal(allPodsRange, `10.200.${within}.0/21`);
      assert.ok(third >= within && third < within + nodesPerSlot);
    }
    for (const key of ["id", "address", "podRange", "loadBalancerRange"] as const) {
      assert.equal(new Set(layouts.map((layout) => layout[key])).size, slots * nodesPerSlot, key);
    }
    assert.equal(new Set(layouts.map(({ bridge }) => bridge)).size, slots);
    for (const { id, podRange, loadBalancerRange, address } of layouts) {
      assert.ok(id.length <= 15, `${id} is too long for an interface`);
      const bytes = [podRange, loadBalancerRange, address].flatMap((range) => range.split(/[./]/));
      for (const byte of bytes) assert.ok(Number(byte) <= 255);
    }
  });

  it("tell every node where the load balancers of its siblings are, and of nobody else", () => {
    const layouts = [...Array(nodesPerSlot).keys()].map((index) => nodeLayout("dev", { slot: 3, index }));
    for (const layout of layouts) {
      const others = layouts.filter((other) => other !== layout);
      const expected = others.map(({ address, loadBalancerRange }) => ({ address, loadBalancerRange }));
      assert.deepEqual(layout.siblings, expected);
    }
  });

  it("stay the same", () => {
    const first = assignPlace({}, "/a", "dev", nobody);
    assert.deepEqual(first.place, { slot: 0, index: 0 });
    assert.deepEqual(assignPlace(first.places, "/a", "dev", new Set([0])), first);
  });

  it("keep the nodes of a checkout together and checkouts apart", () => {
    const { places } = assignPlace({}, "/a", "dev", nobody);
    const second = assignPlace(places, "/a", "eu", nobody);
    assert.deepEqual(second.place, { slot: 0, index: 1 });
    assert.deepEqual(assignPlace(second.places, "/b", "dev", nobody).place, { slot: 1, index: 0 });
  });

  it("are not taken where an unknown node is up", () => {
    assert.deepEqual(assignPlace({}, "/a", "dev", new Set([0, 1])).place, { slot: 2, index: 0 });
  });

  it("are free again when a node has left", () => {
    let { places } = assignPlace({}, "/a", "dev", nobody);
    ({ places } = assignPlace(places, "/a", "eu", nobody));
    places = freePlace(places, "/a", "dev");
    assert.equal(findPlace(places, "/a", "dev"), undefined);
    assert.deepEqual(findPlace(places, "/a", "eu"), { slot: 0, index: 1 });
    assert.deepEqual(assignPlace(places, "/a", "us", nobody).place, { slot: 0, index: 0 });
    assert.deepEqual(freePlace(places, "/a", "eu"), {});
  });

  it("of checkouts that are down go to others only when there is no other left", () => {
    let places: Places = {};
    for (let i = 0; i < slots; i++) ({ places } = assignPlace(places, `/${i}`, "dev", nobody));
    const all = new Set(Array(slots).keys());
    assert.throws(
      () => assignPlace(places, "/new", "dev", all),
      /All 32 places .*npm run local -- down in one of: \/0,/,
    );
    all.delete(7);
    assert.deepEqual(assignPlace(places, "/new", "dev", all).place, { slot: 7, index: 0 });
    assert.equal(findPlace(assignPlace(places, "/new", "dev", all).places, "/7", "dev"), undefined);
  });

  it("are limited in a checkout, and the fault says how to make room", () => {
    let places: Places = {};
    for (let i = 0; i < nodesPerSlot; i++) ({ places } = assignPlace(places, "/a", `n${i}`, nobody));
    assert.throws(() => assignPlace(places, "/a", "more", nobody), /down --delete-data --node n0/);
  });
});

describe("npm run local", () => {
  const cases: [string, Command][] = [
    ["up", { name: "up", node: undefined, ingress: false, workers: undefined }],
    ["up --node eu", { name: "up", node: "eu", ingress: false, workers: undefined }],
    ["--node eu up", { name: "up", node: "eu", ingress: false, workers: undefined }],
    ["up --with ingress --node eu", { name: "up", node: "eu", ingress: true, workers: undefined }],
    ["up --workers 2 --with ingress", { name: "up", node: undefined, ingress: true, workers: 2 }],
    ["down", { name: "down", node: undefined, deleteData: false, worker: undefined }],
    ["down --delete-data --node eu", { name: "down", node: "eu", deleteData: true, worker: undefined }],
    ["down --worker 2", { name: "down", node: undefined, deleteData: false, worker: 2 }],
    ["kubectl get pods -A", { name: "kubectl", node: undefined, args: ["get", "pods", "-A"] }],
    ["--node eu kubectl get pods", { name: "kubectl", node: "eu", args: ["get", "pods"] }],
    ["kubectl drain --node x", { name: "kubectl", node: undefined, args: ["drain", "--node", "x"] }],
    ["pulumi up -s dev --yes", { name: "pulumi", node: undefined, args: ["up", "-s", "dev", "--yes"] }],
    ["pulumi", { name: "pulumi", node: undefined, args: [] }],
  ];
  for (const [line, command] of cases) {
    it(`understands ${line}`, () => assert.deepEqual(parseCommand(line.split(" ")), command));
  }

  const mistakes: [string, RegExp][] = [
    ["", /^npm run local/],
    ["upp", /There is no command "upp"/],
    ["up --delete-data", /up has no option "--delete-data"/],
    ["up --with", /--with is followed by what there is: ingress/],
    ["up ingress", /--with is followed by what there is: ingress/],
    ["up --with traefik", /up has no option "traefik"/],
    ["down --force", /down has no option "--force"/],
    ["up --workers", /--workers needs a number from 1 on/],
    ["up --workers two", /--workers needs a number from 1 on/],
    ["down --worker 1", /--worker needs a number from 2 on/],
    ["down --workers 2", /down has no option "--workers"/],
    ["down --worker 2 --delete-data", /--worker stops one alone/],
    ["up --node", /--node needs a name/],
    ["toString", /There is no command "toString"/],
  ];
  for (const [line, message] of mistakes) {
    it(`refuses "${line}"`, () => {
      const words = line.split(" ").filter(Boolean);
      assert.throws(() => parseCommand(words), { name: "OperatorError", message });
    });
  }
});
