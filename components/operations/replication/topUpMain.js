// @ts-check

const { readFileSync, writeFileSync } = require("node:fs");
const http = require("node:http");
const { join } = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const { RestApi } = require("./restApi.js");
const { summary, topUp } = require("./topUp.js");

/** @typedef {import("./topUp.js").Plan & { urls: readonly string[] }} Config */

/**
 * The first API that answers: one peer for the whole run, so that what it says it has seen holds for what it is asked next.
 *
 * @param {readonly string[]} urls
 * @returns {Promise<string>}
 */
async function firstThatServes(urls) {
  const tried = [];
  for (const url of urls) {
    const fault = await new Promise((resolve) => {
      const request = http.get(`${url}/health`, { timeout: 5_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 204 ? undefined : `answered ${answer.statusCode}`);
      });
      request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
      request.on("error", (error) => resolve(error.message));
    });
    if (fault === undefined) return url;
    tried.push(`${url}: ${fault}`);
  }
  throw new Error(`No peer answers. ${tried.join("; ")}`);
}

/**
 * Tops up the pins of a stack. Says what it did in its log and, in one line, in the termination message of its container.
 *
 * @param {string} scripts folder with config.json.
 * @param {string} credentials folder with username and password.
 * @returns {Promise<number>} exit code: 0 where nothing failed, though pins may have been left for good reasons.
 */
async function main(scripts, credentials) {
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  const log = (/** @type {string} */ line) => console.log(line);
  const tell = (/** @type {string} */ line) => {
    log(line);
    writeFileSync(process.env.TERMINATION_LOG ?? "/dev/termination-log", line);
  };
  try {
    /** @type {Config} */
    const { urls, ...plan } = JSON.parse(readFileSync(join(scripts, "config.json"), "utf8"));
    // As the pods take them: a Secret that was made from a file may end its values with a newline.
    const [username, password] = ["username", "password"].map((name) =>
      readFileSync(join(credentials, name), "utf8").replace(/\n$/, ""),
    );
    const api = new RestApi(await firstThatServes(urls), { username, password });
    const result = await topUp(api, plan, { now: Date.now, sleep, log, stop: stop.signal });
    tell(summary(result));
    return result.failed === 0 ? 0 : 1;
  } catch (error) {
    tell(`Gave up: ${/** @type {Error} */ (error).message}`);
    return 1;
  }
}

void main(process.argv[2], process.argv[3]).then((code) => process.exit(code));
