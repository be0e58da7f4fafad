// @ts-check

const http = require("node:http");
const { createInterface } = require("node:readline");
const { optionsQuery } = require("./pin.js");

/** @typedef {import("./pin.js").Pin} Pin */

/** Milliseconds that a peer may take to say something. */
const patience = 60_000;

/** What of ipfs-cluster's REST API it takes to look after the pinset. Errors say what was asked and what the answer was. */
class RestApi {
  /**
   * @param {string} url where the API is, such as `http://cluster-0.ipfs.svc.cluster.local:9094`.
   * @param {{ username: string, password: string }} credentials
   */
  constructor(url, { username, password }) {
    this.url = url;
    this.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  /**
   * The whole pinset, one pin after the other.
   *
   * @returns {AsyncGenerator<Pin>}
   * @throws where the answer ends before the pinset does.
   */
  async *pins() {
    yield* this.#stream("/allocations?filter=all");
  }

  /**
   * One pin; undefined where there is none.
   *
   * @param {string} cid
   * @returns {Promise<Pin | undefined>}
   */
  async pin(cid) {
    const answer = await this.#ask("GET", `/allocations/${cid}`, [404]);
    return answer.statusCode === 404 ? void answer.resume() : /** @type {Pin} */ (await json(answer));
  }

  /**
   * Pins anew what is pinned, with the options that are given and no others.
   *
   * @param {Pin} pin
   * @param {readonly string[]} [preferred] ids of the peers to choose first, where peers are chosen.
   * @returns {Promise<Pin>} the pin as it is from now on.
   */
  async repin(pin, preferred) {
    // By path, as pinning by CID alone knows only one mode.
    return /** @type {Pin} */ (
      await json(await this.#ask("POST", `/pins/ipfs/${pin.cid}?${optionsQuery(pin, preferred)}`))
    );
  }

  /**
   * How a CID stands on each peer, by the peer's id: `pinned`, `pinning`, `remote`, ...
   *
   * @param {string} cid
   * @returns {Promise<Map<string, string>>}
   */
  async status(cid) {
    const { peer_map } = /** @type {{ peer_map: Record<string, { status: string }> }} */ (
      await json(await this.#ask("GET", `/pins/${cid}`))
    );
    return statusesOf(peer_map);
  }

  /**
   * Of each CID that is not pinned on all peers that are to have it, how it stands on each peer.
   *
   * @returns {AsyncGenerator<Map<string, string>>}
   */
  async *unsettled() {
    const statuses = "error,queued,pinning,cluster_error,unexpectedly_unpinned";
    for await (const { peer_map } of this.#stream(`/pins?filter=${statuses}`)) yield statusesOf(peer_map);
  }

  /**
   * Ids of the peers of which a metric is known and has not run out.
   *
   * @param {string} metric
   * @returns {Promise<string[]>}
   */
  async peersWith(metric) {
    const answer = await json(await this.#ask("GET", `/monitor/metrics/${encodeURIComponent(metric)}`));
    const metrics = /** @type {{ peer: string, valid: boolean }[] | null} */ (answer) ?? [];
    return metrics.filter(({ valid }) => valid).map(({ peer }) => peer);
  }

  /**
   * The peers that are there: id by name.
   *
   * @returns {Promise<Map<string, string>>}
   */
  async peers() {
    const peers = new Map();
    for await (const { id, peername, error } of this.#stream("/peers")) if (!error) peers.set(peername, id);
    return peers;
  }

  /**
   * Answers of many lines; of none where there is nothing.
   *
   * @param {string} path
   * @returns {AsyncGenerator<any>}
   */
  async *#stream(path) {
    const answer = await this.#ask("GET", path);
    for await (const line of createInterface({ input: answer })) if (line) yield JSON.parse(line);
    const cut = answer.trailers["x-stream-error"];
    if (cut || !answer.complete)
      throw new Error(`GET ${path.replace(/\?.*/, "")} was cut short${cut ? `: ${cut}` : ""}`);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {readonly number[]} [accepted] statuses beside those of success.
   * @returns {Promise<http.IncomingMessage>}
   */
  async #ask(method, path, accepted = []) {
    const asked = `${method} ${path.replace(/\?.*/, "")}`;
    const answer = await new Promise((resolve, reject) => {
      const options = { method, headers: { authorization: this.authorization }, timeout: patience };
      const request = http.request(this.url + path, options, resolve);
      request.on("timeout", () => request.destroy(new Error(`no answer for ${patience / 1000} s`)));
      request.on("error", (error) => reject(new Error(`${asked}: ${error.message}`)));
      request.end();
    });
    const { statusCode } = answer;
    if ((statusCode >= 200 && statusCode < 300) || accepted.includes(statusCode)) return answer;
    throw new Error(`${asked} answered ${statusCode}: ${(await text(answer)).trim().slice(0, 300)}`);
  }
}

/**
 * @param {Record<string, { status: string }>} peers
 * @returns {Map<string, string>}
 */
function statusesOf(peers) {
  return new Map(Object.entries(peers).map(([id, { status }]) => [id, status]));
}

/** @param {http.IncomingMessage} answer */
async function text(answer) {
  const parts = [];
  for await (const part of answer) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** @param {http.IncomingMessage} answer */
async function json(answer) {
  return JSON.parse(await text(answer));
}

module.exports = { RestApi };
