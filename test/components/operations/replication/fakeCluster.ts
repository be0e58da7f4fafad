import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import type { Pin } from "../../../../components/operations/replication/pin.js";

/** What a client did to the pinset. */
export interface Write {
  readonly before: Pin;
  readonly after: Pin;
}

/**
 * A REST API that pins as ipfs-cluster v1.1.6 does (`allocate.go`, `PinOptions.FromQuery`), its quirks included: it keeps a pin where it is
 * while it has its minimum, moves it from peers that are away otherwise, and pins with the options before one that it refuses.
 */
export class FakeCluster {
  readonly pins = new Map<string, Pin>();
  readonly writes: Write[] = [];
  /** Ids of the peers whose metrics are known. */
  live = new Set<string>();
  /** Statuses other than `pinned`: `<cid> <peer>`. */
  readonly statuses = new Map<string, string>();
  /** Is told of each write, after it; may change anything. */
  onWrite: (write: Write) => void = () => {};
  /** Writes are seen only after so many reads of a pin. */
  delay = 0;
  credentials = "admin:password";
  cut = false;
  private readonly server: Server;
  private unseen: { pin: Pin; reads: number }[] = [];

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    await new Promise<void>((resolve) => cluster.server.listen(0, "127.0.0.1", resolve));
    return cluster;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  put(...pins: readonly Pin[]): void {
    for (const pin of pins) this.pins.set(pin.cid, pin);
  }

  private answer(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? "", this.url);
    const parts = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const basic = `Basic ${Buffer.from(this.credentials).toString("base64")}`;
    const reply = (status: number, body?: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
    };
    if (parts[0] === "health") return reply(204);
    if (request.headers.authorization !== basic) return reply(401, { message: "Unauthorized" });
    if (parts[0] === "allocations" && parts.length === 1) return this.stream(response, [...this.pins.values()]);
    if (parts[0] === "allocations") {
      this.see();
      const pin = this.pins.get(parts[1]);
      return pin ? reply(200, pin) : reply(404, { message: "pin is not part of the pinset" });
    }
    if (parts[0] === "monitor") {
      return reply(
        200,
        [...this.live].map((peer) => ({ name: parts[2], peer, valid: true })),
      );
    }
    if (parts[0] === "pins" && parts.length === 1) {
      const unsettled = [...this.statuses].filter(([, status]) => status !== "pinned" && status !== "remote");
      return this.stream(
        response,
        unsettled.map(([key, status]) => ({ peer_map: { [key.split(" ")[1]]: { status } } })),
      );
    }
    if (parts[0] === "pins" && request.method === "GET") {
      const pin = this.pins.get(parts[1]);
      const allocations = pin && pin.replication_factor_max < 0 ? [...this.live] : (pin?.allocations ?? []);
      const status = (id: string) => this.statuses.get(`${parts[1]} ${id}`) ?? "pinned";
      return reply(200, { peer_map: Object.fromEntries(allocations.map((id) => [id, { status: status(id) }])) });
    }
    if (parts[0] === "pins" && parts[1] === "ipfs") {
      try {
        return reply(200, this.pin(parts[2], url.searchParams));
      } catch (error) {
        return reply(500, { message: (error as Error).message });
      }
    }
    return reply(404);
  }

  private stream(response: ServerResponse, lines: readonly unknown[]): unknown {
    if (lines.length === 0) return response.writeHead(204).end();
    response.writeHead(200, { trailer: "X-Stream-Error" });
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    response.addTrailers({ "X-Stream-Error": this.cut ? "context canceled" : "" });
    return response.end();
  }

  private see(): void {
    this.unseen = this.unseen.filter((each) => {
      if (each.reads-- > 0) return true;
      this.pins.set(each.pin.cid, each.pin);
      return false;
    });
  }

  private pin(cid: string, query: URLSearchParams): Pin {
    const before = this.pins.get(cid);
    if (!before) throw new Error("these tests pin nothing new");
    const text = (name: string) => query.get(name) ?? "";
    const origins = text("origins") ? text("origins").split(",") : [];
    const after: Pin = {
      cid,
      type: "pin",
      name: text("name"),
      mode: text("mode") === "direct" ? "direct" : "recursive",
      replication_factor_min: Number(text("replication-min")),
      replication_factor_max: Number(text("replication-max")),
      shard_size: Number(text("shard-size") || 0),
      expire_at: text("expire-at") || "0001-01-01T00:00:00Z",
      metadata: Object.fromEntries(
        [...query].flatMap(([key, value]) => (/^meta-./s.test(key) ? [[key.slice(5), value]] : [])),
      ),
      user_allocations: text("user-allocations").split(",").filter(Boolean),
      origins: origins.every((origin) => origin.includes("/p2p/")) ? origins : [],
      allocations: [],
    };
    if (before.mode === "recursive" && after.mode === "direct") throw new Error("cannot repin a CID");
    after.allocations = this.allocate(before, after);
    const write = { before, after };
    this.writes.push(write);
    const stored = { ...after, user_allocations: null };
    if (this.delay > 0) this.unseen.push({ pin: stored, reads: this.delay });
    else this.pins.set(cid, stored);
    this.onWrite(write);
    return after;
  }

  private allocate(before: Pin, after: Pin): string[] {
    const { replication_factor_min: min, replication_factor_max: max } = after;
    if (min < 0) return [];
    const current = (before.allocations ?? []).filter((id) => this.live.has(id));
    const preferred = after.user_allocations ?? [];
    const others = [...this.live].filter((id) => !current.includes(id));
    const candidates = [
      ...preferred.filter((id) => others.includes(id)),
      ...others.filter((id) => !preferred.includes(id)),
    ];
    if (max < current.length) return current.slice(0, max);
    if (min <= current.length) return before.allocations ?? [];
    if (candidates.length < min - current.length) throw new Error("not enough peers to allocate CID");
    return [...current, ...candidates.slice(0, max - current.length)];
  }
}

/** A plain pin on some peers. */
export function pinOn(cid: string, allocations: readonly string[], changes: Partial<Pin> = {}): Pin {
  return {
    cid,
    type: "pin",
    name: "",
    mode: "recursive",
    replication_factor_min: 2,
    replication_factor_max: 3,
    shard_size: 0,
    expire_at: "0001-01-01T00:00:00Z",
    metadata: {},
    user_allocations: null,
    origins: [],
    allocations: [...allocations],
    ...changes,
  };
}

/** Pins of all kinds, each on some of these peers. */
export function anyPins(ids: readonly string[]): fc.Arbitrary<Pin[]> {
  const anyPin = fc.record({
    name: fc.string({ unit: "binary" }),
    mode: fc.constantFrom("recursive" as const, "direct" as const),
    replication: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 })),
    shard_size: fc.nat(),
    expire_at: fc.constantFrom("0001-01-01T00:00:00Z", "2030-02-03T04:05:06Z", "2030-02-03T04:05:06+02:00"),
    metadata: fc.option(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 3 })),
    origins: fc.constantFrom<string[] | null>(
      null,
      [],
      ["/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWx", "/dns/a.example/tcp/1/p2p/Qm1"],
    ),
    allocations: fc.shuffledSubarray([...ids], { minLength: 1 }),
  });
  return fc.array(anyPin, { maxLength: 8 }).map((pins) =>
    pins.map(({ replication: [min, more], allocations, ...options }, index) =>
      pinOn(`pin${index}`, allocations.slice(0, min + more), {
        ...options,
        replication_factor_min: min,
        replication_factor_max: min + more,
      }),
    ),
  );
}
