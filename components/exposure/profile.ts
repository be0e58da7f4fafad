/**
 * What every way through a proxy does with a request, whichever proxy it is. Files of any size are added and read through it, and adding
 * one is no request that could be sent a second time.
 *
 * Range requests need nothing: no proxy touches them that neither buffers nor caches.
 */
export const requestProfile = {
  /** Bytes; 0: no limit. */
  bodyLimit: 0,
  /** Collect a request before it is passed on. */
  bufferRequests: false,
  /** Collect a response before it is passed on. */
  bufferResponses: false,
  /** Seconds that a request may take as a whole; 0: no limit. */
  requestSeconds: 0,
  /** Seconds that a request may take in which nothing moves. */
  idleSeconds: 3600,
  /** How often a request that failed is sent again. */
  retries: 0,
  /** Of requests to pods. */
  httpVersion: "1.1",
} as const;
