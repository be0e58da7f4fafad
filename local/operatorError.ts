/** A failure that the operator can do something about: its message says what and how, and a stack trace would only hide it. */
export class OperatorError extends Error {
  override name = "OperatorError";
}
