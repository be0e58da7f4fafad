import { shared } from "./shared";

/** Takes down, after the last test, what the tests shared. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context) {
    this.timeout(120_000);
    await shared.release();
  },
};
