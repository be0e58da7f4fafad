import assert from "node:assert/strict";
import { waitFor } from "../../local/waitFor";
import { credentials, Hosted } from "./support/hosted";
import { controllerUsage } from "./support/ingress";
import { everything } from "./support/shared";

/**
 * What each annotation is for, by what happens without it. The controller is Traefik, which acts on ingress-nginx's annotations, and it is
 * set to buffer requests and responses unless an Ingress says otherwise.
 *
 * | nginx.ingress.kubernetes.io/ | without it                                                                                  |
 * |------------------------------|---------------------------------------------------------------------------------------------|
 * | proxy-body-size              | an upload of more than a MiB is refused, where requests are buffered                        |
 * | proxy-request-buffering      | the controller writes uploads to its disk                                                   |
 * | proxy-buffering              | the controller writes downloads to its disk                                                 |
 * | proxy-read-timeout           | an answer that takes longer is not waited for; here 5 s instead of the controller's minute  |
 * | ssl-redirect                 | http is served, where that is the default; here "false", as it is not this controller's     |
 * | proxy-send-timeout           | unproven: no pod stops reading for a minute                                                 |
 * | proxy-next-upstream          | unproven: this controller sends a request again only if nothing of it was sent              |
 * | proxy-http-version           | unproven: this controller speaks HTTP/1.1 to pods anyway                                    |
 * | whitelist-source-range       | anybody is let in                                                                           |
 * | limit-rps, limit-connections | any number of requests is served                                                            |
 * | auth-type, auth-secret       | nobody is asked for a password                                                              |
 * | auth-realm                   | the browser's question has another title                                                    |
 */
