/** What one session of PostgreSQL has prepared, by name, and how the rows of each become objects. It sends nothing. */
import { types } from 'pg';

export type Row = Readonly<Record<string, unknown>>;

/** As the server describes it. */
export interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Makes a row of the texts that the server sends. */
export type Shape = (texts: readonly (string | null)[]) => Row;

export class PreparedStatements {
  readonly #shapes = new Map<string, Shape | undefined>();
  readonly #doubtful = new Set<string>();

  has(name: string): boolean {
    return this.#shapes.has(name);
  }

  /** Undefined of a statement without rows. */
  shapeOf(name: string): Shape | undefined {
    return this.#shapes.get(name);
  }

  /** True of one that was sent with others of which one failed: the server may have come to it or not. */
  isDoubtful(name: string): boolean {
    return this.#doubtful.has(name);
  }

  keep(shapes: ReadonlyMap<string, Shape | undefined>): void {
    for (const [name, shape] of shapes) {
      this.#shapes.set(name, shape);
      this.#doubtful.delete(name);
    }
  }

  doubt(names: Iterable<string>): void {
    for (const name of names) this.#doubtful.add(name);
  }
}

const INT8_OID = 20;

export function toShape(columns: readonly Column[]): Shape {
  const names = columns.map(({ name }) => name);
  // Whole numbers of eight bytes as numbers: instants and micros are far below 2^53.
  const parsers = columns.map(({ dataTypeID }) =>
    dataTypeID === INT8_OID ? Number : types.getTypeParser(dataTypeID, 'text'),
  );
  const empty = Object.fromEntries(names.map((name) => [name, null]));
  return (texts) => {
    const row: Record<string, unknown> = { ...empty };
    for (const [index, text] of texts.entries())
      if (text !== null) row[names[index] ?? ''] = parsers[index]?.(text);
    return row;
  };
}
