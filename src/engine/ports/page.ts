/** Lists run from the newest to the oldest; `beforeId` is the last id of the page before. */
export interface Page {
  readonly limit: number;
  readonly beforeId?: string;
}
