/** Kubernetes resource quantities ("512Mi", "1.5", "250m"), as https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ defines them. */

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

export const quantityPattern = /^(\d+(?:\.\d+)?|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/**
 * The number a quantity stands for: bytes for memory and storage, cores for cpu.
 *
 * @throws RangeError when the text is not a quantity.
 */
export function parseQuantity(text: string): number {
  const match = quantityPattern.exec(text);
  if (!match) throw new RangeError(`${JSON.stringify(text)} is not a Kubernetes quantity`);
  return Number(match[1]) * suffixes[match[2] ?? ""];
}

/** What the writer of a near miss probably meant ("10 GB" -> "10G"), or undefined. */
export function suggestQuantity(text: string): string | undefined {
  const match = /^\s*([\d.]+)\s*([kmgtpe])(i?)b?\s*$/i.exec(text);
  if (!match) return undefined;
  const unit = match[2].toUpperCase();
  const suggestion = `${match[1]}${match[3] ? `${unit}i` : unit === "K" ? "k" : unit}`;
  return quantityPattern.test(suggestion) ? suggestion : undefined;
}
