/** A signal that aborts when its time is up, when another one does, or when it is told to. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Aborts now, and frees what it holds. To be called in any case. */
  readonly end: () => void;
}

/** `AbortSignal.any` over `AbortSignal.timeout` would say the same, but Node 20 may collect those before they fire. */
export function deadline(parent: AbortSignal, seconds: number): Deadline {
  const controller = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    parent.removeEventListener("abort", end);
    controller.abort();
  };
  const timer = setTimeout(end, seconds * 1000);
  parent.addEventListener("abort", end);
  if (parent.aborted) end();
  return { signal: controller.signal, end };
}
