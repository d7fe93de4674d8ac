/** As much of the untyped npm package `smpp` as the interoperation tests use. */
declare module 'smpp' {
  export interface NodeSmppPdu {
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    readonly short_message: { readonly message: string | Buffer; readonly udh?: readonly Buffer[] };
    readonly message_payload?: { readonly message: string | Buffer };
    readonly [field: string]: unknown;
    response(fields?: Readonly<Record<string, unknown>>): NodeSmppPdu;
  }

  type Send = (fields: Readonly<Record<string, unknown>>, onResponse?: (pdu: NodeSmppPdu) => void) => void;

  export interface NodeSmppSession {
    readonly bind_transceiver: Send;
    readonly submit_sm: Send;
    readonly submit_multi: Send;
    readonly query_sm: Send;
    readonly data_sm: Send;
    readonly deliver_sm: Send;
    readonly unbind: Send;
    send(pdu: NodeSmppPdu): void;
    on(event: 'pdu', listener: (pdu: NodeSmppPdu) => void): void;
    on(event: 'connect' | 'close' | 'error', listener: () => void): void;
    close(): void;
  }

  export interface NodeSmppServer {
    listen(port: number, host: string, onListening: () => void): void;
    address(): { readonly port: number };
    close(onClosed: () => void): void;
  }

  const smpp: {
    connect(options: { readonly url: string }, onConnect: () => void): NodeSmppSession;
    createServer(onSession: (session: NodeSmppSession) => void): NodeSmppServer;
  };
  // biome-ignore lint/style/noDefaultExport: a CommonJS package has nothing else.
  export default smpp;
}