describe("an Ingress", function () {
  this.timeout(300_000);
  let hosted: Hosted;
  const empty = () => hosted.url("gateway", "/ipfs/bafkqaaa");
  const missing = () => hosted.url("gateway", "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
  const statusOf = async (url: string, headers = {}) => (await hosted.outside.ask(url, { headers })).status;

  before(async () => {
    hosted = await Hosted.up("annotations", ({ ingressClass, host, controllerNamespace }) => ({
      ingressController: { install: "existing", class: ingressClass, namespace: controllerNamespace },
      gateway: { retrievalTimeout: "12s" },
      exposure: {
        gateway: { way: "ingress", host: host("gateway") },
        rest: { way: "ingress", host: host("rest") },
      },
    }));
  });
  after(() => hosted?.destroy());

  describe("without its annotation", () => {
    it("proxy-body-size refuses an upload of more than a MiB, where requests are buffered", async () => {
      const status = async () => (await hosted.tryToAdd(2, "2 MiB")).status;
      await changed("rest", { "proxy-request-buffering": "on", "proxy-body-size": undefined }, () =>
        until(async () => (await status()) === 413),
      );
      await changed("rest", { "proxy-request-buffering": "on" }, () => until(async () => (await status()) === 200));
    });

    it("proxy-request-buffering has the controller write uploads to its disk", async () => {
      const writes = async () => (await controllerUsage(hosted.stack, () => hosted.add(32, "32 MiB"))).written;
      await until(async () => (await writes()) < 1 << 20);
      await changed("rest", { "proxy-request-buffering": undefined }, () =>
        until(async () => (await writes()) >= 24 << 20),
      );
    });

    it("proxy-buffering has the controller write downloads to its disk", async () => {
      const file = hosted.url("gateway", `/ipfs/${await hosted.add(32, "32 MiB")}`);
      const writes = async () => (await controllerUsage(hosted.stack, () => hosted.read(file))).written;
      await until(async () => (await writes()) < 1 << 20);
      await changed("gateway", { "proxy-buffering": undefined }, () => until(async () => (await writes()) >= 24 << 20));
    });

    it("proxy-read-timeout, but with a shorter one, does not wait for kubo's late answer", async function () {
      // kubo looks for half a minute.
      if (!everything) return this.skip();
      const late = await hosted.outside.ask(missing());
      assert.equal(late.status, 504);
      await changed("gateway", { "proxy-read-timeout": "5" }, () =>
        until(async () => {
          const start = Date.now();
          const { status, body } = await hosted.outside.ask(missing());
          return status === 504 && Date.now() - start < 9000 && !body.equals(late.body);
        }),
      );
    });

    it("ssl-redirect, but with another, serves http", async () => {
      const plain = () => statusOf(`http://${hosted.place.host("rest")}/health`);
      assert.notEqual(await plain(), 204);
      await changed("rest", { "ssl-redirect": "false" }, () => until(async () => (await plain()) === 204));
    });
  });

  describe("with limits", () => {
    const changeGateway = (gateway: object, more: object = {}) =>
      hosted.change(({ ingressClass, host, controllerNamespace }) => ({
        ingressController: { install: "existing", class: ingressClass, namespace: controllerNamespace },
        exposure: { gateway: { way: "ingress", host: host("gateway"), ...gateway } },
        ...more,
      }));
    const many = () => Promise.all(Array.from({ length: 40 }, () => statusOf(empty())));
    const oneByOne = async (count: number) => {
      const all: number[] = [];
      while (all.length < count) all.push(await statusOf(empty()));
      return all;
    };
    /** Works while two requests are on their way that kubo has no answer to yet; they end with the work. */
    const whileTwoWait = async <T>(work: () => Promise<T>) => {
      const ended = new AbortController();
      const { signal } = ended;
      const waiting = [1, 2].map(() => hosted.outside.ask(missing(), { signal }).catch(() => undefined));
      try {
        return await work();
      } finally {
        ended.abort();
        await Promise.all(waiting);
      }
    };

    it("lets in who is named, and nobody else", async () => {
      assert.equal(await statusOf(empty()), 200);
      await changeGateway({ allowFrom: ["192.0.2.0/24"] });
      await until(async () => (await statusOf(empty())) === 403);
      await changeGateway({ allowFrom: [`${hosted.place.nodeAddress.replace(/\d+$/, "1")}/32`] });
      await until(async () => (await statusOf(empty())) === 200);
    });

    it("answers 429 to who asks too often, or too much at once", async () => {
      await changeGateway({ requestsPerSecond: 2 });
      await until(async () => (await many()).includes(429));
      await changeGateway({ connections: 2 });
      await until(async () => (await oneByOne(10)).every((status) => status === 200));
      await until(async () => (await whileTwoWait(() => statusOf(empty()))) === 429);
      await changeGateway({});
      await until(async () => (await many()).every((status) => status === 200));
    });

    it("asks for a password where it is to, and takes the one in the Secret", async () => {
      assert.equal(await statusOf(empty()), 200);
      await changeGateway({}, { gateway: { credentials: true } });
      await until(async () => (await statusOf(empty())) === 401);
      assert.equal(await statusOf(empty(), hosted.right), 401);
      const realm = async () => (await hosted.outside.ask(empty())).headers["www-authenticate"];
      assert.equal(await realm(), 'Basic realm="IPFS gateway"');
      await changed("gateway", { "auth-realm": undefined }, () =>
        until(async () => (await realm()) !== 'Basic realm="IPFS gateway"'),
      );
      const authorization = await credentials(hosted.stack, "gateway-credentials");
      assert.equal(await statusOf(empty(), { authorization }), 200);
    });
  });

  /** Changes annotations of an API's Ingress for as long as some work takes; undefined: there is none. */
  const changed = async (
    api: "gateway" | "rest",
    annotations: Readonly<Record<string, string | undefined>>,
    work: () => Promise<unknown>,
  ) => {
    const current = JSON.parse(
      await hosted.stack.kubectl("get", "ingress", api, "-o", "jsonpath={.metadata.annotations}"),
    );
    const keys = Object.keys(annotations);
    const annotate = (wanted: (key: string) => string | undefined) => {
      const changes = keys.map((key) => [prefix + key, wanted(key)]);
      const words = changes.map(([key, value]) => (value === undefined ? `${key}-` : `${key}=${value}`));
      return hosted.stack.kubectl("annotate", "--overwrite", "ingress", api, ...words);
    };
    for (const key of keys) assert.ok(prefix + key in current, `the Ingress has no ${key}`);
    await annotate((key) => annotations[key]);
    try {
      await work();
    } finally {
      await annotate((key) => current[prefix + key]);
    }
  };
});

const prefix = "nginx.ingress.kubernetes.io/";

/** Waits until the controller has taken notice of a change, and acts on it. */
function until(question: () => Promise<boolean>): Promise<boolean> {
  return waitFor("the controller to act on a change", 45, question, 1000);
}
