import pg from 'pg'

/**
 * The clock of an embedded database, which nobody's deadlines depend on: the demo sets it back for a moment to have a
 * past, the journey sets it on to pass a day. Both go by the owner's login, the only one that may.
 */
export class EmbeddedClock {
  readonly #ownerUrl: string
  #client: Promise<pg.Client> | null = null

  constructor(ownerUrl: string) {
    this.#ownerUrl = ownerUrl
  }

  /** From now on `surety_now()` differs from the real time by so much; negative: it's earlier. */
  async shiftTo(ms: number): Promise<void> {
    await this.#run(
      `insert into clock_shift (id, shift) values (1, make_interval(secs => $1))
       on conflict (id) do update set shift = excluded.shift, frozen_at = null`,
      [ms / 1000],
    )
  }

  /** Moves it on from where it stands. */
  async shiftBy(ms: number): Promise<void> {
    await this.#run(
      `insert into clock_shift (id, shift) values (1, make_interval(secs => $1))
       on conflict (id) do update set shift = clock_shift.shift + excluded.shift`,
      [ms / 1000],
    )
  }

  /** It says the real time again. */
  async putRight(): Promise<void> {
    await this.#run('delete from clock_shift', [])
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await (await client)?.end()
  }

  async #run(sql: string, values: unknown[]): Promise<void> {
    this.#client ??= this.#connect()
    await (await this.#client).query(sql, values)
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#ownerUrl })
    await client.connect()
    return client
  }
}
