import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { PropertyMap } from "../../protocol";
import { at, numberAt, textAt } from "../objects/object";
import type { Connection } from "./kubeconfig";

/** What the API server answers instead of an object: its own words, and the code and reason to tell one fault from another. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly status: PropertyMap,
  ) {
    super(textAt(status, "message") || `the API server answered with status ${code}`);
    this.name = "ApiError";
  }

  /** Such as `AlreadyExists`. */
  get reason(): string {
    return textAt(this.status, "reason");
  }

  /** The plural of the kind that the fault is about, such as `namespaces`. */
  get about(): string {
    return textAt(this.status, "details", "kind");
  }
}

export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 403;
export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.code === 404;

/** No answer at all: refused, timed out, or not to be trusted. */
export class UnreachableError extends Error {
  constructor(server: string, cause: Error) {
    super(`the Kubernetes API server at ${server} cannot be reached: ${cause.message}`, { cause });
    this.name = "UnreachableError";
  }
}

export interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with what the API server warns of, such as an unknown field. */
  readonly onWarning?: (text: string) => void;
}

const connectTimeoutMs = 10_000;
const attempts = 4;

/** A client of one API server over one pool of connections. */
export class Client {
  private readonly agent: Agent;
  private readonly secure: boolean;

  constructor(readonly connection: Connection) {
    const { ca, cert, key, insecure, serverName } = connection;
    this.secure = connection.server.startsWith("https:");
    const tls = { ca, cert, key, rejectUnauthorized: !insecure, ...(serverName && { servername: serverName }) };
    this.agent = this.secure ? new TlsAgent({ keepAlive: true, ...tls }) : new Agent({ keepAlive: true });
  }

  /**
   * The JSON that the API server answers.
   *
   * @throws ApiError if it refuses; UnreachableError if it does not answer.
   */
  async json(path: string, request: Request = {}): Promise<PropertyMap> {
    return JSON.parse(await this.text(path, request)) as PropertyMap;
  }

  async text(path: string, request: Request = {}): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.open(path, request);
      const body = await text(response);
      const code = response.statusCode ?? 0;
      if (code < 300) return body;
      const error = new ApiError(code, parseStatus(body));
      if (code !== 429 || attempt === attempts) throw error;
      const seconds =
        Number(response.headers["retry-after"]) || numberAt(error.status, "details", "retryAfterSeconds") || 1;
      await sleep(seconds * 1000, undefined, { signal: request.signal });
    }
  }

  /**
   * The lines of a response that the API server keeps open, such as a watch.
   *
   * @throws ApiError if it refuses; UnreachableError if it does not answer or goes away.
   */
  async *lines(path: string, request: Request): AsyncGenerator<string> {
    const response = await this.open(path, request);
    if ((response.statusCode ?? 0) >= 300)
      throw new ApiError(response.statusCode ?? 0, parseStatus(await text(response)));
    let pending = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response) {
        const parts = `${pending}${chunk}`.split("\n");
        pending = parts.pop() ?? "";
        yield* parts;
      }
    } catch (error) {
      throw new UnreachableError(this.connection.server, error as Error);
    } finally {
      response.destroy();
    }
  }

  private async open(path: string, request: Request): Promise<IncomingMessage> {
    const { method = "GET", query = {}, body, contentType = "application/json", signal, onWarning } = request;
    const url = new URL(this.connection.server + path);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const authorization = await this.connection.authorization();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: "application/json",
      "user-agent": "pulumi-kubernetes",
      ...(authorization && { authorization }),
      // Node sends no length with a DELETE by itself, and the body would be taken for the next request.
      ...(payload && { "content-type": contentType, "content-length": payload.length }),
    };
    const send = this.secure ? httpsRequest : httpRequest;
    return new Promise((answer, fail) => {
      const sent = send(url, { method, headers, agent: this.agent, signal });
      sent.once("response", (response) => {
        for (const warning of warningsOf(response)) onWarning?.(warning);
        answer(response);
      });
      sent.once("socket", (socket) => {
        if (!socket.connecting) return;
        socket.setTimeout(connectTimeoutMs, () => socket.connecting && sent.destroy(new Error("timed out")));
        socket.once("connect", () => socket.setTimeout(0));
      });
      sent.once("error", (error) =>
        fail(signal?.aborted ? error : new UnreachableError(this.connection.server, error)),
      );
      sent.end(payload);
    });
  }
}

function parseStatus(body: string): PropertyMap {
  try {
    return JSON.parse(body) as PropertyMap;
  } catch {
    return { message: body.trim() };
  }
}

/** The texts of `299 - "text"` headers. */
function warningsOf(response: IncomingMessage): string[] {
  const header = response.headers.warning;
  if (typeof header !== "string") return [];
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) =>
    quoted.replaceAll(/\\(.)/g, "$1"),
  );
}

/** The messages of an error's causes, as the API server lists them: `spec.replicas: must be greater than 0`. */
export function causesOf(error: ApiError): string[] {
  const causes = at(error.status, "details", "causes");
  return Array.isArray(causes) ? causes.map((cause) => `${textAt(cause, "field")}: ${textAt(cause, "message")}`) : [];
}
