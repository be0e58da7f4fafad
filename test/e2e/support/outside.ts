import { createCipheriv, createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import { buffer } from "node:stream/consumers";

/** A request of a client outside of the Kubernetes cluster. */
export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const patience = 120_000;

/** A client outside of the Kubernetes cluster, as one whose DNS has the stack's records and who trusts the stack's authority. */
export class Outside {
  constructor(
    /** Where every name leads. */
    readonly address: string,
    /** PEM. */
    private readonly authority: string,
  ) {}

  /** Asks, and reads the whole answer. */
  async ask(url: string, request: Request = {}): Promise<Answer> {
    const answer = await this.open(url, request);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
  }

  /** Asks, and gives back the answer once it begins. Redirects are not followed. */
  open(url: string, { method = "GET", headers = {}, body, signal }: Request = {}): Promise<IncomingMessage> {
    const options: https.RequestOptions = {
      method,
      headers,
      signal,
      ca: this.authority,
      agent: false,
      timeout: patience,
      lookup: (_name, { all }, found) => {
        if (all) found(null, [{ address: this.address, family: 4 }]);
        else found(null, this.address, 4);
      },
    };
    return new Promise((resolve, reject) => {
      const { request } = url.startsWith("https:") ? https : http;
      const sent = request(url, options, resolve);
      sent.once("timeout", () => sent.destroy(new Error(`${url} did not answer`)));
      sent.once("error", reject);
      void send(sent, body).catch(reject);
    });
  }
}

async function send(request: http.ClientRequest, body: Request["body"]): Promise<void> {
  if (typeof body === "string") request.write(body);
  else {
    for await (const chunk of body ?? []) {
      // Whoever refuses an upload does not read it to its end.
      if (request.destroyed || request.writableFinished) return;
      if (!request.write(chunk)) await drained(request);
    }
  }
  request.end();
}

function drained(request: http.ClientRequest): Promise<void> {
  const events = ["drain", "close", "error"];
  return new Promise((resolve) => {
    const go = () => {
      for (const event of events) request.off(event, go);
      resolve();
    };
    for (const event of events) request.on(event, go);
  });
}

const mebibyte = 1 << 20;

/** Bytes that look random and are the same each time, one MiB at a time. */
export function* bytes(mebibytes: number, seed: string): Generator<Buffer> {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(mebibyte);
  for (let i = 0; i < mebibytes; i++) yield cipher.update(zeros);
}

/** A file as the body of a form, as `POST /add` takes it. */
export function form(file: Iterable<Uint8Array>): Request {
  const boundary = "file-boundary";
  async function* body() {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    );
    yield* file;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return { method: "POST", headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body: body() };
}

/** SHA-256 and length of bytes that come one after the other. */
export async function digest(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<{ sha256: string; length: number }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { sha256: hash.digest("hex"), length };
}
