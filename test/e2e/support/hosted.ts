import assert from "node:assert/strict";
import { status } from "../../../local";
import { waitFor } from "../../../local/waitFor";
import { controllerUsage, theIngress } from "./ingress";
import { type Answer, bytes, digest, form, Outside } from "./outside";
import { node, settings, settled } from "./shared";
import { Stack } from "./stack";

export type Api = "gateway" | "rest" | "pinning";

/** How much a test adds in one piece, in MiB. */
export const large = process.argv.includes("--all") ? 1024 : 256;

/** What a stack's settings may depend on. */
export interface Place {
  /** Of the node: its node ports are there. */
  readonly nodeAddress: string;
  /** Of the ingress controller's load balancer. */
  readonly address: string;
  readonly ingressClass: string;
  readonly gatewayClass: string;
  /** Where its pods run. */
  readonly controllerNamespace: string;
  readonly host: (api: Api) => string;
}

/** A stack of two peers with a host for each API, at the node's ingress controller, as somebody outside of the cluster sees it. */
export class Hosted {
  private constructor(
    readonly stack: Stack,
    readonly place: Place,
    readonly outside: Outside,
    /** Headers with the credentials of the client APIs. */
    readonly right: Readonly<Record<string, string>>,
  ) {}

  /** Brings a stack up with the shared settings and those given, and waits until its APIs are served. */
  static async up(name: string, given: (place: Place) => object): Promise<Hosted> {
    const { address, ingressClass, gatewayClass, namespace: controllerNamespace } = await theIngress();
    const { address: nodeAddress = "" } = await status(node);
    const labels = { gateway: "gateway", rest: "api", pinning: "pin" };
    const host = (api: Api) => `${labels[api]}.${name}.test`;
    const place = { nodeAddress, address, ingressClass, gatewayClass, controllerNamespace, host };
    const stack = await Stack.init(name, node);
    await stack.configure({ ...common, ...given(place) });
    await stack.up();
    await settled(stack);
    const outside = new Outside(address, (await stack.outputs()).caCertificate ?? "");
    const hosted = new Hosted(stack, place, outside, { authorization: await credentials(stack) });
    await waitFor(
      "the controller to serve the stack",
      30,
      async () => (await outside.ask(hosted.url("rest", "/health"))).status === 204,
    );
    return hosted;
  }

  /** Changes the stack's settings. */
  async change(given: (place: Place) => object): Promise<void> {
    await this.stack.configure({ ...common, ...given(this.place) });
    await this.stack.up();
  }

  url(api: Api, path: string): string {
    return `https://${this.place.host(api)}${path}`;
  }

  /** Where a gateway with subdomains serves a CID. */
  origin(cid: string): string {
    return `https://${cid}.ipfs.${this.place.host("gateway")}/`;
  }

  /** Sends a file to the host of the REST API. */
  tryToAdd(mebibytes: number, seed: string): Promise<Answer> {
    const { headers, ...request } = form(bytes(mebibytes, seed));
    const path = "/add?stream-channels=false&cid-version=1&replication-min=1&replication-max=1";
    return this.outside.ask(this.url("rest", path), { ...request, headers: { ...headers, ...this.right } });
  }

  /** As `tryToAdd`; fails the test if it is not taken. Returns the CID. */
  async add(mebibytes: number, seed: string): Promise<string> {
    const { status, body } = await this.tryToAdd(mebibytes, seed);
    assert.equal(status, 200, body.toString().slice(0, 500));
    return JSON.parse(body.toString())[0].cid;
  }

  /** Reads what is at an address to its end. */
  async read(url: string): ReturnType<typeof digest> {
    return digest(await this.outside.open(url));
  }

  /** Adds a file, reads it back, and asserts that it is the same and that the controller kept nothing of it on either way. */
  async passesThrough(mebibytes: number): Promise<void> {
    const upload = await controllerUsage(this.stack, () => this.add(mebibytes, "large"));
    const download = await controllerUsage(this.stack, () => this.read(this.origin(upload.result)));
    assert.deepEqual(download.result, await digest(bytes(mebibytes, "large")));
    for (const { memory, written } of [upload, download]) {
      assert.ok(memory < 64 << 20, `the controller's memory grew by ${memory >> 20} MiB`);
      assert.ok(written < 16 << 20, `the controller wrote ${written >> 20} MiB to its disk`);
    }
  }

  async destroy(): Promise<void> {
    await this.stack.pulumi("destroy", "--yes");
    await this.stack.remove();
  }
}

const common = {
  ...settings,
  replicas: 2,
  replication: { min: 1, max: 2 },
  tls: { issuer: { kind: "generated" } },
};

/** The header that a user name and password from a Secret of the stack make. */
export async function credentials(stack: Stack, secret = "cluster-credentials"): Promise<string> {
  const { data } = JSON.parse(await stack.kubectl("get", "secret", secret, "-o", "json"));
  const [user, password] = [data.username, data.password].map((text) => Buffer.from(text, "base64").toString());
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
