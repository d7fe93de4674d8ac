/** The shapes of an outbound request and its reply: what callers of `safe-fetch.ts` see. */

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** Any but `host`, which follows the URL. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything: look-up, connection, request and the reply's last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Without it the reply's body is discarded and the status settles the request. */
  readonly readBody?: boolean;
  /** Pass the same object each time: connections are pooled by it. */
  readonly tls?: TlsOptions;
}

export interface OutboundReply {
  /** Any status, 3xx as well: a redirect is an answer and is not followed. */
  readonly status: number;
  /** Names in lower case; repeated ones are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text, when `readBody` was asked for. */
  readonly body?: string;
}

/** PEM texts. There is deliberately no way to switch the verification of the peer off. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}
