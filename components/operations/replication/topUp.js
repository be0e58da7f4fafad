// @ts-check

const { marked, obstacle, same, sameOptions, unmarked } = require("./pin.js");

/**
 * @typedef {import("./pin.js").Pin} Pin
 * @typedef {Pick<import("./restApi.js").RestApi, "pins" | "pin" | "repin" | "status" | "peersWith">} Api
 */

/**
 * What a run goes by. Times are in seconds.
 *
 * @typedef {object} Plan
 * @property {readonly string[]} allocateBy metrics that a peer must have to be chosen.
 * @property {readonly string[]} peers ids of the peers that may be chosen.
 * @property {number} duration after which nothing more is begun.
 * @property {number} batch pins that are topped up at a time.
 * @property {number} settling for which a batch is waited for: to be seen in the pinset, and to be pinned.
 */

/**
 * @typedef {object} Surroundings
 * @property {() => number} now milliseconds.
 * @property {(milliseconds: number) => Promise<unknown>} sleep
 * @property {(line: string) => void} log
 * @property {AbortSignal} [stop] when to begin nothing more.
 */

/**
 * What came out of a run. Pins are counted once each.
 *
 * @typedef {object} Result
 * @property {number} short pins on fewer peers than they ask for, as the run began.
 * @property {number} done of them, those that have as many now as they ask for and there are peers for.
 * @property {number} failed of them, those that ipfs-cluster refused or did not answer for.
 * @property {Map<string, number>} left how many of the others were left, by why.
 */

/** The mark of a pin that is being topped up: in its metadata, for the seconds that it takes. */
const mark = "kubernetes-top-up";

const changed = "they changed meanwhile";
const noTime = "no time was left: the next run goes on";

/** Pins that one run looks after; a Map of many more would not fit its memory. */
const most = 20_000;

const pollInterval = 500;

/**
 * Gives pins as many peers as they ask for, of those that are there. ipfs-cluster leaves a pin on the peers that it has as long as they are
 * its minimum. So each pin gets a higher minimum, which chooses further peers beside those that it is on, and then its own again, which
 * leaves them. A pin that changes in between is left alone; one that an earlier run could not finish is put right.
 *
 * @param {Api} api
 * @param {Plan} plan
 * @param {Surroundings} surroundings
 * @returns {Promise<Result>}
 */
async function topUp(api, plan, surroundings) {
  const end = surroundings.now() + plan.duration * 1000;
  const run = { api, plan, ...surroundings, end };
  const { cids, more } = await shortPins(run);
  /** @type {Result} */
  const result = { short: cids.length + more, done: 0, failed: 0, left: new Map() };
  if (more > 0) leave(result, noTime, more);
  for (let first = 0; first < cids.length; first += plan.batch) {
    if (run.now() >= end || run.stop?.aborted) {
      leave(result, noTime, cids.length - first);
      break;
    }
    await topUpBatch(run, cids.slice(first, first + plan.batch), result);
  }
  return result;
}

/** @typedef {{ api: Api, plan: Plan, end: number } & Surroundings} Run */

/** @param {Run} run */
async function shortPins({ api }) {
  /** @type {string[]} */
  const cids = [];
  let more = 0;
  for await (const pin of api.pins()) {
    if (!unmarked(pin, mark) && !isShort(pin)) continue;
    if (cids.length < most) cids.push(pin.cid);
    else more++;
  }
  return { cids, more };
}

/**
 * @param {Run} run
 * @param {readonly string[]} cids
 * @param {Result} result
 */
