/** What the config is checked against and cannot know itself: the kinds of carrier and the dialects that there are. */
import type { TObject } from 'typebox';
import type { MessageChannel } from '../core/channel.ts';

export interface ConfigDefinitions {
  readonly carrierKinds: readonly CarrierKindDefinition[];
  readonly dialects: readonly DialectDefinition[];
}

export interface CarrierKindDefinition {
  readonly kind: string;
  readonly settings: TObject;
  readonly isSimulated: boolean;
  /** Only called with settings in which the schema found no fault. */
  channels(settings: unknown): readonly MessageChannel[];
  findFaults?(settings: unknown): readonly { readonly path: string; readonly problem: string }[];
}

export interface DialectDefinition {
  readonly name: string;
  readonly title: string;
  readonly prefix: string;
  /** Set where it serves some countries only, which the config may then change. */
  readonly callingCodes?: readonly string[];
}
