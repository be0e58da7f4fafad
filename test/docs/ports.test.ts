import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterPorts, flows, kuboPorts, type Port } from "../../components/network";
import { settingsWith } from "../components/exposure/exposed";
import { fencedSettings } from "../support/reach";

const file = join(__dirname, "..", "..", "docs", "architecture.md");

describe("docs/architecture.md", () => {
  it("lists every port with its number, protocol, program and audience, and no other", () => {
    const inCode = [...rows(Object.values(kuboPorts), "kubo"), ...rows(Object.values(clusterPorts), "ipfs-cluster")];
    assert.deepEqual(documented(readFileSync(file, "utf8")).sort(), inCode.sort());
  });

  it("lists every flow that there may be, and no other", () => {
    const swarm = { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } };
    const perPeer = { way: "nodePort", basePort: 30500, addresses: ["198.51.100.1"] };
    const all = [
      { exposure: { swarm: perPeer, peer: { ...perPeer, basePort: 30600 } } },
      { network: "public", exposure: { swarm } },
      { istio: { mesh: true } },
      {
        tls: { issuer: { kind: "letsEncrypt", email: "ops@example.org" } },
        exposure: fencedSettings.exposure,
      },
    ];
    const inCode = new Set(
      all.flatMap((raw) => flows(settingsWith({ ...fencedSettings, ...raw })).map(({ name }) => name)),
    );
    assert.deepEqual(documentedFlows(readFileSync(file, "utf8")).sort(), [...inCode].sort());
  });
});

function rows(ports: readonly Port[], program: string): string[] {
  return ports.map(({ number, protocol, name, audience }) => [number, protocol, name, program, audience].join(" | "));
}

/** The names in the table of flows. */
function documentedFlows(text: string): string[] {
  const [, table = ""] = /^\| flow +\|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(text) ?? [];
  return table.split("\n").flatMap((row) => /^\| *([a-z ]+?) *\|/.exec(row)?.[1] ?? []);
}

/** The rows of the table of ports, without their last column. */
function documented(text: string): string[] {
  const cells = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return cells.filter(([, port]) => /^\d+$/.test(port ?? "")).map((row) => row.slice(1, 6).join(" | "));
}
