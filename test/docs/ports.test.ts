import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterPorts, kuboPorts, type Port } from "../../components/network";

const file = join(__dirname, "..", "..", "docs", "architecture.md");

describe("docs/architecture.md", () => {
  it("lists every port with its number, protocol, program and audience, and no other", () => {
    const inCode = [...rows(Object.values(kuboPorts), "kubo"), ...rows(Object.values(clusterPorts), "ipfs-cluster")];
    assert.deepEqual(documented(readFileSync(file, "utf8")).sort(), inCode.sort());
  });
});

function rows(ports: readonly Port[], program: string): string[] {
  return ports.map(({ number, protocol, name, audience }) => [number, protocol, name, program, audience].join(" | "));
}

/** The rows of the table of ports, without their last column. */
function documented(text: string): string[] {
  const cells = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return cells.filter(([, port]) => /^\d+$/.test(port ?? "")).map((row) => row.slice(1, 6).join(" | "));
}
