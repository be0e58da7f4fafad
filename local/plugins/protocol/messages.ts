import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { decodeMap, encodeMap, type PropertyMap, type WireMap } from "./propertyValue";
import type {
  CheckFailure,
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreateResult,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  InvokeRequest,
  InvokeResult,
  PropertyDiff,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "./provider";

/** The provider protocol's messages, translated one by one to and from the plain types of `provider.ts`. */

interface ResourceMessage {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

const resource = (message: ResourceMessage) => ({
  urn: message.getUrn(),
  type: message.getType(),
  name: message.getName(),
});

const properties = (struct: Struct | undefined): PropertyMap =>
  struct ? decodeMap(struct.toJavaScript() as WireMap) : {};

const struct = (map: PropertyMap): Struct => Struct.fromJavaScript(encodeMap(map));

const autonamingModes = ["propose", "enforce", "disable"] as const;

export function checkRequest(message: proto.CheckRequest): CheckRequest {
  const naming = message.getAutonaming();
  return {
    ...resource(message),
    oldInputs: properties(message.getOlds()),
    inputs: properties(message.getNews()),
    autonaming: naming && { mode: autonamingModes[naming.getMode()], proposedName: naming.getProposedName() },
    randomSeed: message.getRandomseed_asU8(),
  };
}

export function checkResponse({ inputs, failures = [] }: CheckResult): proto.CheckResponse {
  return new proto.CheckResponse().setInputs(struct(inputs)).setFailuresList(failures.map(checkFailure));
}

/** The path goes into the reason: given as the property, the engine would print that property's value too, even if it is secret. */
const checkFailure = ({ property, reason }: CheckFailure) =>
  new proto.CheckFailure().setReason(property ? `${property}: ${reason}` : reason);

export function diffRequest(message: proto.DiffRequest): DiffRequest {
  return {
    ...resource(message),
    id: message.getId(),
    oldInputs: properties(message.getOldInputs()),
    oldOutputs: properties(message.getOlds()),
    inputs: properties(message.getNews()),
    ignoreChanges: message.getIgnorechangesList(),
  };
}

export function diffResponse({ detailedDiff, deleteBeforeReplace = false }: DiffResult): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const changes = Object.entries(detailedDiff);
  const response = new proto.DiffResponse()
    .setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...new Set(changes.map(([path]) => topLevel(path)))])
    .setReplacesList(changes.filter(([, change]) => change.replace).map(([path]) => path))
    .setDeletebeforereplace(deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const [path, change] of changes) response.getDetaileddiffMap().set(path, propertyDiff(change));
  return response;
}

const topLevel = (path: string) => path.split(/[.[]/, 1)[0] ?? path;

function propertyDiff({ kind, replace, inputDiff = false }: PropertyDiff): proto.PropertyDiff {
  const { Kind } = proto.PropertyDiff;
  const kinds = {
    add: replace ? Kind.ADD_REPLACE : Kind.ADD,
    delete: replace ? Kind.DELETE_REPLACE : Kind.DELETE,
    update: replace ? Kind.UPDATE_REPLACE : Kind.UPDATE,
  };
  return new proto.PropertyDiff().setKind(kinds[kind]).setInputdiff(inputDiff);
}

export function createRequest(message: proto.CreateRequest): CreateRequest {
  return { ...resource(message), inputs: properties(message.getProperties()), preview: message.getPreview() };
}

export function createResponse({ id, outputs }: CreateResult): proto.CreateResponse {
  return new proto.CreateResponse().setId(id).setProperties(struct(outputs));
}

export function readRequest(message: proto.ReadRequest): ReadRequest {
  const inputs = message.getInputs();
  return {
    ...resource(message),
    id: message.getId(),
    inputs: inputs && properties(inputs),
    outputs: properties(message.getProperties()),
  };
}

/** A resource that is gone is answered with an empty id. */
export function readResponse(result: ReadResult | undefined): proto.ReadResponse {
  if (!result) return new proto.ReadResponse();
  const { id, inputs, outputs } = result;
  return new proto.ReadResponse().setId(id).setInputs(struct(inputs)).setProperties(struct(outputs));
}

export function updateRequest(message: proto.UpdateRequest): UpdateRequest {
  return {
    ...resource(message),
    id: message.getId(),
    oldInputs: properties(message.getOldInputs()),
    oldOutputs: properties(message.getOlds()),
    inputs: properties(message.getNews()),
    ignoreChanges: message.getIgnorechangesList(),
    preview: message.getPreview(),
  };
}

export function updateResponse(outputs: PropertyMap): proto.UpdateResponse {
  return new proto.UpdateResponse().setProperties(struct(outputs));
}

export function deleteRequest(message: proto.DeleteRequest): DeleteRequest {
  return {
    ...resource(message),
    id: message.getId(),
    inputs: properties(message.getOldInputs()),
    outputs: properties(message.getProperties()),
  };
}

export function configuration(message: proto.ConfigureRequest): PropertyMap {
  return properties(message.getArgs());
}

export function invokeRequest(message: proto.InvokeRequest): InvokeRequest {
  return { token: message.getTok(), args: properties(message.getArgs()), preview: message.getPreview() };
}

export function invokeResponse({ result, failures = [] }: InvokeResult): proto.InvokeResponse {
  return new proto.InvokeResponse().setReturn(struct(result)).setFailuresList(failures.map(checkFailure));
}
