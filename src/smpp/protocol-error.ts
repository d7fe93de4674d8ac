/**
 * What the peer did wrong on the wire, with what is needed to answer it. Values of our own that do not fit a field
 * are RangeErrors instead: nobody outside is told about those.
 */
export interface ProtocolErrorDetails {
  /** The command_status with which the fault is answered in a generic_nack. */
  readonly status: number;
  readonly commandId?: number;
  readonly sequence?: number;
  /** True where the next PDU's beginning can no longer be known, so that only closing remains. */
  readonly isFramingLost?: boolean;
}

export class SmppProtocolError extends Error {
  override readonly name = 'SmppProtocolError';
  readonly status: number;
  readonly isFramingLost: boolean;
  commandId: number | undefined;
  sequence: number | undefined;

  /** The message names fields and lengths, never their contents: those are addresses and texts. */
  constructor(message: string, details: ProtocolErrorDetails) {
    super(message);
    this.status = details.status;
    this.commandId = details.commandId;
    this.sequence = details.sequence;
    this.isFramingLost = details.isFramingLost ?? false;
  }
}
