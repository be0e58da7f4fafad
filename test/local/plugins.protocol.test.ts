import assert from "node:assert/strict";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import fc from "fast-check";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Engine } from "../../local/plugins/protocol/engine";
import {
  type Call,
  InitializationError,
  type PropertyMap,
  type ResourceProvider,
  reveal,
  Secret,
  secret,
  unknown,
  withSecretsOf,
} from "../../local/plugins/protocol/index";
import { decodeMap, encodeMap } from "../../local/plugins/protocol/propertyValue";
import { providerHandlers } from "../../local/plugins/protocol/serve";

const signature = "4dabf18193072939515e22adb298388d";
const secretOnWire = (value: JavaScriptValue) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });
const unknownOnWire = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("plugin protocol: property values", () => {
  it("survive the way to the engine and back, secrets and unknowns included", () => {
    const map: PropertyMap = {
      list: [1, "two", false, null, { deep: secret("s") }],
      hidden: secret({ a: [unknown] }),
      later: unknown,
    };
    assert.deepEqual(decodeMap(encodeMap(map)), map);
  });

  it("survive it whatever the JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
        const map = json as PropertyMap;
        assert.deepEqual(decodeMap(encodeMap(map)), { ...map });
        assert.deepEqual(reveal(decodeMap({ hidden: secretOnWire(json as JavaScriptValue) as never })), {
          hidden: { ...map },
        });
      }),
    );
  });

  it("read every kind of unknown", () => {
    assert.equal(decodeMap({ flag: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7" }).flag, unknown);
  });

  it("refuse an archive instead of storing it as an object", () => {
    assert.throws(
      () => decodeMap({ a: { [signature]: "0def7320c3a5731c473e5ecbe6d01bc7" } }),
      /archives are not supported/,
    );
  });

  it("lay secrets open for work", () => {
    assert.deepEqual(reveal({ a: secret([secret(1)]), b: "x" }), { a: [1], b: "x" });
  });

  it("keep outputs secret where the inputs are, whole lists included", () => {
    const inputs: PropertyMap = { data: { password: secret("p"), user: "u" }, list: [secret("a"), "b"] };
    const outputs: PropertyMap = { data: { password: "p", user: "u" }, list: ["b", "a"], status: "ok" };
    const marked = withSecretsOf(inputs, outputs);
    assert.deepEqual(marked, {
      data: { password: new Secret("p"), user: "u" },
      list: new Secret(["b", "a"]),
      status: "ok",
    });
  });
});

describe("plugin protocol: a served provider", () => {
  const said: LogRequest.AsObject[] = [];
  let seen: { request: unknown; call: Call } | undefined;
  let create: ResourceProvider["create"];
  let server: grpc.Server;
  let engine: grpc.Server;
  let client: ResourceProviderClient;

  const provider: ResourceProvider = {
    check: async ({ inputs }) => ({
      inputs,
      failures: [{ property: "spec.replicas", reason: "must not be negative" }],
    }),
    diff: async () => ({
      detailedDiff: {
        "spec.serviceName": { kind: "update", replace: true },
        "spec.replicas": { kind: "add", inputDiff: true },
      },
      deleteBeforeReplace: true,
    }),
    create: (request, call) => create(request, call),
    read: async () => undefined,
    update: async ({ inputs }) => inputs,
    delete: async () => {},
  };

  before(async () => {
    engine = new grpc.Server();
    engine.addService(EngineService, {
      log: (call: grpc.ServerUnaryCall<LogRequest, Empty>, respond: grpc.sendUnaryData<Empty>) => {
        said.push(call.request.toObject());
        respond(null, new Empty());
      },
    });
    server = new grpc.Server();
    server.addService(ResourceProviderService, providerHandlers(provider, "1.2.3", new Engine(await bind(engine))));
    client = new ResourceProviderClient(await bind(server), grpc.credentials.createInsecure());
  });

  after(() => {
    client.close();
    server.forceShutdown();
    engine.forceShutdown();
  });

  it("gets decoded inputs and its time-out, and answers with secrets marked", async () => {
    create = async (request, call) => {
      seen = { request, call };
      return { id: "here", outputs: { token: secret("t"), later: unknown } };
    };
    const response = await created({ password: secretOnWire("p"), later: unknownOnWire }, (request) =>
      request.setTimeout(42).setPreview(true).setUrn("urn:x").setType("a:b:C").setName("x"),
    );
    assert.deepEqual(seen?.request, {
      urn: "urn:x",
      type: "a:b:C",
      name: "x",
      preview: true,
      inputs: { password: new Secret("p"), later: unknown },
    });
    assert.equal(seen?.call.timeoutSeconds, 42);
    assert.equal(response.getId(), "here");
    assert.deepEqual(response.getProperties()?.toJavaScript(), { token: secretOnWire("t"), later: unknownOnWire });
  });

  it("has told the engine all it had to say, in order, before it answers", async () => {
    create = async (_request, call) => {
      call.status("waiting");
      call.log("warning", "careful");
      return { id: "1", outputs: {} };
    };
    said.length = 0;
    await created({}, (request) => request.setUrn("urn:y"));
    assert.deepEqual(
      said.map(({ urn, message, ephemeral, severity }) => ({ urn, message, ephemeral, severity })),
      [
        { urn: "urn:y", message: "waiting", ephemeral: true, severity: 1 },
        { urn: "urn:y", message: "careful", ephemeral: false, severity: 2 },
      ],
    );
  });

  it("reports a resource that exists but is not ready as partially initialised", async () => {
    create = async () => {
      throw new InitializationError("ns/name", { status: secret("s") }, ["pod 0 is not ready", "pod 1 is not ready"]);
    };
    const error = await rejection(created({}));
    assert.equal(error.code, grpc.status.UNKNOWN);
    const [trailer] = error.metadata.get("grpc-status-details-bin");
    const [detail] = Status.deserializeBinary(trailer as Buffer).getDetailsList();
    const failure = detail?.unpack(
      proto.ErrorResourceInitFailed.deserializeBinary,
      "pulumirpc.ErrorResourceInitFailed",
    );
    assert.equal(failure?.getId(), "ns/name");
    assert.deepEqual(failure?.getReasonsList(), ["pod 0 is not ready", "pod 1 is not ready"]);
    assert.deepEqual(failure?.getProperties()?.toJavaScript(), { status: secretOnWire("s") });
  });

  it("passes an error on as its message", async () => {
    create = async () => {
      throw new Error("no such namespace");
    };
    assert.equal((await rejection(created({}))).details, "no such namespace");
  });

  it("reports a diff with what is replaced", async () => {
    const response = await new Promise<proto.DiffResponse>((resolve, reject) => {
      client.diff(new proto.DiffRequest(), (error, value) => (error ? reject(error) : resolve(value)));
    });
    const { DiffChanges } = proto.DiffResponse;
    const { Kind } = proto.PropertyDiff;
    assert.equal(response.getChanges(), DiffChanges.DIFF_SOME);
    assert.deepEqual(response.getReplacesList(), ["spec.serviceName"]);
    assert.deepEqual(response.getDiffsList(), ["spec"]);
    assert.equal(response.getDeletebeforereplace(), true);
    assert.equal(response.getDetaileddiffMap().get("spec.serviceName")?.getKind(), Kind.UPDATE_REPLACE);
    assert.equal(response.getDetaileddiffMap().get("spec.replicas")?.getInputdiff(), true);
  });

  it("reports faults of the inputs so that the engine does not print the value at fault, which may be secret", async () => {
    const response = await new Promise<proto.CheckResponse>((resolve, reject) => {
      client.check(new proto.CheckRequest(), (error, value) => (error ? reject(error) : resolve(value)));
    });
    assert.deepEqual(response.toObject().failuresList, [
      { property: "", reason: "spec.replicas: must not be negative" },
    ]);
  });

  it("reports a resource that is gone with an empty id", async () => {
    const response = await new Promise<proto.ReadResponse>((resolve, reject) => {
      client.read(new proto.ReadRequest().setId("x"), (error, value) => (error ? reject(error) : resolve(value)));
    });
    assert.equal(response.getId(), "");
  });

  it("leaves methods it does not have to the engine's defaults", async () => {
    const error = await rejection(
      new Promise((resolve, reject) => {
        client.diffConfig(new proto.DiffRequest(), (fault, value) => (fault ? reject(fault) : resolve(value)));
      }),
    );
    assert.equal(error.code, grpc.status.UNIMPLEMENTED);
  });

  // Last: a cancelled provider stays cancelled, as the engine asks only when it is about to stop.
  it("is told when the user interrupts", async () => {
    create = (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("interrupted while waiting")));
        client.cancel(new Empty(), () => {});
      });
    assert.equal((await rejection(created({}))).details, "interrupted while waiting");
  });

  function created(
    properties: { [key: string]: JavaScriptValue },
    prepare: (request: proto.CreateRequest) => proto.CreateRequest = (request) => request,
  ): Promise<proto.CreateResponse> {
    const request = prepare(new proto.CreateRequest().setProperties(Struct.fromJavaScript(properties)));
    return new Promise((resolve, reject) => {
      client.create(request, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }
});

function bind(server: grpc.Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

async function rejection(promise: Promise<unknown>): Promise<grpc.ServiceError> {
  try {
    await promise;
  } catch (error) {
    return error as grpc.ServiceError;
  }
  return assert.fail("the call should have failed");
}
