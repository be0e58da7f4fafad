import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks again and again until the answer is there.
 *
 * @param question returns undefined or false, or throws, while it is not.
 * @throws when `seconds` have passed, saying what was waited for and why the last try failed.
 */
export async function waitFor<T>(
  what: string,
  seconds: number,
  question: () => Promise<T | undefined | false>,
  interval = 250,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last = "";
  for (;;) {
    try {
      const answer = await question();
      if (answer !== undefined && answer !== false) return answer;
      last = "";
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    if (Date.now() >= deadline) throw new Error(`waited ${seconds} s for ${what}${last}`);
    await sleep(interval);
  }
}
