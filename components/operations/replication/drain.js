// @ts-check

const { marked, obstacle, same, sameOptions, unmarked } = require("./pin.js");
const { mark: topUpMark } = require("./topUp.js");

/**
 * @typedef {import("./pin.js").Pin} Pin
 * @typedef {Pick<import("./restApi.js").RestApi, "pins" | "pin" | "repin" | "status" | "peersWith" | "unsettled">} Api
 * @typedef {Omit<import("./topUp.js").Surroundings, "stop">} Surroundings
 */

/**
 * @typedef {object} Plan
 * @property {readonly string[]} staying ids of the peers that stay; pins move off all others.
 * @property {readonly string[]} allocateBy metrics that a peer must have to be chosen.
 * @property {number} batch pins that are moved at a time.
 * @property {number} patience seconds for which a batch is waited for to be pinned.
 */

/**
 * @typedef {object} Result
 * @property {number} moved pins that were moved.
 * @property {Map<string, number>} left how many could not be, by why. None: the other peers hold nothing that is not elsewhere.
 */

/** The mark of a pin that is being moved, in its metadata. */
const mark = "kubernetes-drain";

const changed = "they changed meanwhile, or peers did";

/** Seconds within which a write must be seen, batched or not. */
const settling = 60;
const pollInterval = 500;

/** @typedef {{ api: Api, plan: Plan } & Surroundings} Run */
/** @typedef {{ pin: Pin, own: Pin, to: readonly string[] }} Move */

/**
 * Moves every pin off the peers that do not stay, and checks that nothing is left there alone. It may be stopped at any time: the next run
 * goes on.
 *
 * ipfs-cluster has no request for it, so each pin takes four: more copies, on peers that stay; when those are pinned, everywhere, which
 * forgets where it was; then on the peers that are to have it, and no others; and its own options again. At no time is it on fewer peers
 * than it asks for.
 *
 * @param {Api} api
 * @param {Plan} plan
 * @param {Surroundings} surroundings
 * @returns {Promise<Result>}
 */
async function drain(api, plan, surroundings) {
  const run = { api, plan, ...surroundings };
  let moved = 0;
  /** @type {Map<string, number>} */
  const left = new Map();
  const cids = [];
  for await (const pin of api.pins()) if (unmarked(pin, mark) || isElsewhere(pin, plan)) cids.push(pin.cid);
  run.log(`${cids.length} pins are on peers that do not stay.`);
  for (let first = 0; first < cids.length; first += plan.batch) {
    moved += await moveBatch(run, cids.slice(first, first + plan.batch), left);
    run.log(`${Math.min(first + plan.batch, cids.length)} of ${cids.length} seen to, ${moved} moved`);
  }
  for await (const pin of api.pins()) {
    if (unmarked(pin, mark) || isElsewhere(pin, plan))
      leave(left, "they are on peers that do not stay: run this again");
  }
  const unpinned = await lastUnpinned(run);
  if (unpinned > 0)
    leave(left, "they are not pinned yet on a peer that stays (ctl status --filter error,queued,pinning)", unpinned);
  return { moved, left };
}

/**
 * How many pins are not pinned on a peer that stays, once that no longer changes: what was written last is looked at anew by every peer,
 * and is not pinned while it is.
 *
 * @param {Run} run
 */
async function lastUnpinned({ api, plan, now, sleep }) {
  const deadline = now() + settling * 1000;
  for (;;) {
    let unpinned = 0;
    for await (const peers of api.unsettled()) {
      if (plan.staying.some((id) => !["pinned", "remote", undefined].includes(peers.get(id)))) unpinned++;
    }
    if (unpinned === 0 || now() >= deadline) return unpinned;
    await sleep(pollInterval);
  }
}

/**
 * @param {Run} run
 * @param {readonly string[]} cids
 * @param {Map<string, number>} left
 * @returns {Promise<number>} how many were moved.
 */
async function moveBatch(run, cids, left) {
  const { api, plan } = run;
  const live = await livePeers(run);
  const away = plan.staying.filter((id) => !live.has(id));
  if (away.length > 0)
    throw new Error(`Peers that stay are away: ${away.join(", ")}. Nothing moves until they are back.`);
  /** @type {Move[]} */
  let moves = [];
  for (const cid of cids) {
    const pin = await api.pin(cid);
    const next = pin && (await begin(run, pin, live));
    if (typeof next === "string") leave(left, next);
    else if (next) moves.push(next);
  }
  moves = await whileTrue(run, moves, settling, left, changed, isAsWritten);
  moves = await whileTrue(
    run,
    moves,
    plan.patience,
    left,
    "they are not pinned yet where they move to: run this again",
    async (move) => {
      const status = await api.status(move.pin.cid);
      return move.to.every((id) => status.get(id) === "pinned");
    },
  );
  // What has changed while it was waited for is another's.
  moves = await whileTrue(run, moves, 0, left, changed, isAsWritten);
  const everywhere = { min: -1, max: -1 };
  moves = await rewrite(run, moves, left, ({ own }) => marked(own, mark, everywhere));
  moves = await rewrite(run, moves, left, ({ own, to }) => marked(own, mark, { min: to.length, max: to.length }));
  moves = await rewrite(run, moves, left, ({ own }) => own);
  return moves.length;
}

