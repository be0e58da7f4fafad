import { parseAllDocuments } from "yaml";
import { type InvokeRequest, type InvokeResult, isMap, reveal } from "../protocol";
import { type KubernetesObject, kindOf, namespaceOf, textAt, withAt } from "./objects/object";
import type { Session } from "./session";

/**
 * Answers the functions of the package.
 *
 * @throws Error for those that need Helm or kustomize inside the provider, which only the official one has.
 */
export async function invoke({ token, args }: InvokeRequest, session: Session | undefined): Promise<InvokeResult> {
  if (token !== "kubernetes:yaml:decode") {
    throw new Error(
      `${token} is not supported by the local kubernetes provider: use helm.v3.Release for charts and plain resources for manifests, or ` +
        "install the official provider",
    );
  }
  const { text, defaultNamespace } = reveal(args);
  if (typeof text !== "string") throw new Error("missing required field 'text' of type string");
  const objects = decodeManifest(text);
  if (typeof defaultNamespace !== "string" || defaultNamespace === "") return { result: { result: objects } };
  const placed = objects.map(async (object) => {
    if (namespaceOf(object) !== "") return object;
    const namespaced = await (await session?.cluster())?.isNamespaced(kindOf(object));
    return namespaced === false ? object : withAt(object, ["metadata", "namespace"], defaultNamespace);
  });
  return { result: { result: await Promise.all(placed) } };
}

/** The objects of a YAML manifest; empty documents are skipped. @throws Error with the place of a fault. */
function decodeManifest(text: string): KubernetesObject[] {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  const fault = documents.flatMap((document) => document.errors)[0];
  if (fault) throw new Error(`the manifest is not valid YAML: ${fault.message}`);
  return documents
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object): object is KubernetesObject => object !== null && isMap(object) && isObject(object));
}

const isObject = (object: KubernetesObject) => textAt(object, "kind") !== "" && textAt(object, "apiVersion") !== "";
