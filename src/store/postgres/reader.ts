/** Reads outside transactions: one statement each, over sessions that no transaction waits for. */
import type { Row } from './prepared-statements.ts';
import type { Call } from './statement.ts';
import type { Transactor } from './transactor.ts';

export class Reader {
  readonly #transactor: Transactor;

  constructor(transactor: Transactor) {
    this.#transactor = transactor;
  }

  async all<Found = Row>(question: Call): Promise<readonly Found[]> {
    const { rows } = await this.#transactor.readAlone(question);
    return rows as unknown as readonly Found[];
  }

  async first<Found = Row>(question: Call): Promise<Found | undefined> {
    return (await this.all<Found>(question))[0];
  }

  /** What is found, as the domain knows it. */
  async find<Found, Domain>(question: Call, toDomain: (row: Found) => Domain): Promise<Domain | undefined> {
    const row = await this.first<Found>(question);
    return row && toDomain(row);
  }

  async list<Found, Domain>(question: Call, toDomain: (row: Found) => Domain): Promise<readonly Domain[]> {
    return (await this.all<Found>(question)).map(toDomain);
  }
}