/**
 * Gives a pin the copies that it is to have on peers that stay, beside those that it has.
 *
 * @param {Run} run
 * @param {Pin} pin
 * @param {ReadonlySet<string>} live
 * @returns {Promise<Move | string>} why not, where it can't be.
 */
async function begin({ api, plan, now }, pin, live) {
  const own = unmarked(pin, mark) ?? unmarked(pin, topUpMark) ?? pin;
  const blocked = obstacle(own, now() + plan.patience * 2000);
  if (blocked) return `their options can't be given again: ${blocked}`;
  if (plan.staying.length < own.replication_factor_min) return "they ask for more copies than peers stay";
  // Everywhere, from a run that was cut short: every peer has it, or is getting it.
  const there = pin.replication_factor_max < 0 ? [...live] : (pin.allocations ?? []).filter((id) => live.has(id));
  const kept = there.filter((id) => plan.staying.includes(id));
  const further = Math.max(0, Math.min(own.replication_factor_max, plan.staying.length) - kept.length);
  if (pin.replication_factor_max < 0) return { pin, own, to: kept.slice(0, own.replication_factor_max) };
  const copies = { min: there.length + further, max: there.length + further };
  const preferred = plan.staying.filter((id) => !kept.includes(id));
  const more = await api.repin(marked(own, mark, copies), preferred);
  const to = (more.allocations ?? []).filter((id) => plan.staying.includes(id)).slice(0, own.replication_factor_max);
  return to.length < own.replication_factor_min ? changed : { pin: more, own, to };
}

/**
 * Writes pins anew and waits until that is seen.
 *
 * @param {Run} run
 * @param {readonly Move[]} moves
 * @param {Map<string, number>} left
 * @param {(move: Move) => Pin} change
 */
async function rewrite(run, moves, left, change) {
  /** @type {Move[]} */
  const written = [];
  for (const move of moves) {
    const wanted = change(move);
    const pin = await run.api.repin(wanted, move.to);
    const placed = wanted.replication_factor_max < 0 ? [] : move.to;
    if (sameOptions(pin, wanted) && same(pin, { ...pin, allocations: [...placed] })) written.push({ ...move, pin });
    else leave(left, changed);
  }
  return whileTrue(run, written, settling, left, changed, isAsWritten);
}

/**
 * @param {Move} move
 * @param {Api} api
 */
async function isAsWritten({ pin }, api) {
  const seen = await api.pin(pin.cid);
  return seen !== undefined && same(seen, pin);
}

/**
 * Waits for each of the moves, for so many seconds in all.
 *
 * @param {Run} run
 * @param {readonly Move[]} moves
 * @param {number} seconds
 * @param {Map<string, number>} left
 * @param {string} why the others are left.
 * @param {(move: Move, api: Api) => Promise<boolean>} isSo
 * @returns {Promise<Move[]>} those for which it is so.
 */
async function whileTrue({ api, now, sleep }, moves, seconds, left, why, isSo) {
  const deadline = now() + seconds * 1000;
  /** @type {Set<Move>} */
  const so = new Set();
  for (;;) {
    for (const move of moves) if (!so.has(move) && (await isSo(move, api))) so.add(move);
    if (so.size === moves.length || now() >= deadline) break;
    await sleep(pollInterval);
  }
  if (so.size < moves.length) leave(left, why, moves.length - so.size);
  return [...so];
}

/** @param {Run} run */
async function livePeers({ api, plan }) {
  /** @type {Set<string> | undefined} */
  let live;
  for (const metric of plan.allocateBy) {
    const measured = await api.peersWith(metric);
    live = new Set(measured.filter((id) => live?.has(id) ?? true));
  }
  return live ?? new Set();
}

/**
 * @param {Pin} pin
 * @param {Plan} plan
 */
function isElsewhere({ allocations }, { staying }) {
  return (allocations ?? []).some((id) => !staying.includes(id));
}

/**
 * @param {Map<string, number>} left
 * @param {string} why
 * @param {number} [count]
 */
function leave(left, why, count = 1) {
  left.set(why, (left.get(why) ?? 0) + count);
}

module.exports = { drain, mark };
