// @ts-check

/**
 * A pin as `GET /allocations/<cid>` of ipfs-cluster's REST API gives it.
 *
 * @typedef {object} Pin
 * @property {string} cid
 * @property {string} type `pin` for a plain one.
 * @property {string} name
 * @property {string} mode
 * @property {number} replication_factor_min -1: on all peers.
 * @property {number} replication_factor_max
 * @property {number} shard_size
 * @property {string} expire_at RFC 3339; the year 1 or 1970: never.
 * @property {Record<string, string> | null} metadata
 * @property {string[] | null} origins
 * @property {string[] | null} [user_allocations]
 * @property {string[] | null} allocations
 */

/** Expiry dates before this are no dates. */
const noExpiry = Date.UTC(1971, 0, 1);

/**
 * Why a pin's options can't be given again by the REST API just as they are; undefined where they can.
 *
 * ipfs-cluster pins with the options before one that it refuses, so nothing may be sent that it would refuse.
 *
 * @param {Pin} pin
 * @param {number} until time in milliseconds until which the pin must not expire.
 * @returns {string | undefined}
 */
function obstacle(pin, until) {
  const metadata = Object.entries(pin.metadata ?? {});
  const texts = [pin.name, ...metadata.flat()];
  if (pin.type !== "pin") return `it is a ${pin.type}`;
  if (!Number.isSafeInteger(pin.shard_size)) return "its shard size is too large a number";
  if (texts.some((text) => text.includes("\uFFFD"))) return "its name or metadata are not text";
  if (metadata.some(([key]) => key === "")) return "a key of its metadata is empty";
  if (expires(pin) && Date.parse(pin.expire_at) <= until) return "it is about to expire";
  if (!(pin.origins ?? []).every((origin) => /\/p2p\/\w+$/.test(origin) && !origin.includes(",")))
    return "its origins name no peer id";
  return undefined;
}

/**
 * A pin's options as the query of a request that pins it. `pin_update` is not among them: it says how the pin was made, and asking for it
 * again would copy the options of the pin that this one replaced.
 *
 * @param {Pin} pin
 * @param {readonly string[]} [preferred] ids of the peers to choose first, where peers are chosen.
 * @returns {URLSearchParams}
 */
function optionsQuery(pin, preferred = pin.user_allocations ?? []) {
  const query = new URLSearchParams({
    "replication-min": String(pin.replication_factor_min),
    "replication-max": String(pin.replication_factor_max),
    name: pin.name,
    mode: pin.mode,
    "shard-size": String(pin.shard_size),
    "user-allocations": preferred.join(","),
  });
  if (expires(pin)) query.set("expire-at", pin.expire_at);
  for (const [key, value] of Object.entries(pin.metadata ?? {})) query.set(`meta-${key}`, value);
  if (pin.origins?.length) query.set("origins", pin.origins.join(","));
  return query;
}

/**
 * Whether two pins have the same options and are on the same peers.
 *
 * @param {Pin} one
 * @param {Pin} other
 */
function same(one, other) {
  return sameOptions(one, other) && sameSet(one.allocations ?? [], other.allocations ?? []);
}

/**
 * @param {Pin} one
 * @param {Pin} other
 */
function sameOptions(one, other) {
  const entries = (/** @type {Pin} */ { metadata }) =>
    Object.entries(metadata ?? {}).map((entry) => JSON.stringify(entry));
  const expiry = (/** @type {Pin} */ pin) => (expires(pin) ? Math.floor(Date.parse(pin.expire_at) / 1000) : undefined);
  return (
    one.cid === other.cid &&
    one.type === other.type &&
    one.name === other.name &&
    one.mode === other.mode &&
    one.replication_factor_min === other.replication_factor_min &&
    one.replication_factor_max === other.replication_factor_max &&
    one.shard_size === other.shard_size &&
    expiry(one) === expiry(other) &&
    sameSet(entries(one), entries(other)) &&
    sameSet(one.origins ?? [], other.origins ?? [])
  );
}

/** @param {Pin} pin */
function expires({ expire_at }) {
  return Date.parse(expire_at) >= noExpiry;
}

/**
 * @param {readonly string[]} one
 * @param {readonly string[]} other
 */
function sameSet(one, other) {
  return one.length === other.length && one.every((each) => other.includes(each));
}

/**
 * The pin with another replication for a while, and what it really is in its metadata: whoever comes next can put it right.
 *
 * @param {Pin} pin
 * @param {string} key of the mark.
 * @param {{ min: number, max: number }} replication
 * @returns {Pin}
 */
function marked(pin, key, { min, max }) {
  const mark = `${pin.replication_factor_min}/${pin.replication_factor_max}`;
  return {
    ...pin,
    replication_factor_min: min,
    replication_factor_max: max,
    metadata: { ...pin.metadata, [key]: mark },
  };
}

/**
 * The pin as it really is, without the mark.
 *
 * @param {Pin} pin
 * @param {string} key of the mark.
 * @returns {Pin | undefined} undefined where it has no such mark.
 */
function unmarked(pin, key) {
  const { [key]: mark, ...metadata } = pin.metadata ?? {};
  const [, min, max] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(mark ?? "") ?? [];
  if (min === undefined) return undefined;
  return { ...pin, replication_factor_min: Number(min), replication_factor_max: Number(max), metadata };
}

module.exports = { marked, obstacle, optionsQuery, same, sameOptions, unmarked };