async function topUpBatch(run, cids, result) {
  const live = await livePeers(run);
  /** @type {Pin[]} */
  const raised = [];
  for (const cid of cids) {
    await attempt(run, cid, result, async () => {
      const pin = await run.api.pin(cid);
      const next = pin ? nextStep(pin, live, run.end) : { left: changed };
      if (next.left !== undefined) return leave(result, next.left);
      // The mark of an earlier run, which has nothing more to add.
      if (next.raise === undefined) return void raised.push(/** @type {Pin} */ (pin));
      raised.push(await run.api.repin(next.raise));
    });
  }
  const isAsRaised = async (/** @type {Pin} */ pin) => {
    const now = await run.api.pin(pin.cid);
    return now !== undefined && same(now, pin);
  };
  await waitForAll(run, raised, isAsRaised);
  const still = await livePeers(run);
  /** @type {Pin[]} */
  const restored = [];
  for (const pin of raised) {
    await attempt(run, pin.cid, result, async () => {
      const own = /** @type {Pin} */ (unmarked(pin, mark));
      const there = (pin.allocations ?? []).filter((id) => still.has(id)).length;
      // What has changed, be it while the others were waited for, is another's.
      if (!(await isAsRaised(pin))) return leave(result, changed);
      if (there < own.replication_factor_min) return leave(result, away);
      const now = await run.api.repin(own);
      if (!sameOptions(now, own)) throw new Error("ipfs-cluster gave it other options than it was asked for");
      restored.push(now);
      result.done++;
    });
  }
  await waitForAll(run, restored, async ({ cid, allocations }) => {
    const status = await run.api.status(cid);
    return (allocations ?? []).every((id) => status.get(id) === "pinned");
  });
}

const away = "a peer that they are on is away";

/**
 * What to do with a pin that is short, or has the mark.
 *
 * @param {Pin} pin
 * @param {ReadonlySet<string>} live
 * @param {number} end of the run.
 * @returns {{ left: string } | { left?: undefined, raise?: Pin }}
 */
function nextStep(pin, live, end) {
  const before = unmarked(pin, mark);
  const own = before ?? pin;
  if (!before && !isShort(pin)) return { left: changed };
  const blocked = obstacle(pin, end + 600_000);
  if (blocked) return { left: `its options can't be given again: ${blocked}` };
  const allocations = pin.allocations ?? [];
  // What is on a peer that is away would be moved instead.
  if (!allocations.every((id) => live.has(id))) return { left: away };
  const further = [...live].filter((id) => !allocations.includes(id)).length;
  const min = Math.min(own.replication_factor_max, allocations.length + further);
  if (min < own.replication_factor_min) return { left: "there are fewer peers than they need at least" };
  if (min > allocations.length) return { raise: marked(own, mark, { min, max: own.replication_factor_max }) };
  return before ? {} : { left: "there is no further peer to put them on" };
}

/** @param {Pin} pin */
function isShort({ type, replication_factor_max: max, allocations }) {
  return type === "pin" && max > 0 && (allocations ?? []).length < max;
}

/**
 * The peers that can be chosen.
 *
 * @param {Run} run
 * @returns {Promise<Set<string>>}
 */
async function livePeers({ api, plan }) {
  let ids = [...plan.peers];
  for (const metric of plan.allocateBy) {
    const with_ = new Set(await api.peersWith(metric));
    ids = ids.filter((id) => with_.has(id));
  }
  return new Set(ids);
}

/**
 * @param {Run} run
 * @param {string} cid
 * @param {Result} result
 * @param {() => Promise<void>} work
 */
async function attempt({ log }, cid, result, work) {
  try {
    await work();
  } catch (error) {
    result.failed++;
    log(`${cid}: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * Waits until all of these are so, or time is up.
 *
 * @param {Run} run
 * @param {readonly Pin[]} pins
 * @param {(pin: Pin) => Promise<boolean>} isSo
 */
async function waitForAll({ plan, now, sleep }, pins, isSo) {
  const deadline = now() + plan.settling * 1000;
  /** @type {Set<Pin>} */
  const so = new Set();
  for (;;) {
    for (const pin of pins) if (!so.has(pin) && (await isSo(pin).catch(() => false))) so.add(pin);
    if (so.size === pins.length || now() >= deadline) return;
    await sleep(pollInterval);
  }
}

/**
 * @param {Result} result
 * @param {string} why
 * @param {number} [count]
 */
function leave({ left }, why, count = 1) {
  left.set(why, (left.get(why) ?? 0) + count);
}

/**
 * A run's result in one line.
 *
 * @param {Result} result
 */
function summary({ short, done, failed, left }) {
  if (short === 0) return "All pins have as many copies as they ask for.";
  const reasons = [...left].map(([why, count]) => `${count} left, as ${why}`);
  if (failed > 0) reasons.push(`${failed} failed`);
  return `${short} pins had too few copies: ${[`${done} topped up`, ...reasons].join("; ")}.`;
}

module.exports = { mark, summary, topUp };
